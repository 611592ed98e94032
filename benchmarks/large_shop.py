"""Fill an empty shop with 1,000,000 ledger entries of 2,000 accounts, and all that belongs to the orders behind them.

The shop sells once, through its services; then the rows of that one order are repeated in SQL. `fill` is called in a
process whose settings name the database (`benchmarks/reconciliation.py`).
"""

import hashlib

from django.db import connection, models
from django.utils import timezone

from accounts.models import ClipAccount, ClipEntry, Company
from benchmarks.repeating import repeat, uuid_of_i
from billing.models import (
    Document,
    DocumentFile,
    DocumentKind,
    DocumentLine,
    NumberSeries,
    Order,
    OrderEvent,
    OrderLine,
    OutboxMail,
    Payment,
)
from tests.factories import UserFactory, open_shop, pay, place

ENTRIES = 1_000_000
ENTRIES_OF_AN_ACCOUNT = 500
ACCOUNTS = ENTRIES // ENTRIES_OF_AN_ACCOUNT
# Of 25 entries of an account one is an expiry: the 7th, the 32nd, …
EVERY, FIRST = 25, 7
# Far from the rows of the one order.
APART = 1000

# SQL that both databases read alike: `i` counts the entries, and whole numbers divide to whole numbers.
ID = f"i + {APART}"
SEQ = f"((i - 1) % {ENTRIES_OF_AN_ACCOUNT} + 1)"
ACCOUNT = f"((i - 1) / {ENTRIES_OF_AN_ACCOUNT} + 1 + {APART})"
IS_PURCHASE = f"i % {EVERY} <> {FIRST}"
# How many purchases there are up to this entry. The first number went to the one order.
NUMBER = f"(10001 + i - (i + {EVERY - FIRST}) / {EVERY})"
BALANCE = f"100 * CASE WHEN {SEQ} < {FIRST} THEN {SEQ} ELSE ({SEQ} - {FIRST}) % {EVERY} END"
TAKEN = f"-100 * CASE WHEN {SEQ} = {FIRST} THEN {FIRST - 1} ELSE {EVERY - 1} END"
LAST_BALANCE = 100 * ((ENTRIES_OF_AN_ACCOUNT - FIRST) % EVERY)
# The check digit comes from sums over four digits at a time, which stand in a table of their own.
LUHN = "(SELECT total FROM luhn WHERE digits = {}) "
CHECK = f"((10 - ({LUHN.format(f'{NUMBER} % 10000')} + {LUHN.format(f'{NUMBER} / 10000')}) % 10) % 10)"
REFERENCE = f"SUBSTR('00000000000000' || {NUMBER}, LENGTH('' || {NUMBER}) + 1) || {CHECK}"


def fill() -> None:
    """Fill the shop, and say how many rows there are of everything."""
    _sell_once()
    _write_luhn_table()
    _repeat(Company, of="accounts", id=ID, cvr=f"'' || (20000000 + {ID})")
    _repeat(
        ClipAccount, of="accounts", id=ID, company_id=ID, balance=str(LAST_BALANCE), last_seq=str(ENTRIES_OF_AN_ACCOUNT)
    )
    entry = {"id": ID, "account_id": ACCOUNT, "seq": SEQ, "balance_after": BALANCE}
    _repeat(ClipEntry, of="purchases", **entry, key=f"'order-line:' || ({ID})")
    _repeat(
        ClipEntry, of="expiries", **entry, key=f"'expiry:' || ({ID})", kind="'expiry'", delta=TAKEN, valid_until="NULL"
    )
    _repeat(Order, of="purchases", id=ID, company_id=ACCOUNT, placement_key=uuid_of_i())
    _repeat(OrderLine, of="purchases", id=ID, order_id=ID)
    _repeat(Document, of="purchases", id=ID, order_id=ID, number=NUMBER, payment_reference=REFERENCE)
    _repeat(DocumentLine, of="purchases", id=ID, document_id=ID)
    _repeat(DocumentFile, of="purchases", id=ID, document_id=ID)
    _repeat(Payment, of="purchases", id=ID, order_id=ID, key=f"'transfer:' || ({ID})")
    _repeat(OrderEvent, of="purchases", id=ID, order_id=ID)
    mail = {"order_id": ID, "company_id": ACCOUNT}
    _repeat(OutboxMail, of="purchases", **mail, id=ID, document_id=ID, message_id=f"'invoice-' || ({ID})")
    _repeat(
        OutboxMail, of="purchases", **mail, id=f"{ID} + {ENTRIES}", message_id=f"'confirmation-' || ({ID})",
        document_id="NULL", kind="'confirmation'",
    )  # fmt: skip
    last = 10001 + ENTRIES - (ENTRIES + EVERY - FIRST) // EVERY
    NumberSeries.objects.filter(kind=DocumentKind.INVOICE).update(last_number=last)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE luhn")
        cursor.execute("ANALYZE")


def _sell_once() -> None:
    """Sell 100 clips by bank transfer; the mails have left, and the PDF is a small one."""
    order = place(UserFactory.create(), (open_shop(), 100)).order
    pay(order)
    OutboxMail.objects.update(status="sent", sent_at=timezone.now(), text="", html="")
    content = b"%PDF-1.7" * 100
    sha256 = hashlib.sha256(content).hexdigest()
    DocumentFile.objects.create(document=Document.objects.get(), kind="pdf", content=content, sha256=sha256)


def _repeat(model: type[models.Model], *, of: str, **columns: str) -> None:
    """Repeat the table's first row for each account, purchase or expiry."""
    kinds = {"accounts": f"i <= {ACCOUNTS}", "purchases": IS_PURCHASE, "expiries": f"NOT {IS_PURCHASE}"}
    repeat(model, ENTRIES, where=kinds[of], **columns)


def _write_luhn_table() -> None:
    """Write, for each four digits, what they add to the sum of modulus 10 when the last of them counts twice."""
    doubled = [sum(divmod(2 * digit, 10)) for digit in range(10)]
    sums = []
    for number in range(10_000):
        a, b, c, d = (int(digit) for digit in f"{number:04}")
        sums.append((number, a + doubled[b] + c + doubled[d]))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE luhn (digits bigint PRIMARY KEY, total bigint NOT NULL)")
        cursor.executemany("INSERT INTO luhn VALUES (%s, %s)", sums)
