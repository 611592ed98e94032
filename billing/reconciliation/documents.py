"""Documents: their amounts, what they were made from, their payment references, and the hash of each file."""

import hashlib
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from billing.models import Document, DocumentFile, DocumentKind, DocumentLine, OrderLine
from billing.reconciliation.amounts import wrong_lines, wrong_sums
from billing.reconciliation.check import Check, Found, Side, found, one_to_one

_LINE = ("position", "name", "unit", "quantity", "unit_price", "vat_rate", "net")
# What the shop copies from the order; seller and buyer are copied as they are on that day.
_FROM_THE_ORDER = ("payment_method", "purchase_order_number", "net", "vat", "total")
# What a credit note has of its own.
_OWN = {"id", "kind", "number", "credits", "issued_at", "issued_on", "due_on", "payment_reference", "reason"}
_FROM_THE_INVOICE = tuple(field.name for field in Document._meta.concrete_fields if field.name not in _OWN)
_DIGITS = 15
_DOUBLED = str.maketrans("0123456789", "0246813579")
# PDFs are some 30 kB each: a few megabytes.
_FILES_AT_ONCE = 200


def amounts(_now: datetime) -> Found:
    """Compare each document's amounts with its lines, and each line with its price."""
    return found(
        Document.objects.count(),
        (f"Bilag {pk}: {difference}" for pk, difference in wrong_sums(Document.objects.all())),
        (f"Bilagslinje {pk}: {difference}" for pk, difference in wrong_lines(DocumentLine.objects.all())),
    )


def invoices(_now: datetime) -> Found:
    """Compare each invoice with its order, line by line."""
    issued = Document.objects.filter(kind=DocumentKind.INVOICE)
    like_the_order = {name: F(f"order__{name}") for name in _FROM_THE_ORDER}
    unlike = issued.exclude(**like_the_order).order_by("pk").values_list("number", "order_id")
    ordered = OrderLine.objects.filter(Exists(issued.filter(order=OuterRef("order"))))
    billed = DocumentLine.objects.filter(document__kind=DocumentKind.INVOICE)
    return found(
        issued.count(),
        (f"Faktura {number} er ikke som bestilling {order}." for number, order in unlike.iterator()),
        one_to_one(
            Side(ordered, "order_id", *_LINE),
            Side(billed, "document__order_id", *_LINE),
            missing="Bestilling {} har linje {}, som fakturaen ikke har, eller anderledes.",
            extra="Fakturaen for bestilling {} har linje {}, som bestillingen ikke har, eller anderledes.",
            repeated="Fakturaen for bestilling {} har linje {} flere gange.",
        ),
    )


def credit_notes(_now: datetime) -> Found:
    """Compare each credit note with the invoice that it credits, line by line: it is for all of it."""
    issued = Document.objects.filter(kind=DocumentKind.CREDIT_NOTE)
    like_the_invoice = {name: F(f"credits__{name}") for name in _FROM_THE_INVOICE}
    alike = issued.filter(credits__kind=DocumentKind.INVOICE, **like_the_invoice)
    unlike = issued.exclude(pk__in=alike.order_by().values("pk")).order_by("pk").values_list("number", "order_id")
    billed = DocumentLine.objects.filter(document__in=issued.order_by().values("credits_id"))
    credited = DocumentLine.objects.filter(document__kind=DocumentKind.CREDIT_NOTE)
    return found(
        issued.count(),
        (f"Kreditnota {number} på bestilling {order} gentager ikke en faktura." for number, order in unlike.iterator()),
        one_to_one(
            Side(billed, "document_id", *_LINE),
            Side(credited, "document__credits_id", *_LINE),
            missing="Bilag {} har linje {}, som kreditnotaen ikke har, eller anderledes.",
            extra="Kreditnotaen for bilag {} har linje {}, som fakturaen ikke har, eller anderledes.",
            repeated="Kreditnotaen for bilag {} har linje {} flere gange.",
        ),
    )


def payment_references(_now: datetime) -> Found:
    """Look for a payment reference that is not made from its invoice's number, or whose check digit is wrong."""
    issued = Document.objects.filter(Q(kind=DocumentKind.INVOICE) | ~Q(payment_reference=""))
    rows = issued.order_by().values_list("number", "payment_reference").iterator()
    return found(
        issued.count(),
        (
            f"Bilag nr. {number} har betalingsreferencen {said}."
            for number, said in rows
            if not _is_made_from(number, said)
        ),
    )


def files(_now: datetime) -> Found:
    """Compute the hash of each file anew."""
    kept = DocumentFile.objects.all()
    rows = kept.order_by("pk").values_list("pk", "document_id", "content", "sha256")
    return found(
        kept.count(),
        (
            f"Fil {pk} til bilag {document} har ikke længere det indhold, den blev dannet med."
            for pk, document, content, said in rows.iterator(chunk_size=_FILES_AT_ONCE)
            if hashlib.sha256(content).hexdigest() != said
        ),
    )


def _is_made_from(number: int, reference: str) -> bool:
    """Whether the reference is the number and its check digit: every second digit from the right counts twice."""
    is_of_number = reference[:-1] == f"{number:0>{_DIGITS - 1}}" and reference.isdecimal()
    digits = reference[-1::-2] + reference[-2::-2].translate(_DOUBLED)
    return is_of_number and sum(map(int, digits)) % 10 == 0


CHECKS = (
    Check("Bilagenes beløb og moms følger af linjerne", amounts),
    Check("Hver faktura er som sin bestilling", invoices),
    Check("Hver kreditnota gentager hele sin faktura", credit_notes),
    Check("Hver betalingsreference er dannet af fakturaens nummer", payment_references),
    Check("Hver fil har det indhold, den blev dannet med", files),
)
