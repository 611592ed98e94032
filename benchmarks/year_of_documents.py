"""A company with 10,000 documents of one year, and the making of its zip file.

Called in processes whose settings name the database (`benchmarks/archive.py`).
"""

import hashlib
import resource
import time

from django.utils import timezone

from accounts.models import User
from benchmarks.repeating import repeat, uuid_of_i
from billing.models import Document, DocumentFile, Order
from billing.services.archiving import ask_for_archive, make_archive
from tests.factories import UserFactory, open_shop, place

DOCUMENTS = 10_000
PDF_BYTES = 30_000
APART = 1000


def fill() -> None:
    """Sell once through the shop, and repeat order, invoice and PDF."""
    place(UserFactory.create(username="regnskab"), (open_shop(), 100))
    content = hashlib.shake_256(b"PDF").digest(PDF_BYTES)
    sha256 = hashlib.sha256(content).hexdigest()
    DocumentFile.objects.create(document=Document.objects.get(), kind="pdf", content=content, sha256=sha256)
    ident, number = f"i + {APART}", "(10001 + i)"
    repeat(Order, DOCUMENTS - 1, id=ident, placement_key=uuid_of_i())
    reference = f"SUBSTR('00000000000000' || {number}, LENGTH('' || {number}) + 1) || '0'"
    repeat(Document, DOCUMENTS - 1, id=ident, order_id=ident, number=number, payment_reference=reference)
    repeat(DocumentFile, DOCUMENTS - 1, id=ident, document_id=ident)


def make() -> None:
    """Make the zip file as the worker does, and print what it took."""
    company = User.objects.get(username="regnskab").company
    assert company is not None
    archive = ask_for_archive(company=company, year=timezone.localdate().year)
    before, began = _peak_megabytes(), time.monotonic()
    assert make_archive(archive.pk)
    archive.refresh_from_db()
    print(f"made in {time.monotonic() - began:.0f} s: {archive.documents} documents, {archive.size / 1e6:.0f} MB")
    print(f"most memory of the process: {before:.0f} MB before, {_peak_megabytes():.0f} MB after")


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
