"""The checkout page: everything agreed to on one page, placed once."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import Company, Role
from billing.models import Document, Order, OutboxMail, PaymentMethod, TermsOfSale
from catalog.models import PriceTier, Product
from checkout.cart import Cart, CartLine
from checkout.quote import make_quote
from tests.factories import SellerFactory, TermsFactory, UserFactory, invoice_clips, open_shop, support
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

CHECKOUT = "/kassen/"
ADD = "/koeb/laeg-i-kurv/"
TERMS = "Jeg accepterer TrueLinks salgsbetingelser"
SEND = "Afsend bestilling"


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def visitor(fakturaklip: Product) -> Visitor:
    """A buyer with 1,000 clips in the cart, at the checkout page."""
    visitor = Visitor(UserFactory.create(role=Role.BUYER, company__name="Holm ApS", company__cvr="13585628"))
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "1000")])
    return visitor.open(CHECKOUT)


def cart(visitor: Visitor) -> dict[int, int]:
    return Cart(visitor.client.session).quantities


def hidden(visitor: Visitor, name: str) -> str:
    return next(field.get("value", "") for field in visitor.page.iter("input") if field.get("name") == name)


def sent_form(visitor: Visitor, **changes: str) -> list[tuple[str, str]]:
    """Return the fields that "Afsend bestilling" sends, the terms accepted."""
    fields = {name: hidden(visitor, name) for name in ("placement_key", "quote", "terms")}
    return [*{**fields, "payment_method": "bank_transfer", "accept_terms": "on", **changes}.items()]


def nothing_was_placed() -> bool:
    return not (Order.objects.exists() or Document.objects.exists() or OutboxMail.objects.exists())


# --- one page to take in at a glance ---------------------------------------------------------------------------------


def test_checkout_page_shows_the_order_the_ways_to_pay_and_the_terms(visitor: Visitor) -> None:
    assert visitor.heading == "Kassen"
    assert "Fakturaklip 1.000 stk. 2,25\u00a0kr. 2.250,00\u00a0kr." in visitor.text
    assert "Pris uden moms 2.250,00\u00a0kr. Moms 25\u00a0% 562,50\u00a0kr. I alt med moms 2.812,50\u00a0kr." in (
        visitor.text
    )
    assert "checked" in visitor.field("Betal via kontooverførsel").attrib
    assert "checked" not in visitor.field(TERMS).attrib
    assert "Holm ApS, CVR-nr. 13585628" in visitor.text
    terms = TermsOfSale.objects.get()
    links = [link.get("href") for link in visitor.page.iter("a") if terms.version in "".join(link.itertext())]
    assert links == [f"/salgsbetingelser/{terms.pk}/"]
    assert nothing_was_placed()


def test_checkout_page_is_never_kept_by_the_browser(visitor: Visitor) -> None:
    assert "no-store" in visitor.response.headers["Cache-Control"]


# --- placing ---------------------------------------------------------------------------------------------------------


def test_sending_the_order_places_it_and_shows_the_invoice(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.choose(TERMS).press(SEND)
    order, invoice = Order.objects.get(), Document.objects.get()
    assert (visitor.path, visitor.status) == (f"/dokumenter/{invoice.pk}/?afsendt=1", 200)
    assert visitor.heading == "Tak for din bestilling"
    assert "Faktura 10001" in visitor.text
    assert "+71<000000000100016+89012345<" in visitor.text
    assert (order.net, order.total, order.payment_method) == (Decimal(2250), Decimal("2812.50"), "bank_transfer")
    assert [(line.product, line.quantity) for line in order.lines.all()] == [(fakturaklip, 1000)]
    assert order.terms == TermsOfSale.objects.get()
    assert order.placed_by.pk == int(visitor.client.session["_auth_user_id"])
    assert OutboxMail.objects.get().recipients == [order.company.invoice_email]
    assert cart(visitor) == {}
    assert visitor.cart == "Din indkøbskurv Din indkøbskurv er tom"


def test_terms_must_be_accepted(visitor: Visitor) -> None:
    visitor.fill("Rekvisitionsnr.", "PO 9").press(SEND)
    assert visitor.status == 422
    assert visitor.errors == [
        ("Du skal acceptere salgsbetingelserne for at afsende bestillingen.", "id_accept_terms"),
    ]
    assert visitor.field("Rekvisitionsnr.").get("value") == "PO 9"
    assert nothing_was_placed()
    visitor.choose(TERMS).press(SEND)
    assert Order.objects.get().purchase_order_number == "PO 9"


def test_abandoned_order_leads_to_the_list_with_the_cart_kept(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.click("Afbryd bestilling")
    assert (visitor.path, visitor.heading) == ("/koeb/", "Køb TrueLink klip og support")
    assert cart(visitor) == {fakturaklip.pk: 1000}
    assert nothing_was_placed()


def test_empty_cart_has_nothing_to_check_out() -> None:
    open_shop()
    visitor = Visitor(UserFactory.create()).open(CHECKOUT)
    assert visitor.path == "/koeb/"
    assert "Din indkøbskurv er tom. Vælg, hvad du vil købe." in visitor.text
    visitor.send(CHECKOUT, [("placement_key", str(uuid4())), ("accept_terms", "on")])
    assert visitor.path == "/koeb/"
    visitor.send(CHECKOUT, [])
    assert visitor.path == "/koeb/"
    assert nothing_was_placed()


def test_cancelled_and_unknown_ways_to_pay_are_refused(visitor: Visitor) -> None:
    """Card payment comes later: until then nobody can choose it, whatever they send."""
    for method in ("card", "cash", ""):
        visitor.send(CHECKOUT, sent_form(visitor, payment_method=method))
        assert visitor.status == 422
        visitor.open(CHECKOUT)
    assert nothing_was_placed()


# --- the same page sent twice ----------------------------------------------------------------------------------------


@pytest.mark.fault(28)
def test_page_sent_a_second_time_shows_the_order_that_it_placed(visitor: Visitor) -> None:
    fields = sent_form(visitor)
    first = visitor.send(CHECKOUT, fields).path
    assert visitor.send(CHECKOUT, fields).path == first
    assert (Order.objects.count(), Document.objects.count(), OutboxMail.objects.count()) == (1, 1, 1)


@pytest.mark.fault(28)
def test_page_sent_again_after_shopping_on_places_nothing_and_keeps_the_new_cart(
    visitor: Visitor, fakturaklip: Product
) -> None:
    """The back button, an old page, and a cart that is the same by chance: still the order of that page."""
    fields = sent_form(visitor)
    first = visitor.send(CHECKOUT, fields).path
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "1000")])
    assert visitor.send(CHECKOUT, fields).path == first
    assert (Order.objects.count(), cart(visitor)) == (1, {fakturaklip.pk: 1000})


def test_back_button_after_the_order_leads_to_the_list(visitor: Visitor) -> None:
    visitor.choose(TERMS).press(SEND)
    visitor.open(CHECKOUT)
    assert visitor.path == "/koeb/"
    assert Order.objects.count() == 1


def test_same_things_may_be_ordered_again_from_a_new_page(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.choose(TERMS).press(SEND)
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "1000")])
    visitor.open(CHECKOUT).choose(TERMS).press(SEND)
    assert Order.objects.count() == 2
    assert visitor.heading == "Tak for din bestilling"


def test_key_of_another_company_shows_the_page_anew_and_tells_nothing(visitor: Visitor, fakturaklip: Product) -> None:
    fields = sent_form(visitor)
    visitor.send(CHECKOUT, fields)
    stranger = Visitor(UserFactory.create())
    stranger.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "1000")])
    stranger.send(CHECKOUT, fields)
    assert (stranger.path, stranger.status, Order.objects.count()) == (CHECKOUT, 422, 1)
    assert "Holm ApS" not in stranger.content.decode()
    stranger.choose(TERMS).press(SEND)
    assert (stranger.heading, Order.objects.count()) == ("Tak for din bestilling", 2)


def test_key_of_another_company_with_an_empty_cart_leads_to_the_list(visitor: Visitor) -> None:
    fields = sent_form(visitor)
    visitor.send(CHECKOUT, fields)
    assert Visitor(UserFactory.create()).send(CHECKOUT, fields).path == "/koeb/"


# --- only what the page showed is agreed to --------------------------------------------------------------------------


@pytest.mark.fault(29)
def test_price_that_changed_since_is_shown_and_agreed_to_again(visitor: Visitor) -> None:
    visitor.choose(TERMS).fill("Rekvisitionsnr.", "PO 9")
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
    visitor.choose(TERMS).press(SEND)
    order = Order.objects.get()
    assert (order.total, order.purchase_order_number) == (Decimal("2625.00"), "PO 9")
    assert visitor.heading == "Tak for din bestilling"


@pytest.mark.fault(29)
def test_price_that_fell_is_agreed_to_again_too(visitor: Visitor) -> None:
    PriceTier.objects.update(unit_price=Decimal("0.01"))
    visitor.choose(TERMS).press(SEND)
    assert (visitor.status, nothing_was_placed()) == (422, True)


@pytest.mark.fault(29)
def test_vat_rate_that_changed_since_is_agreed_to_again(visitor: Visitor) -> None:
    Product.objects.update(vat_rate=Decimal(20))
    visitor.choose(TERMS).press(SEND)
    assert (visitor.status, nothing_was_placed()) == (422, True)
    assert "Moms 20\u00a0% 450,00\u00a0kr." in visitor.text
    visitor.choose(TERMS).press(SEND)
    assert Order.objects.get().total == Decimal("2700.00")


def test_terms_that_changed_since_are_accepted_again(visitor: Visitor) -> None:
    newest = TermsFactory.create(version="2027-ny")
    visitor.choose(TERMS).press(SEND)
    assert (visitor.status, nothing_was_placed()) == (422, True)
    assert "Kurven eller salgsbetingelserne er ændret, siden siden blev vist. Intet er bestilt endnu." in visitor.text
    assert "2027-ny" in visitor.text
    assert "checked" not in visitor.field(TERMS).attrib
    visitor.choose(TERMS).press(SEND)
    assert Order.objects.get().terms == newest


def test_cart_that_changed_in_another_window_is_agreed_to_again(visitor: Visitor) -> None:
    fields = sent_form(visitor)
    hour = support()
    visitor.send(ADD, [("product", str(hour.pk)), ("quantity", "1")])
    visitor.send(CHECKOUT, fields)
    assert (visitor.status, nothing_was_placed()) == (422, True)
    assert "B2B fakturamodtagersupport 1 time" in visitor.text
    visitor.choose(TERMS).press(SEND)
    assert Order.objects.get().lines.count() == 2


def test_product_that_was_withdrawn_since_leads_to_the_cart(visitor: Visitor) -> None:
    Product.objects.update(is_active=False)
    visitor.choose(TERMS).press(SEND)
    assert (visitor.path, nothing_was_placed()) == ("/kurv/", True)
    assert "Varen sælges ikke længere. Fjern den fra kurven." in visitor.text


def test_minimum_that_was_raised_since_leads_to_the_cart(visitor: Visitor) -> None:
    Product.objects.update(minimum_quantity=5000)
    visitor.choose(TERMS).press(SEND)
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


# --- the buyer's own reference ---------------------------------------------------------------------------------------


def test_standing_purchase_order_number_is_proposed_and_printed(visitor: Visitor) -> None:
    Company.objects.filter(name="Holm ApS").update(purchase_order_number="INDKØB-42")
    visitor.open(CHECKOUT)
    assert visitor.field("Rekvisitionsnr.").get("value") == "INDKØB-42"
    visitor.choose(TERMS).press(SEND)
    assert Document.objects.get().purchase_order_number == "INDKØB-42"
    assert "Rekvisitionsnr. INDKØB-42" in visitor.text


def test_standing_purchase_order_number_may_be_replaced_or_left_out(visitor: Visitor) -> None:
    Company.objects.filter(name="Holm ApS").update(purchase_order_number="INDKØB-42")
    visitor.open(CHECKOUT).fill("Rekvisitionsnr.", "").choose(TERMS).press(SEND)
    assert Document.objects.get().purchase_order_number == ""
    assert "Rekvisitionsnr." not in visitor.text


@pytest.mark.fault(58)
def test_purchase_order_number_with_a_line_break_is_refused(visitor: Visitor) -> None:
    visitor.send(CHECKOUT, sent_form(visitor, purchase_order_number="PO 9\r\nBcc: alle@firma.example"))
    assert visitor.errors == [
        ("Linjeskift og andre styretegn kan ikke bruges her.", "id_purchase_order_number"),
    ]
    assert nothing_was_placed()


def test_purchase_order_number_is_at_most_40_characters(visitor: Visitor) -> None:
    visitor.send(CHECKOUT, sent_form(visitor, purchase_order_number="x" * 41))
    assert (visitor.status, nothing_was_placed()) == (422, True)
    visitor.send(CHECKOUT, sent_form(visitor, purchase_order_number="x" * 40))
    assert Order.objects.get().purchase_order_number == "x" * 40


# --- a shop that is not set up ---------------------------------------------------------------------------------------

_CLOSED = "Kassen er lukket lige nu"


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("seller", "Sælgerens oplysninger mangler."), ("terms", "Salgsbetingelserne mangler.")],
)
def test_checkout_is_closed_until_the_shop_is_set_up(missing: str, sentence: str) -> None:
    fakturaklip = invoice_clips()
    if missing == "seller":
        TermsFactory.create()
    else:
        SellerFactory.create()
    visitor = Visitor(UserFactory.create())
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "100")])
    visitor.open(CHECKOUT)
    assert (visitor.status, visitor.has_button(SEND)) == (200, False)
    assert _CLOSED in visitor.text
    assert sentence in visitor.text
    shown = make_quote([CartLine(fakturaklip, 100, Decimal("2.50"), Decimal("250.00"))])
    fields = {"payment_method": "bank_transfer", "accept_terms": "on", "placement_key": str(uuid4()), "terms": "1"}
    visitor.send(CHECKOUT, [*{**fields, "quote": shown}.items()])
    assert (visitor.status, visitor.has_button(SEND)) == (422, False)
    assert _CLOSED in visitor.text
    assert cart(visitor) == {fakturaklip.pk: 100}
    assert nothing_was_placed()


def test_checkout_opens_when_the_last_thing_is_there() -> None:
    fakturaklip = invoice_clips()
    visitor = Visitor(UserFactory.create())
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "100")])
    assert "Sælgerens oplysninger mangler. Salgsbetingelserne mangler." in visitor.open(CHECKOUT).text
    TermsFactory.create()
    SellerFactory.create()
    visitor.open(CHECKOUT).choose(TERMS).press(SEND)
    assert Order.objects.get().total == Decimal("312.50")


def test_checkout_page_by_card_is_not_offered_yet(visitor: Visitor) -> None:
    assert PaymentMethod.CARD.value not in {field.get("value") for field in visitor.page.iter("input")}
