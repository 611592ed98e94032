"""The checkout page: everything on one page, placed once."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import Company, User
from billing.models import Document, Order, OutboxMail, TermsOfSale
from catalog.models import Product
from checkout.cart import CartLine
from checkout.quote import make_quote
from tests.checkout.pages import ADD, CARD, CHECKOUT, SEND, TERMS, TRANSFER, cart, nothing_was_placed, sent_form
from tests.factories import SellerFactory, TermsFactory, UserFactory, invoice_clips, open_shop, support
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


# --- one page to take in at a glance ---------------------------------------------------------------------------------


def test_checkout_page_shows_the_order_the_ways_to_pay_and_the_terms(visitor: Visitor) -> None:
    assert visitor.heading == "Kassen"
    assert "Fakturaklip 1.000 stk. 2,25\u00a0kr. 2.250,00\u00a0kr." in visitor.text
    assert "Beløb uden moms 2.250,00\u00a0kr. Moms 25\u00a0% 562,50\u00a0kr. I alt med moms 2.812,50\u00a0kr." in (
        visitor.text
    )
    for nothing_is_decided_yet in (CARD, TRANSFER, TERMS):
        assert "checked" not in visitor.field(nothing_is_decided_yet).attrib
    assert "Holm ApS, CVR-nr. 13585628" in visitor.text
    terms = TermsOfSale.objects.get()
    links = [link.get("href") for link in visitor.page.iter("a") if terms.version in "".join(link.itertext())]
    assert links == [f"/salgsbetingelser/{terms.pk}/"]
    assert nothing_was_placed()


def test_checkout_page_lets_only_an_administrator_correct_the_invoice_set_up(visitor: Visitor) -> None:
    links = [link.get("aria-describedby") for link in visitor.page.iter("a") if "".join(link.itertext()) == "Ret"]
    assert links == ["bestilling"]
    User.objects.update(role="administrator")
    visitor.open(CHECKOUT)
    links = [link.get("aria-describedby") for link in visitor.page.iter("a") if "".join(link.itertext()) == "Ret"]
    assert links == ["bestilling", "modtager"]


def test_checkout_page_of_support_says_nothing_of_clips(visitor: Visitor, fakturaklip: Product) -> None:
    assert "Klippene bliver sat ind på din konto, når vi har registreret din indbetaling." in visitor.text
    visitor.send(ADD, [("product", str(support().pk)), ("quantity", "1")])
    both = "Klippene bliver sat ind på din konto, og vi går i gang med supporten, når vi har registreret"
    assert both in visitor.open(CHECKOUT).text
    visitor.send("/kurv/", [("remove", str(fakturaklip.pk))])
    visitor.open(CHECKOUT)
    assert "Vi går i gang med supporten, når vi har registreret din indbetaling." in visitor.text
    assert "Klippene" not in visitor.text


def test_sending_an_order_of_a_withdrawn_product_says_that_nothing_was_ordered(
    visitor: Visitor, fakturaklip: Product
) -> None:
    fields = sent_form(visitor)
    Product.objects.filter(pk=fakturaklip.pk).update(is_active=False)
    visitor.send(CHECKOUT, fields)
    assert visitor.path == "/kurv/"
    assert "Intet er bestilt. Se indkøbskurven igennem." in visitor.text
    assert nothing_was_placed()


def test_checkout_page_is_never_kept_by_the_browser(visitor: Visitor) -> None:
    assert "no-store" in visitor.response.headers["Cache-Control"]


# --- placing ---------------------------------------------------------------------------------------------------------


def test_sending_the_order_places_it_and_shows_the_invoice(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
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
    visitor.choose(TRANSFER).fill("Rekvisitionsnr.", "PO 9").press(SEND)
    assert visitor.status == 422
    assert visitor.errors == [
        ("Du skal acceptere salgsbetingelserne for at afsende bestillingen.", "id_accept_terms"),
    ]
    assert visitor.field("Rekvisitionsnr.").get("value") == "PO 9"
    assert nothing_was_placed()
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
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
    assert (
        "Din indkøbskurv er tom. Har du lige afsendt en bestilling, står den under Ordrer og fakturaer."
    ) in visitor.text
    visitor.send(CHECKOUT, [("placement_key", str(uuid4())), ("accept_terms", "on")])
    assert visitor.path == "/koeb/"
    visitor.send(CHECKOUT, [])
    assert visitor.path == "/koeb/"
    assert nothing_was_placed()


def test_way_to_pay_must_be_chosen(visitor: Visitor) -> None:
    visitor.choose(TERMS).press(SEND)
    assert (visitor.path, visitor.status) == (CHECKOUT, 422)
    assert visitor.errors == [("Vælg, hvordan du vil betale.", "id_payment_method_0")]
    assert "checked" in visitor.field(TERMS).attrib
    assert nothing_was_placed()
    visitor.choose(TRANSFER).press(SEND)
    assert Order.objects.get().payment_method == "bank_transfer"


@pytest.mark.parametrize("method", ["cash", "Card", "card ", "\0"])
def test_unknown_ways_to_pay_are_refused(visitor: Visitor, method: str) -> None:
    visitor.send(CHECKOUT, sent_form(visitor, payment_method=method))
    assert (visitor.path, visitor.status, nothing_was_placed()) == (CHECKOUT, 422, True)


def test_card_leads_to_the_choice_of_card_with_the_cart_kept(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.choose(CARD).choose(TERMS).press(SEND)
    order = Order.objects.get()
    assert (visitor.path, visitor.status) == (f"/ordrer/{order.pk}/betal/", 200)
    assert visitor.heading == "Betal med betalingskort"
    assert (order.payment_method, order.state, order.total) == ("card", "awaiting_payment", Decimal("2812.50"))
    assert not Document.objects.exists()
    assert not OutboxMail.objects.exists()
    assert cart(visitor) == {fakturaklip.pk: 1000}


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
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    visitor.open(CHECKOUT)
    assert visitor.path == "/koeb/"
    assert Order.objects.count() == 1


def test_same_things_may_be_ordered_again_from_a_new_page(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "1000")])
    visitor.open(CHECKOUT).choose(TRANSFER).choose(TERMS).press(SEND)
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
    stranger.choose(TRANSFER).choose(TERMS).press(SEND)
    assert (stranger.heading, Order.objects.count()) == ("Tak for din bestilling", 2)


def test_key_of_another_company_with_an_empty_cart_leads_to_the_list(visitor: Visitor) -> None:
    fields = sent_form(visitor)
    visitor.send(CHECKOUT, fields)
    assert Visitor(UserFactory.create()).send(CHECKOUT, fields).path == "/koeb/"


# --- the buyer's own reference ---------------------------------------------------------------------------------------


def test_standing_purchase_order_number_is_proposed_and_printed(visitor: Visitor) -> None:
    Company.objects.filter(name="Holm ApS").update(purchase_order_number="INDKØB-42")
    visitor.open(CHECKOUT)
    assert visitor.field("Rekvisitionsnr.").get("value") == "INDKØB-42"
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert Document.objects.get().purchase_order_number == "INDKØB-42"
    assert "Rekvisitionsnr. INDKØB-42" in visitor.text


def test_standing_purchase_order_number_may_be_replaced_or_left_out(visitor: Visitor) -> None:
    Company.objects.filter(name="Holm ApS").update(purchase_order_number="INDKØB-42")
    visitor.open(CHECKOUT).fill("Rekvisitionsnr.", "").choose(TRANSFER).choose(TERMS).press(SEND)
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
    visitor.open(CHECKOUT).choose(TRANSFER).choose(TERMS).press(SEND)
    assert Order.objects.get().total == Decimal("312.50")
