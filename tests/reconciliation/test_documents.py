"""What reconciliation says of invoices and credit notes that were changed after they were issued."""

from decimal import Decimal
from typing import Any

import pytest

from billing.models import Document, DocumentFile, DocumentKind
from tests.reconciliation.shop import Shop, change, differing, lost_check, remove

pytestmark = pytest.mark.django_db


def invoice_of(shop: Shop) -> Document:
    return shop.awaited.documents.get()


def credit_note_of(shop: Shop) -> Document:
    return shop.cancelled.documents.get(kind=DocumentKind.CREDIT_NOTE)


def test_amounts_that_do_not_follow_from_the_lines(shop: Shop) -> None:
    invoice = invoice_of(shop)
    change(invoice, vat=Decimal("62.51"), total=Decimal("312.51"))
    found = differing()
    assert set(found) == {"documents.amounts", "documents.invoices"}
    assert found["documents.amounts"] == [
        f"Bilag {invoice.pk}: 250,00\u00a0kr. + 62,51\u00a0kr. = 312,51\u00a0kr., "
        "og linjerne giver 250,00\u00a0kr. + 62,50\u00a0kr. = 312,50\u00a0kr."
    ]


def test_a_line_that_is_not_quantity_times_price(shop: Shop) -> None:
    line = invoice_of(shop).lines.get()
    change(line, unit_price=Decimal("2.60"))
    assert differing()["documents.amounts"] == [
        f"Bilagslinje {line.pk}: 100 gange 2,60\u00a0kr. er ikke 250,00\u00a0kr."
    ]


@pytest.mark.parametrize("fields", [{"purchase_order_number": "X"}, {"payment_method": "card"}])
def test_an_invoice_that_is_not_as_its_order(shop: Shop, fields: dict[str, Any]) -> None:
    invoice = invoice_of(shop)
    change(invoice, **fields)
    assert differing()["documents.invoices"] == [f"Faktura {invoice.number} er ikke som bestilling {invoice.order_id}."]


@pytest.mark.parametrize("fields", [{"name": "Andet"}, {"unit": "kg"}, {"position": 2}])
def test_an_invoice_with_another_line_than_its_order(shop: Shop, fields: dict[str, Any]) -> None:
    order, line = shop.awaited, invoice_of(shop).lines.get()
    change(line, **fields)
    position = fields.get("position", 1)
    assert differing() == {
        "documents.invoices": [
            f"Bestilling {order.pk} har linje 1, som fakturaen ikke har, eller anderledes.",
            f"Fakturaen for bestilling {order.pk} har linje {position}, som bestillingen ikke har, eller anderledes.",
        ]
    }


@pytest.mark.parametrize("fields", [{"buyer_name": "En anden"}, {"seller_cvr": "1"}, {"currency": "EUR"}])
def test_a_credit_note_that_does_not_repeat_its_invoice(shop: Shop, fields: dict[str, Any]) -> None:
    note = credit_note_of(shop)
    change(note, **fields)
    assert differing() == {
        "documents.credit_notes": [
            f"Kreditnota {note.number} på bestilling {note.order_id} gentager ikke en faktura."
        ]
    }  # fmt: skip


def test_a_credit_note_for_a_part(shop: Shop) -> None:
    note = credit_note_of(shop)
    half = {"net": Decimal("125.00")}
    change(note.lines.get(), quantity=50, **half)
    change(note, **half, vat=Decimal("31.25"), total=Decimal("156.25"))
    found = differing()
    assert set(found) == {"documents.credit_notes"}
    assert len(found["documents.credit_notes"]) == 3


def test_a_credit_note_without_a_line(shop: Shop) -> None:
    note = credit_note_of(shop)
    remove(note.lines.get())
    assert differing()["documents.credit_notes"] == [
        f"Bilag {note.credits_id} har linje 1, som kreditnotaen ikke har, eller anderledes."
    ]


def test_a_credit_note_that_credits_nothing_past_a_lost_constraint(shop: Shop) -> None:
    note = credit_note_of(shop)
    with lost_check(Document, "a_credit_note_credits_an_invoice"):
        change(note, credits=None)
        assert (
            f"Kreditnota {note.number} på bestilling {note.order_id} gentager ikke en faktura."
            in (differing()["documents.credit_notes"])
        )


@pytest.mark.parametrize(
    "reference",
    [
        "000000000100215",  # another check digit
        "000000000100297",  # of another number
        "00000000100214",  # too short
        "00000000010021A",
    ],
)
def test_a_payment_reference_that_is_not_made_from_the_number(shop: Shop, reference: str) -> None:
    invoice = invoice_of(shop)
    assert (invoice.number, invoice.payment_reference) == (10021, "000000000100214")
    change(invoice, payment_reference=reference)
    assert differing() == {
        "documents.payment_references": [f"Bilag nr. 10021 har betalingsreferencen {reference}."]
    }  # fmt: skip


def test_a_file_whose_content_was_changed(shop: Shop) -> None:
    file = DocumentFile.objects.get()
    change(file, content=b"%PDF-1.8")
    assert differing() == {
        "documents.files": [
            f"Fil {file.pk} til bilag {file.document_id} har ikke længere det indhold, den blev dannet med."
        ]
    }


def test_a_file_whose_hash_was_changed(shop: Shop) -> None:
    change(DocumentFile.objects.get(), sha256="0" * 64)
    assert set(differing()) == {"documents.files"}
