"""Companies with documents of some years, for tests of zip files."""

import hashlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from zipfile import ZipFile

import time_machine

from accounts.models import Company, User
from billing.models import Document, DocumentArchive, DocumentFile, FileKind
from billing.services.archiving import ask_for_archive, parts_of
from billing.services.cancelling import cancel_order
from catalog.models import Product
from tests.factories import UserFactory, open_shop, place

YEAR = 2024
# Two of them fill a part and a half.
PDF_BYTES = 200_000


@dataclass(frozen=True)
class Books:
    """Invoices 10001 and 10002 and credit note 500001 of 2024; invoice 10004 of 2025; a neighbour's 10003 of 2024."""

    user: User
    neighbour: User
    fakturaklip: Product

    @property
    def company(self) -> Company:
        """The company of the invoices."""
        assert self.user.company is not None
        return self.user.company

    @property
    def neighbour_company(self) -> Company:
        """The other company."""
        assert self.neighbour.company is not None
        return self.neighbour.company

    def ask(self, year: int = YEAR) -> DocumentArchive:
        """Ask for the company's zip file of the year."""
        return ask_for_archive(company=self.company, year=year)


def books() -> Books:
    """Return the shop with these documents, each with its PDF."""
    fakturaklip, user, neighbour = open_shop(), UserFactory.create(), UserFactory.create()
    _issue(user, fakturaklip, datetime(2024, 3, 7, 11, tzinfo=UTC), "PO 7; æøå")
    _issue(user, fakturaklip, datetime(2024, 12, 31, 22, 59, tzinfo=UTC), "=1+1", cancelled=True)
    _issue(neighbour, fakturaklip, datetime(2024, 12, 31, 22, 59, tzinfo=UTC), "")
    _issue(user, fakturaklip, datetime(2024, 12, 31, 23, 0, tzinfo=UTC), "")
    for document in Document.objects.all():
        keep_pdf(document)
    return Books(user, neighbour, fakturaklip)


def keep_pdf(document: Document) -> None:
    """Keep a PDF of PDF_BYTES that no other document has."""
    content = hashlib.shake_256(str(document).encode()).digest(PDF_BYTES)
    sha256 = hashlib.sha256(content).hexdigest()
    DocumentFile.objects.create(document=document, kind=FileKind.PDF, content=content, sha256=sha256)


def issue(books: Books) -> Document:
    """Issue another invoice to the company, of 2025 and without its PDF."""
    with time_machine.travel(datetime(2025, 5, 1, tzinfo=UTC), tick=False):
        invoice = place(books.user, (books.fakturaklip, 100)).invoice
    assert invoice is not None
    return invoice


def pdfs_of(company: Company, year: int) -> list[bytes]:
    """Return the PDFs that the company's zip file of the year must hold, in their order."""
    files = DocumentFile.objects.filter(document__order__company=company, document__issued_on__year=year)
    return [bytes(file.content) for file in files.order_by("document__issued_at", "document__pk")]


def zip_of(archive: DocumentArchive) -> ZipFile:
    """Open the zip file, whose every byte is where it should be."""
    archive.refresh_from_db()
    content = b"".join(parts_of(archive))
    assert len(content) == archive.size
    opened = ZipFile(io.BytesIO(content))
    assert opened.testzip() is None
    return opened


def _issue(user: User, product: Product, day: datetime, own_number: str, *, cancelled: bool = False) -> None:
    with time_machine.travel(day, tick=False):
        order = place(user, (product, 100), purchase_order_number=own_number).order
        if cancelled:
            cancel_order(order_id=order.pk, actor=None, reason="Fortrudt")
