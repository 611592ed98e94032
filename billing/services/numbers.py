"""Numbers of documents without a gap that nobody can explain, and the payment references made from them."""

from django.db import connection, transaction
from stdnum import luhn

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


def take_number(kind: DocumentKind) -> int:
    """Take the next number of the series and lock the series until the transaction ends.

    The lock makes others wait, so numbers are given out in the order of the commits, and a rollback gives its number
    back. The statement that counts up also reads the new number: one trip to the database under the lock.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A document number is taken inside the transaction that uses it")
    return _count_up(kind, 1)


def skip_numbers(*, kind: DocumentKind, to: int, reason: str) -> NumberGap:
    """Move the series on, so that the next document has the number `to` + 1, and write down why.

    For numbers that were sent and lost again (a restore), or that another system has given out. Locks the series: no
    document takes one of the numbers meanwhile. Raises NumberPassed when the series has come to `to` already, and
    ValueError without a reason of 1 to 200 characters, or for a number that no payment reference can hold.
    """
    if not 1 <= len(reason.strip()) <= _LONGEST_REASON:
        raise ValueError(f"a gap has a reason of 1 to {_LONGEST_REASON} characters")
    with transaction.atomic():
        last = _count_up(kind, 0)
        if to <= last:
            raise NumberPassed(last)
        payment_reference(to)
        NumberSeries.objects.filter(kind=kind).update(last_number=to)
        return NumberGap.objects.create(kind=kind, first=last + 1, last=to, reason=reason.strip())


def _count_up(kind: DocumentKind, step: int) -> int:
    """Lock the series until the transaction ends, count it up, and return its last number."""
    table = NumberSeries._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (kind, last_number) VALUES (%s, %s) '  # noqa: S608 (the table's own name)
            f'ON CONFLICT (kind) DO UPDATE SET last_number = "{table}".last_number + %s RETURNING last_number',
            [kind.value, FIRST_NUMBERS[kind] - 1 + step, step],
        )
        return int(cursor.fetchone()[0])


def payment_reference(invoice_number: int) -> str:
    """Return the FIK +71 payment reference of an invoice: 15 digits, the last a modulus-10 check digit.

    10001 → `000000000100016`. Raises ValueError when the number has more than 14 digits.
    """
    body = f"{invoice_number:0>{_BODY_DIGITS}}"
    if len(body) > _BODY_DIGITS:
        raise ValueError(f"{invoice_number} does not fit into a payment reference")
    return body + str(luhn.calc_check_digit(body))
