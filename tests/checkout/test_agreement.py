"""Only what the checkout page showed is agreed to: prices, terms, cart, and nothing that was tampered with."""

from decimal import Decimal

import pytest

from billing.models import Order
from catalog.models import PriceTier, Product
from checkout.cart import CartLine
from checkout.quote import make_quote
from tests.checkout.pages import ADD, CHECKOUT, SEND, TERMS, TRANSFER, hidden, nothing_was_placed, sent_form
from tests.factories import TermsFactory, UserFactory, support
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.mark.fault(29)
def test_price_that_changed_since_is_shown_and_agreed_to_again(visitor: Visitor) -> None:
    visitor.choose(TRANSFER).choose(TERMS).fill("Rekvisitionsnr.", "PO 9")
    PriceTier.objects.filter(from_quantity=1000).update(unit_price=Decimal("2.10"))
    visitor.press(SEND)
    assert visitor.status == 422
    assert "Fakturaklip: før 2,25\u00a0kr., nu 2,10\u00a0kr. pr. enhed uden moms" in visitor.text
    assert "Intet er bestilt endnu." in visitor.text
    assert "I alt med moms 2.625,00\u00a0kr." in visitor.text
    assert "checked" not in visitor.field(TERMS).attrib
    assert visitor.field("Rekvisitionsnr.").get("value") == "PO 9"
    assert nothing_was_placed()
    visitor.press(SEND)
    assert (visitor.status, nothing_was_placed()) == (422, True)
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    order = Order.objects.get()
    assert (order.total, order.purchase_order_number) == (Decimal("2625.00"), "PO 9")
    assert visitor.heading == "Tak for din bestilling"


@pytest.mark.fault(29)
def test_price_that_fell_is_agreed_to_again_too(visitor: Visitor) -> None:
    PriceTier.objects.update(unit_price=Decimal("0.01"))
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert (visitor.status, nothing_was_placed()) == (422, True)


@pytest.mark.fault(29)
def test_vat_rate_that_changed_since_is_agreed_to_again(visitor: Visitor) -> None:
    Product.objects.update(vat_rate=Decimal(20))
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert (visitor.status, nothing_was_placed()) == (422, True)
    assert "Moms 20\u00a0% 450,00\u00a0kr." in visitor.text
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert Order.objects.get().total == Decimal("2700.00")


def test_terms_that_changed_since_are_accepted_again(visitor: Visitor) -> None:
    newest = TermsFactory.create(version="2027-ny")
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert (visitor.status, nothing_was_placed()) == (422, True)
    assert (
        "Kurven eller salgsbetingelserne er ændret, efter at siden blev vist. Intet er bestilt endnu." in visitor.text
    )
    assert "2027-ny" in visitor.text
    assert "checked" not in visitor.field(TERMS).attrib
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert Order.objects.get().terms == newest


def test_cart_that_changed_in_another_window_is_agreed_to_again(visitor: Visitor) -> None:
    fields = sent_form(visitor)
    hour = support()
    visitor.send(ADD, [("product", str(hour.pk)), ("quantity", "1")])
    visitor.send(CHECKOUT, fields)
    assert (visitor.status, nothing_was_placed()) == (422, True)
    assert "B2B fakturamodtagersupport 1 time" in visitor.text
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert Order.objects.get().lines.count() == 2


def test_product_that_was_withdrawn_since_leads_to_the_cart(visitor: Visitor) -> None:
    Product.objects.update(is_active=False)
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert (visitor.path, nothing_was_placed()) == ("/kurv/", True)
    assert "Varen sælges ikke længere. Fjern den fra kurven." in visitor.text


def test_minimum_that_was_raised_since_leads_to_the_cart(visitor: Visitor) -> None:
    Product.objects.update(minimum_quantity=5000)
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert (visitor.path, nothing_was_placed()) == ("/kurv/", True)
    assert "Du skal købe mindst 5.000 stk." in visitor.text


# --- a page that was tampered with -----------------------------------------------------------------------------------


@pytest.mark.fault(42)
def test_fields_that_the_form_does_not_have_are_ignored(visitor: Visitor) -> None:
    other = UserFactory.create().company
    assert other is not None
    extra = {
        "price": "0.01",
        "total": "1.00",
        "net": "1.00",
        "company": str(other.pk),
        "placed_by": "1",
        "state": "paid",
        "paid_at": "2026-01-01",
        "vat_rate": "0",
    }
    visitor.send(CHECKOUT, sent_form(visitor, **extra))
    order = Order.objects.get()
    assert (order.company.name, order.total, order.state) == ("Holm ApS", Decimal("2812.50"), "awaiting_payment")


def _quote(product: Product, quantity: int, price: str) -> str:
    return make_quote([CartLine(product, quantity, Decimal(price), Decimal(0))])


@pytest.mark.fault(42)
@pytest.mark.parametrize("tampered", ["", "x", "[[1,1000,0.01,25]]", "cut", "changed"])
def test_quote_that_the_shop_did_not_sign_counts_for_nothing(visitor: Visitor, tampered: str) -> None:
    own = hidden(visitor, "quote")
    text = {"cut": own[:-1], "changed": own.swapcase()}.get(tampered, tampered)
    visitor.send(CHECKOUT, sent_form(visitor, quote=text))
    assert (visitor.path, visitor.status, nothing_was_placed()) == (CHECKOUT, 422, True)


@pytest.mark.fault(42)
def test_quote_of_an_older_price_is_not_a_discount(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.send(CHECKOUT, sent_form(visitor, quote=_quote(fakturaklip, 1000, "1.00")))
    assert (visitor.status, nothing_was_placed()) == (422, True)


@pytest.mark.fault(42)
def test_quote_of_another_quantity_than_the_carts_is_agreed_to_again(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.send(CHECKOUT, sent_form(visitor, quote=_quote(fakturaklip, 100, "2.50")))
    assert (visitor.status, nothing_was_placed()) == (422, True)


@pytest.mark.parametrize("key", ["", "1", "x" * 36, "00000000-0000-0000-0000-00000000000g"])
def test_placement_key_that_is_none_is_refused(visitor: Visitor, key: str) -> None:
    visitor.send(CHECKOUT, sent_form(visitor, placement_key=key))
    assert (visitor.status, nothing_was_placed()) == (422, True)


@pytest.mark.parametrize("terms", ["", "0", "987654", "x"])
def test_terms_that_do_not_exist_are_refused(visitor: Visitor, terms: str) -> None:
    visitor.send(CHECKOUT, sent_form(visitor, terms=terms))
    assert (visitor.status, nothing_was_placed()) == (422, True)
