"""The cart while a card payment is under way: kept until the money is there, and emptied of what was paid only."""

from datetime import date

import pytest

from billing.models import Order, PaymentMethod
from billing.services.settling import Received, settle_order
from catalog.models import Product
from tests.checkout.pages import ADD, CARD, CHECKOUT, SEND, TERMS, TRANSFER, cart, hidden, sent_form
from tests.factories import UserFactory, support
from tests.simulator import Simulator
from tests.stripe_page import choose_card
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def paying(visitor: Visitor) -> Visitor:
    """A buyer who has ordered the 1,000 clips and is about to choose the card."""
    return visitor.choose(CARD).choose(TERMS).press(SEND)


def card_pays(order: Order) -> None:
    """Let the money come in as another process learns it: from a webhook, or from the sweep."""
    received = Received(
        method=PaymentMethod.CARD, amount=order.total, received_on=date(2026, 11, 23), key=f"stripe:cs_{order.pk}"
    )
    settle_order(order_id=order.pk, received=received)


def put(visitor: Visitor, product: Product, quantity: int) -> None:
    visitor.send(ADD, [("product", str(product.pk)), ("quantity", str(quantity))])


# --- what becomes of the cart ----------------------------------------------------------------------------------------


def test_cart_is_kept_until_the_card_has_paid(paying: Visitor, fakturaklip: Product) -> None:
    assert cart(paying.open("/koeb/")) == {fakturaklip.pk: 1000}
    card_pays(Order.objects.get())
    paying.open("/koeb/")
    assert (cart(paying), paying.cart) == ({}, "Din indkøbskurv Din indkøbskurv er tom")
    assert "cart_being_paid" not in paying.client.session


def test_cart_that_was_filled_on_stays_and_can_be_ordered_by_itself(paying: Visitor, fakturaklip: Product) -> None:
    first = Order.objects.get()
    put(paying, fakturaklip, 700)
    card_pays(first)
    paying.open(CHECKOUT)
    assert cart(paying) == {fakturaklip.pk: 700}
    assert hidden(paying, "placement_key") != str(first.placement_key)
    paying.choose(TRANSFER).choose(TERMS).press(SEND)
    assert [line.quantity for order in Order.objects.order_by("pk") for line in order.lines.all()] == [1000, 700]
    assert paying.heading == "Tak for din bestilling"


def test_cart_that_was_emptied_meanwhile_stays_empty(paying: Visitor, fakturaklip: Product) -> None:
    paying.send("/kurv/", [("remove", str(fakturaklip.pk))])
    card_pays(Order.objects.get())
    assert cart(paying.open("/koeb/")) == {}
    put(paying, fakturaklip, 100)
    paying.open(CHECKOUT).choose(TRANSFER).choose(TERMS).press(SEND)
    assert Order.objects.count() == 2


def test_paid_order_of_this_cart_is_not_ordered_again_by_its_page(visitor: Visitor) -> None:
    fields = sent_form(visitor, payment_method="card")
    visitor.send(CHECKOUT, fields)
    order = Order.objects.get()
    card_pays(order)
    visitor.send(CHECKOUT, fields)
    assert visitor.path == f"/dokumenter/{order.documents.get().pk}/"
    assert (Order.objects.count(), cart(visitor)) == (1, {})


def test_someone_elses_session_is_none_of_the_orders_business(paying: Visitor, fakturaklip: Product) -> None:
    other = Visitor(UserFactory.create())
    put(other, fakturaklip, 1000)
    card_pays(Order.objects.get())
    assert cart(other.open("/koeb/")) == {fakturaklip.pk: 1000}
    assert cart(paying.open("/koeb/")) == {}


# --- another mind about an order that is not paid --------------------------------------------------------------------


def test_same_page_sent_twice_is_one_order_to_pay(visitor: Visitor) -> None:
    fields = sent_form(visitor, payment_method="card")
    first = visitor.send(CHECKOUT, fields).path
    assert visitor.send(CHECKOUT, fields).path == first
    assert visitor.open(CHECKOUT).choose(CARD).choose(TERMS).press(SEND).path == first
    assert Order.objects.count() == 1


def test_bank_transfer_instead_of_the_card_closes_the_first_order(
    paying: Visitor, fakturaklip: Product, stripe: Simulator
) -> None:
    choose_card(paying, "Visa/Dankort")
    paying.open(CHECKOUT).choose(TRANSFER).choose(TERMS).press(SEND)
    assert paying.heading == "Tak for din bestilling"
    assert list(Order.objects.order_by("pk").values_list("payment_method", "state")) == [
        ("card", "cancelled"),
        ("bank_transfer", "awaiting_payment"),
    ]
    assert [session["status"] for session in stripe.sessions()] == ["expired"]
    assert cart(paying) == {}
    assert fakturaklip.is_active


def test_changed_cart_by_card_again_is_a_new_order_and_the_only_one_that_can_be_paid(
    paying: Visitor, fakturaklip: Product, stripe: Simulator
) -> None:
    choose_card(paying, "Visa/Dankort")
    put(paying, fakturaklip, 700)
    paying.open(CHECKOUT).choose(CARD).choose(TERMS).press(SEND)
    first, second = Order.objects.order_by("pk")
    assert (first.state, second.state, paying.path) == ("cancelled", "awaiting_payment", f"/ordrer/{second.pk}/betal/")
    choose_card(paying, "Visa/Dankort")
    assert [session["status"] for session in stripe.sessions()] == ["expired", "open"]
    card_pays(second)
    assert cart(paying.open("/koeb/")) == {}


def test_order_that_turns_out_paid_at_stripe_is_not_ordered_again(paying: Visitor, stripe: Simulator) -> None:
    choose_card(paying, "Visa/Dankort")
    [session] = stripe.sessions()
    stripe.pay(session["id"])
    paying.open(CHECKOUT).choose(TRANSFER).choose(TERMS).press(SEND)
    order = Order.objects.get()
    assert (order.state, paying.path) == ("paid", f"/dokumenter/{order.documents.get().pk}/")
    assert cart(paying) == {}


def test_page_of_a_changed_mind_sent_again_shows_what_was_ordered(paying: Visitor) -> None:
    """Card first, then bank transfer: a reload of that page must not tell that the order was cancelled."""
    fields = sent_form(paying.open(CHECKOUT))
    invoice = paying.send(CHECKOUT, fields).path
    assert paying.heading == "Tak for din bestilling"
    assert paying.send(CHECKOUT, fields).path == invoice
    assert Order.objects.count() == 2


def test_goods_that_were_added_while_paying_are_all_that_is_left(paying: Visitor, fakturaklip: Product) -> None:
    assert fakturaklip.clip_type is not None
    extra = support()
    put(paying, extra, 2)
    card_pays(Order.objects.get())
    assert cart(paying.open("/koeb/")) == {extra.pk: 2}


def test_pay_page_tells_that_the_cart_has_changed_since(paying: Visitor, fakturaklip: Product) -> None:
    order = Order.objects.get()
    at_pay = f"/ordrer/{order.pk}/betal/"
    assert "Din indkøbskurv er ændret siden" not in paying.open(at_pay).text
    assert "Varerne ligger stadig i kurven" in paying.open(f"{at_pay}?afbrudt=1").text
    put(paying, fakturaklip, 700)
    assert "Din indkøbskurv er ændret siden" in paying.open(at_pay).text
    assert "Varerne ligger stadig i kurven" not in paying.open(f"{at_pay}?afbrudt=1").text
    paying.send("/kurv/", [("remove", str(fakturaklip.pk))])
    assert paying.open(at_pay).has_link("← Ordrer og fakturaer")


def test_amount_that_no_card_takes_is_ordered_by_transfer(visitor: Visitor, fakturaklip: Product) -> None:
    fakturaklip.maximum_quantity = 1_000_000
    fakturaklip.save()
    put(visitor, fakturaklip, 500_000)
    visitor.open(CHECKOUT).choose(CARD).choose(TERMS).press(SEND)
    assert visitor.errors == [("Beløbet kan ikke betales med kort. Vælg kontooverførsel.", "id_payment_method_0")]
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert Order.objects.get().payment_method == "bank_transfer"
