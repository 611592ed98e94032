"""Numbers of documents without an unexplained gap, their times of issue, and payment references."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.utils import timezone
from stdnum import luhn

from accounts.transactions import retried
from billing.models import DocumentKind, NumberGap, NumberSeries

# Far apart, so that nobody takes a credit note for an invoice of the same number.
FIRST_NUMBERS = {DocumentKind.INVOICE: 10001, DocumentKind.CREDIT_NOTE: 500001}
_BODY_DIGITS = 14
_LONGEST_REASON = 200


class NumberPassed(Exception):
    """The series has come further already: `last_number` tells where it stands."""

    def __init__(self, last_number: int) -> None:
        super().__init__(f"the series stands at {last_number}")
        self.last_number = last_number


@dataclass(frozen=True)
class Taken:
    """A number, and the time of issue that goes with it."""

    number: int
    issued_at: datetime


def take_number(kind: DocumentKind) -> Taken:
    """Take the next number of the series and lock the series until the transaction ends.

    The lock makes others wait, so numbers are given out in the order of the commits, and a rollback gives its number
    back. The time of issue is now, but never before that of the number before, whatever the clock says: numbers and
    dates run together. The statement that counts up also reads both: one trip to the database under the lock.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A document number is taken inside the transaction that uses it")
    return _count_up(kind, 1)


@retried
def skip_numbers(*, kind: DocumentKind, to: int, reason: str) -> NumberGap:
    """Move the series on, so that the next document has the number `to` + 1, and write down why.

    For numbers that were sent and lost again (a restore), or that another system has given out. Locks the series: no
    document takes one of the numbers meanwhile. Raises NumberPassed when the series has come to `to` already, and
    ValueError without a reason of 1 to 200 characters, or for a number that no payment reference can hold.
    """
    with transaction.atomic():
        if not 1 <= len(reason.strip()) <= _LONGEST_REASON:
            raise ValueError(f"a gap has a reason of 1 to {_LONGEST_REASON} characters")
        last = _count_up(kind, 0).number
        if to <= last:
            raise NumberPassed(last)
        payment_reference(to + 1)
        NumberSeries.objects.filter(kind=kind).update(last_number=to)
        return NumberGap.objects.create(kind=kind, first=last + 1, last=to, reason=reason.strip())


def _count_up(kind: DocumentKind, step: int) -> Taken:
    """Lock the series until the transaction ends, count it up, and return its last number with a time never before."""
    table = NumberSeries._meta.db_table
    later = "GREATEST" if connection.vendor == "postgresql" else "max"
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" AS series (kind, last_number, last_issued_at) '  # noqa: S608 (the table's own name)
            "VALUES (%s, %s, %s) ON CONFLICT (kind) DO UPDATE SET last_number = series.last_number + %s, "
            f"last_issued_at = {later}(excluded.last_issued_at, "
            "coalesce(series.last_issued_at, excluded.last_issued_at)) RETURNING last_number, last_issued_at",
            [kind.value, FIRST_NUMBERS[kind] - 1 + step, now, step],
        )
        number, issued_at = cursor.fetchone()
    return Taken(int(number), _in_utc(issued_at))


def payment_reference(invoice_number: int) -> str:
    """Return the FIK +71 payment reference of an invoice: 15 digits, the last a modulus-10 check digit.

    10001 → `000000000100016`. Raises ValueError when the number has more than 14 digits.
    """
    body = f"{invoice_number:0>{_BODY_DIGITS}}"
    if len(body) > _BODY_DIGITS:
        raise ValueError(f"{invoice_number} does not fit into a payment reference")
    return body + str(luhn.calc_check_digit(body))


def _in_utc(moment: datetime) -> datetime:
    """Return what the database said about a time: SQLite leaves out that it is UTC."""
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=UTC)
