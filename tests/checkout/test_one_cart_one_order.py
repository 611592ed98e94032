"""One filling of the cart is one order, also when the first sending is slow or its answer is lost."""

import pytest

from billing.models import Document, Order, OrderLine
from catalog.models import Product
from checkout.cart import Cart
from tests.checkout.pages import ADD, CHECKOUT, SEND, TERMS, TRANSFER, cart, hidden, sent_form
from tests.visitor import Visitor

pytestmark = [pytest.mark.django_db, pytest.mark.fault(28)]


def put_back(visitor: Visitor, key: str, quantities: dict[int, int]) -> None:
    """Leave the session as it is when the answer to "Afsend bestilling" never got to save it."""
    session = visitor.client.session
    held = Cart(session)
    for product_id, quantity in quantities.items():
        held.put(product_id, quantity)
    session["cart_key"] = key
    session.save()


def test_page_opened_anew_while_the_order_is_placed_has_the_same_key(visitor: Visitor) -> None:
    first = hidden(visitor, "placement_key")
    visitor.open(CHECKOUT)
    assert hidden(visitor, "placement_key") == first


def test_cart_that_outlived_its_order_is_not_ordered_again(visitor: Visitor) -> None:
    key, held = hidden(visitor, "placement_key"), cart(visitor)
    invoice = visitor.send(CHECKOUT, sent_form(visitor)).path
    put_back(visitor, key, held)
    visitor.open(CHECKOUT).choose(TRANSFER).choose(TERMS).press(SEND)
    assert visitor.path == invoice
    assert (Order.objects.count(), Document.objects.count(), cart(visitor)) == (1, 1, {})


def test_cart_that_was_filled_on_meanwhile_is_shown_again_and_can_be_ordered(
    visitor: Visitor, fakturaklip: Product
) -> None:
    key = hidden(visitor, "placement_key")
    visitor.send(CHECKOUT, sent_form(visitor))
    put_back(visitor, key, {fakturaklip.pk: 700})
    visitor.open(CHECKOUT).choose(TRANSFER).choose(TERMS).press(SEND)
    assert "Intet er bestilt endnu." in visitor.text
    assert (Order.objects.count(), cart(visitor)) == (1, {fakturaklip.pk: 700})
    visitor.choose(TRANSFER).choose(TERMS).press(SEND)
    assert [line.quantity for line in OrderLine.objects.order_by("order_id")] == [1000, 700]
    assert (Order.objects.count(), cart(visitor)) == (2, {})


def test_next_filling_has_a_key_of_its_own(visitor: Visitor, fakturaklip: Product) -> None:
    first = hidden(visitor, "placement_key")
    visitor.send(CHECKOUT, sent_form(visitor))
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "1000")])
    visitor.open(CHECKOUT)
    assert hidden(visitor, "placement_key") != first
