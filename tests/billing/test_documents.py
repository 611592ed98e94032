"""Invoices and credit notes: what they say, and that it never changes."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from billing.models import Document, DocumentKind, PaymentMethod, Seller
from billing.services.cancelling import cancel_order
from billing.services.documents import issue_invoice
from catalog.models import PriceTier, Product
from tests.factories import (
    CompanyFactory,
    SellerFactory,
    UserFactory,
    open_shop,
    pay,
    place,
    priced,
    support,
)

pytestmark = pytest.mark.django_db

_NOT_COPIED = {"id", "order_id", "credits_id"}


def _everything_that_it_says(document: Document) -> tuple[dict[str, object], list[dict[str, object]]]:
    facts = dict(Document.objects.values().get(pk=document.pk))
    return facts, [dict(line) for line in document.lines.order_by("position").values()]


def test_issue_invoice_copies_seller_buyer_and_lines() -> None:
    fakturaklip = open_shop()
    company = CompanyFactory.create(name="Holm & Søn ApS", cvr="13585628", ean="5790000123452", city="Odense C")
    with time_machine.travel(datetime(2026, 11, 23, 11, 30, tzinfo=UTC), tick=False):
        wishes = ((fakturaklip, 1000), (support(), 2))
        invoice = place(UserFactory.create(company=company), *wishes, purchase_order_number="PO 77").invoice
    assert invoice is not None
    facts, lines = _everything_that_it_says(invoice)
    assert {name: fact for name, fact in facts.items() if name not in _NOT_COPIED} == {
        "kind": "invoice",
        "number": 10001,
        "issued_at": datetime(2026, 11, 23, 11, 30, tzinfo=UTC),
        "issued_on": date(2026, 11, 23),
        "due_on": date(2026, 12, 1),
        "payment_reference": "000000000100016",
        "currency": "DKK",
        "purchase_order_number": "PO 77",
        "payment_method": "bank_transfer",
        "reason": "",
        "net": Decimal("3950.00"),
        "vat": Decimal("987.50"),
        "total": Decimal("4937.50"),
        "seller_name": "TrueLink Test A/S",
        "seller_cvr": "13585628",
        "seller_address": "Havnegade 1",
        "seller_postal_code": "8000",
        "seller_city": "Aarhus C",
        "seller_email": "kundecenter@truelink.dk",
        "seller_phone": "70 00 00 00",
        "seller_bank_name": "Prøvebanken",
        "seller_bank_registration_number": "0040",
        "seller_bank_account_number": "0440116243",
        "seller_creditor_number": "89012345",
        "buyer_name": "Holm & Søn ApS",
        "buyer_cvr": "13585628",
        "buyer_address": "Vestergade 12",
        "buyer_postal_code": "5000",
        "buyer_city": "Odense C",
        "buyer_ean": "5790000123452",
    }
    said = ("position", "name", "unit", "quantity", "unit_price", "vat_rate", "net")
    assert [tuple(line[field] for field in said) for line in lines] == [
        (1, "Fakturaklip", "stk.", 1000, Decimal("2.2500"), Decimal("25.00"), Decimal("2250.00")),
        (2, "B2B fakturamodtagersupport", "time", 2, Decimal("850.0000"), Decimal("25.00"), Decimal("1700.00")),
    ]


def test_document_derives_its_title_payment_line_and_iban() -> None:
    invoice = place(UserFactory.create(), (open_shop(), 100)).invoice
    assert invoice is not None
    assert (str(invoice), invoice.title, invoice.is_invoice) == ("Faktura 10001", "Faktura 10001", True)
    assert invoice.fik_line == "+71<000000000100016+89012345<"
    assert invoice.seller_iban == "DK50 0040 0440 1162 43"
    assert (invoice.totals.net, invoice.totals.vat) == (Decimal("250.00"), Decimal("62.50"))


def test_document_pads_a_short_account_number_in_its_iban() -> None:
    SellerFactory.create(bank_registration_number="5051", bank_account_number="1234567")
    document = Document(seller_bank_registration_number="5051", seller_bank_account_number="1234567")
    assert document.seller_iban == "DK34 5051 0001 2345 67"


def test_invoice_does_not_change_with_the_catalogue_the_seller_or_the_company() -> None:
    fakturaklip = open_shop()
    user = UserFactory.create()
    invoice = place(user, (fakturaklip, 100)).invoice
    assert invoice is not None
    before = _everything_that_it_says(invoice)
    Product.objects.update(name="Nyt navn", unit="klip", vat_rate=Decimal(12), is_active=False, minimum_quantity=500)
    PriceTier.objects.update(unit_price=Decimal("99.99"))
    Seller.objects.update(name="TrueLink Ny A/S", bank_account_number="1", creditor_number="80000000")
    company = user.company
    assert company is not None
    company.name, company.address, company.ean = "Nyt Firma ApS", "Nygade 1", "5790000123452"
    company.save()
    pay(invoice.order)
    assert _everything_that_it_says(invoice) == before
    assert before[0]["buyer_address"] == "Vestergade 12"


def test_credit_note_repeats_the_invoice_and_not_what_holds_today() -> None:
    fakturaklip = open_shop()
    user = UserFactory.create()
    invoice = place(user, (fakturaklip, 1000), (support(), 1), purchase_order_number="PO 1").invoice
    assert invoice is not None
    Seller.objects.update(name="TrueLink Ny A/S")
    Product.objects.update(unit="klip", vat_rate=Decimal(12))
    assert user.company is not None
    user.company.name = "Nyt Firma ApS"
    user.company.save()
    with time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), tick=False):
        cancel_order(order_id=invoice.order.pk, actor=None, reason="Bestilt to gange")
    credit_note = Document.objects.get(kind=DocumentKind.CREDIT_NOTE)
    said, its_lines = _everything_that_it_says(invoice)
    repeated, lines = _everything_that_it_says(credit_note)
    own = {
        "id": credit_note.pk,
        "kind": "credit_note",
        "number": 500001,
        "credits_id": invoice.pk,
        "issued_at": datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
        "issued_on": date(2027, 1, 1),  # in Copenhagen
        "due_on": None,
        "payment_reference": "",
        "reason": "Bestilt to gange",
    }
    assert repeated == {**said, **own}
    drop = {"id", "document_id"}
    assert [{name: fact for name, fact in line.items() if name not in drop} for line in lines] == [
        {name: fact for name, fact in line.items() if name not in drop} for line in its_lines
    ]
    assert (credit_note.title, credit_note.fik_line, credit_note.is_invoice) == ("Kreditnota 500001", "", False)


def test_issue_invoice_dates_by_the_calendar_in_copenhagen() -> None:
    fakturaklip = open_shop()
    with time_machine.travel(datetime(2026, 12, 31, 22, 59, tzinfo=UTC), tick=False):
        before = place(UserFactory.create(), (fakturaklip, 100)).invoice
    with time_machine.travel(datetime(2026, 12, 31, 23, 0, tzinfo=UTC), tick=False):
        after = place(UserFactory.create(), (fakturaklip, 100)).invoice
    assert before is not None
    assert after is not None
    assert (before.issued_on, before.due_on) == (date(2026, 12, 31), date(2027, 1, 8))
    assert (after.issued_on, after.due_on) == (date(2027, 1, 1), date(2027, 1, 9))


def test_issue_invoice_takes_the_sellers_days_and_none_for_a_card() -> None:
    fakturaklip = open_shop()
    Seller.objects.update(payment_terms_days=30)
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, tzinfo=UTC), tick=False):
        transfer = place(UserFactory.create(), (fakturaklip, 100)).invoice
        card = place(UserFactory.create(), (fakturaklip, 100), method=PaymentMethod.CARD)
        seller = Seller.objects.get()
        paid = issue_invoice(order=card.order, lines=list(card.order.lines.all()), seller=seller)
    assert transfer is not None
    assert card.invoice is None
    assert transfer.due_on == date(2026, 12, 23)
    assert (paid.due_on, paid.number, paid.payment_method) == (date(2026, 11, 23), 10002, "card")


def test_invoice_shows_the_vat_of_each_rate() -> None:
    fakturaklip = open_shop()
    book = priced(support(name="Vejledning", vat_rate=Decimal(0)), t10="99.99")
    invoice = place(UserFactory.create(), (fakturaklip, 101), (book, 1)).invoice
    assert invoice is not None
    assert [(line.rate, line.base, line.vat) for line in invoice.totals.vat_lines] == [
        (Decimal(0), Decimal("850.00"), Decimal("0.00")),
        (Decimal(25), Decimal("252.50"), Decimal("63.13")),  # 63.125
    ]
    assert (invoice.net, invoice.vat, invoice.total) == (Decimal("1102.50"), Decimal("63.13"), Decimal("1165.63"))


def test_overdue_keeps_unpaid_invoices_whose_day_has_passed() -> None:
    fakturaklip = open_shop()
    with time_machine.travel(datetime(2026, 11, 1, 12, 0, tzinfo=UTC), tick=False):
        late, paid, cancelled = (place(UserFactory.create(), (fakturaklip, 100)) for _ in range(3))
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, tzinfo=UTC), tick=False):
        place(UserFactory.create(), (fakturaklip, 100))
        pay(paid.order)
        cancel_order(order_id=cancelled.order.pk, actor=None, reason="")
    assert late.invoice is not None
    assert late.invoice.due_on == date(2026, 11, 9)
    assert not Document.objects.overdue(date(2026, 11, 9)).exists()
    assert list(Document.objects.overdue(date(2026, 11, 10))) == [late.invoice]
    assert Document.objects.overdue(date(2026, 12, 2)).count() == 2


def test_without_file_keeps_documents_whose_pdf_is_missing() -> None:
    fakturaklip = open_shop()
    first, second, third = (place(UserFactory.create(), (fakturaklip, 100)).invoice for _ in range(3))
    assert second is not None
    second.files.create(kind="pdf", content=b"%PDF", sha256="0" * 64)
    assert list(Document.objects.without_file()) == [first, third]
