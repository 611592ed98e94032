"""`indhold.csv`: what lies in a zip file of documents, for a bookkeeper's spreadsheet."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import override

from accounts.spreadsheet import BYTE_ORDER_MARK, day_cell, text_cell
from billing.models import Document, PaymentMethod

NAME = "indhold.csv"
MISSING = "PDF'en mangler"
_HEADINGS = (
    "Fil", "Bilag", "Nummer", "Dato", "Forfaldsdato", "Bestilling", "Rekvisitionsnr.", "Uden moms", "Moms",
    "I alt med moms", "Betalt", "Betalingsmåde", "Krediteret af", "Bemærkning",
)  # fmt: skip


class Standing(NamedTuple):
    """How a document stands: whether it has its PDF; when and how an invoice was paid, which credit note took it
    back."""

    has_pdf: bool
    paid_on: date | None = None
    paid_by: str | None = None
    credited_by: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of the zip file, or one that should be there and has no PDF."""

    document_id: int
    day: date
    file_name: str
    has_pdf: bool
    cells: tuple[str, ...]


def entry_of(document: Document, standing: Standing) -> Entry:
    """Return what is told of the document: `2024-03-07 Faktura 10012.pdf` and its cells.

    A credit note takes its amounts away, so that the columns add up.
    """
    has_pdf = standing.has_pdf
    sign = 1 if document.is_invoice else -1
    file_name = f"{document.issued_on:%Y-%m-%d} {document.pdf_name}"
    with override("da"):
        kind = document.get_kind_display()
    cells = (
        file_name if has_pdf else "",
        kind,
        str(document.number),
        day_cell(document.issued_on),
        day_cell(document.due_on),
        str(document.order_id),
        text_cell(document.purchase_order_number),
        *(_amount(sign * amount) for amount in (document.net, document.vat, document.total)),
        *_what_became(document, standing),
        "" if has_pdf else MISSING,
    )
    return Entry(document.pk, document.issued_on, file_name, has_pdf, cells)


def _what_became(document: Document, standing: Standing) -> tuple[str, str, str]:
    """Return when an invoice was paid, how it was or is to be, and which credit note took it back."""
    if not document.is_invoice:
        return "", "", ""
    with override("da"):
        method = str(PaymentMethod(standing.paid_by or document.payment_method).label)
    return day_cell(standing.paid_on), method, str(standing.credited_by or "")


def contents_csv(entries: Iterable[Entry]) -> bytes:
    """Return the table as Danish spreadsheets open it: semicolons, decimal commas, UTF-8."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text, delimiter=";")
    writer.writerow(_HEADINGS)
    writer.writerows(entry.cells for entry in entries)
    return text.getvalue().encode()


def _amount(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
