"""A shop with 210,000 orders over three years, and how long the office's pages take.

Called in a process whose settings name the database (`benchmarks/office_pages.py`).
"""

import hashlib
import statistics
import time
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.utils import timezone

from benchmarks import many_orders
from benchmarks.many_orders import APART, OTHERS, OWN
from benchmarks.repeating import repeat
from billing.models import Document, DocumentFile, OutboxMail
from billing.sales import sales
from tests.factories import StaffFactory

ORDERS, DAYS, RUNS = OWN + OTHERS, 1000, 9
PAGES = {
    "front page": "",
    "company with 1,050 orders": "accounts/company/1050/change/",
    "orders": "billing/order/",
    "orders: invoice number": "billing/order/?q=52001",
    "orders: payment line": "billing/order/?q=%2B71%3C000000000520010%2B89012345%3C",
    "orders: amount of none": "billing/order/?q=4.612,50",
    "orders: CVR number of 1,050": "billing/order/?q=20001050",
    "orders: name of every company": "billing/order/?q=Firma",
    "orders: purchase order number": "billing/order/?q=PO-77",
    "invoices: overdue": "billing/invoice/?betalt=forfalden",
    "payments: amount of none": "billing/payment/?q=4.612,50",
    "mails: recipient": "billing/outboxmail/?q=kontor0@",
    "mails: not delivered": "billing/outboxmail/?leveret=nej",
    "companies: overdue": "accounts/company/?skylder=forfalden",
}


def fill() -> None:
    """Fill the shop: each order is paid and has its file and its mail; documents are of the last 1,000 days."""
    many_orders.fill()
    content = b"%PDF-1.7" * 100
    sha256 = hashlib.sha256(content).hexdigest()
    first = Document.objects.order_by("pk")[0]
    DocumentFile.objects.create(document=first, kind="pdf", content=content, sha256=sha256)
    OutboxMail.objects.update(status="sent", sent_at=timezone.now(), text="", html="")
    ident = f"i + {APART}"
    repeat(DocumentFile, ORDERS, id=ident, document_id=ident)
    repeat(OutboxMail, ORDERS, id=ident, order_id=ident, document_id=ident, message_id="'mail-' || i")
    _spread_documents()


def _spread_documents() -> None:
    """Move the documents back in time, behind the triggers that keep them as they are."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE billing_document DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE billing_document SET issued_on = issued_on - (id % {DAYS})::int")  # noqa: S608
            cursor.execute("VACUUM ANALYZE")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'billing_document'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
        days_ago = f"date(issued_on, '-' || (id % {DAYS}) || ' days')"
        cursor.execute(f"UPDATE billing_document SET issued_on = {days_ago}")  # noqa: S608
        cursor.execute("ANALYZE")


def measure() -> None:
    """Ask for every page as a browser would, and print how long it took in the process."""
    client = Client()
    client.force_login(StaffFactory.create())
    print(f"{'page':<32}{'median':>9}{'longest':>9}  in ms, of {RUNS}")
    _print("sales alone", lambda: sales(timezone.localdate()))
    for name, path in PAGES.items():
        _print(name, lambda path=path: client.get(f"/admin/{path}"))


def _print(name: str, call: Callable[[], object]) -> None:
    times = sorted(_milliseconds(call) for _ in range(RUNS))
    print(f"{name:<32}{statistics.median(times):>9.0f}{times[-1]:>9.0f}", flush=True)


def _milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)
