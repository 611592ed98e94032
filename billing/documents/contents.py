"""`indhold.csv`: what lies in a zip file of documents, for a bookkeeper's spreadsheet."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import override

from billing.models import Document

NAME = "indhold.csv"
MISSING = "PDF'en mangler"
_HEADINGS = (
    "Fil", "Bilag", "Nummer", "Dato", "Forfaldsdato", "Bestilling", "Rekvisitionsnr.", "Uden moms", "Moms",
    "I alt med moms", "Bemærkning",
)  # fmt: skip
# What a spreadsheet takes for the beginning of a formula, also in the wide forms of East Asian keyboards.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Excel on Windows knows by it that the letters are UTF-8.
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of the zip file, or one that should be there and has no PDF."""

    document_id: int
    day: date
    file_name: str
    has_pdf: bool
    cells: tuple[str, ...]


def entry_of(document: Document, *, has_pdf: bool) -> Entry:
    """Return what is told of the document: `2024-03-07 Faktura 10012.pdf` and its cells.

    A credit note takes its amounts away, so that the columns add up.
    """
    sign = 1 if document.is_invoice else -1
    file_name = f"{document.issued_on:%Y-%m-%d} {document.pdf_name}"
    with override("da"):
        kind = document.get_kind_display()
    cells = (
        file_name if has_pdf else "",
        kind,
        str(document.number),
        f"{document.issued_on:%Y-%m-%d}",
        f"{document.due_on:%Y-%m-%d}" if document.due_on else "",
        str(document.order_id),
        _harmless(document.purchase_order_number),
        *(_amount(sign * amount) for amount in (document.net, document.vat, document.total)),
        "" if has_pdf else MISSING,
    )
    return Entry(document.pk, document.issued_on, file_name, has_pdf, cells)


def contents_csv(entries: Iterable[Entry]) -> bytes:
    """Return the table as Danish spreadsheets open it: semicolons, decimal commas, UTF-8."""
    text = io.StringIO(newline="")
    text.write(_BOM)
    writer = csv.writer(text, delimiter=";")
    writer.writerow(_HEADINGS)
    writer.writerows(entry.cells for entry in entries)
    return text.getvalue().encode()


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def _harmless(text: str) -> str:
    """Return what a member has typed so that no spreadsheet works it out."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
