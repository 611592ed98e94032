"""Numbers of documents without a gap, their times of issue, and the payment references made from numbers."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone
from stdnum import luhn

from billing.models import DocumentKind, NumberSeries

# Far apart, so that nobody takes a credit note for an invoice of the same number.
_FIRST_NUMBERS = {DocumentKind.INVOICE: 10001, DocumentKind.CREDIT_NOTE: 500001}
_BODY_DIGITS = 14


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
    table = NumberSeries._meta.db_table
    later = "GREATEST" if connection.vendor == "postgresql" else "max"
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" AS series (kind, last_number, last_issued_at) '  # noqa: S608 (the table's own name)
            "VALUES (%s, %s, %s) ON CONFLICT (kind) DO UPDATE SET last_number = series.last_number + 1, "
            f"last_issued_at = {later}(excluded.last_issued_at, "
            "coalesce(series.last_issued_at, excluded.last_issued_at)) RETURNING last_number, last_issued_at",
            [kind.value, _FIRST_NUMBERS[kind], now],
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
