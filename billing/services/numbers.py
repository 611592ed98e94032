"""Numbers of documents without a gap, and the payment references made from them."""

from django.db import connection
from stdnum import luhn

from billing.models import DocumentKind, NumberSeries

# Far apart, so that nobody takes a credit note for an invoice of the same number.
_FIRST_NUMBERS = {DocumentKind.INVOICE: 10001, DocumentKind.CREDIT_NOTE: 500001}
_BODY_DIGITS = 14


def take_number(kind: DocumentKind) -> int:
    """Take the next number of the series and lock the series until the transaction ends.

    The lock makes others wait, so numbers are given out in the order of the commits, and a rollback gives its number
    back. The statement that counts up also reads the new number: one trip to the database under the lock.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A document number is taken inside the transaction that uses it")
    table = NumberSeries._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (kind, last_number) VALUES (%s, %s) '  # noqa: S608 (the table's own name)
            f'ON CONFLICT (kind) DO UPDATE SET last_number = "{table}".last_number + 1 RETURNING last_number',
            [kind.value, _FIRST_NUMBERS[kind]],
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
