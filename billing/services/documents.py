"""Issuing invoices and credit notes: the only code that writes documents."""

from datetime import timedelta

from django.utils import timezone

from billing.models import (
    Document,
    DocumentKind,
    DocumentLine,
    Order,
    OrderLine,
    PaymentMethod,
    Seller,
)
from billing.services.numbers import payment_reference, take_number

_SELLER_FIELDS = (
    "name",
    "cvr",
    "address",
    "postal_code",
    "city",
    "email",
    "phone",
    "bank_name",
    "bank_registration_number",
    "bank_account_number",
    "creditor_number",
)
_BUYER_FIELDS = ("name", "cvr", "address", "postal_code", "city", "ean")
_LINE_FIELDS = ("position", "name", "unit", "quantity", "unit_price", "vat_rate", "net")


class SellerMissing(Exception):
    """Nothing can be sold or invoiced before staff have entered the seller."""


def issue_invoice(*, order: Order, lines: list[OrderLine], seller: Seller) -> Document:
    """Issue the invoice of `order` in the caller's transaction, copying seller, buyer and lines as they are now.

    The issue date comes with the number from the locked series, so numbers and dates run together. Payment is due after
    the seller's terms; a card order's invoice is due at once, since it is issued when the money has come.
    """
    taken = take_number(DocumentKind.INVOICE)
    issued_on = timezone.localdate(taken.issued_at)
    days = 0 if order.payment_method == PaymentMethod.CARD else seller.payment_terms_days
    document = Document(
        kind=DocumentKind.INVOICE,
        number=taken.number,
        issued_at=taken.issued_at,
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=days),
        payment_reference=payment_reference(taken.number),
    )
    _copy_order(document, order)
    for field in _SELLER_FIELDS:
        setattr(document, f"seller_{field}", getattr(seller, field))
    for field in _BUYER_FIELDS:
        setattr(document, f"buyer_{field}", getattr(order.company, field))
    document.save(force_insert=True)
    _write_lines(document, lines)
    return document


def issue_credit_note(*, invoice: Document, reason: str) -> Document:
    """Issue a credit note for the whole of `invoice` in the caller's transaction.

    It repeats the invoice's seller, buyer and lines (momsbekendtgørelsen § 58: an unambiguous reference to the
    original, and full content), with positive amounts and a number from its own series.
    """
    taken = take_number(DocumentKind.CREDIT_NOTE)
    document = Document(
        kind=DocumentKind.CREDIT_NOTE,
        number=taken.number,
        credits=invoice,
        issued_at=taken.issued_at,
        issued_on=timezone.localdate(taken.issued_at),
        reason=reason,
    )
    _copy_order(document, invoice.order)
    for field in _SELLER_FIELDS:
        setattr(document, f"seller_{field}", getattr(invoice, f"seller_{field}"))
    for field in _BUYER_FIELDS:
        setattr(document, f"buyer_{field}", getattr(invoice, f"buyer_{field}"))
    document.purchase_order_number = invoice.purchase_order_number
    document.save(force_insert=True)
    _write_lines(document, list(invoice.lines.all()))
    return document


def _copy_order(document: Document, order: Order) -> None:
    document.order = order
    for field in ("purchase_order_number", "payment_method", "net", "vat", "total"):
        setattr(document, field, getattr(order, field))


def _write_lines(document: Document, sources: list[OrderLine] | list[DocumentLine]) -> None:
    DocumentLine.objects.bulk_create(
        DocumentLine(
            document=document,
            **{field: getattr(source, field) for field in _LINE_FIELDS},
        )
        for source in sources
    )
