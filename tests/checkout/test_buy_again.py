""" "Køb igen": the lines of an earlier order at today's prices."""

from decimal import Decimal

import pytest

from accounts.models import Role, User
from billing.models import Order
from billing.services.cancelling import cancel_order
from catalog.models import PriceTier, Product
from checkout.cart import Cart
from tests.factories import ProductFactory, UserFactory, open_shop, place, priced, support
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db

CART = "/kurv/"
ADD = "/koeb/laeg-i-kurv/"


@pytest.fixture
def fakturaklip() -> Product:
    """2.50 kr. from 100, 2.25 kr. from 1,000."""
    return open_shop()


@pytest.fixture
def hours() -> Product:
    return support()


@pytest.fixture
def user() -> User:
    return UserFactory.create(role=Role.BUYER)


@pytest.fixture
def order(user: User, fakturaklip: Product, hours: Product) -> Order:
    return place(user, (fakturaklip, 1000), (hours, 2)).order


@pytest.fixture
def visitor(user: User, order: Order) -> Visitor:
    """A buyer at the page of an order."""
    return Visitor(user).open(f"/ordrer/{order.pk}/")


def quantities(visitor: Visitor) -> dict[int, int]:
    return Cart(visitor.client.session).quantities


def messages(visitor: Visitor) -> list[str]:
    return [text_of(each) for each in visitor.page.iter("p") if each.get("class", "").startswith("note note-")]


def test_buy_again_fills_the_cart_and_shows_it(
    visitor: Visitor, order: Order, fakturaklip: Product, hours: Product
) -> None:
    visitor.press("Køb igen")
    assert (visitor.path, visitor.status) == (CART, 200)
    assert messages(visitor) == [f"Varerne fra bestilling {order.number} er lagt i kurven til dagens priser."]
    assert quantities(visitor) == {fakturaklip.pk: 1000, hours.pk: 2}
    assert Order.objects.count() == 1


def test_buy_again_twice_is_the_same_as_once(visitor: Visitor, order: Order) -> None:
    visitor.press("Køb igen")
    before = quantities(visitor)
    visitor.send(f"/kurv/koeb-igen/{order.pk}/", [])
    assert (visitor.path, quantities(visitor)) == (CART, before)


def test_buy_again_sets_quantities_and_leaves_other_lines(
    visitor: Visitor, fakturaklip: Product, hours: Product
) -> None:
    other = priced(ProductFactory.create(), t100="1")
    for product in (other, fakturaklip):
        visitor.send(ADD, [("product", str(product.pk)), ("quantity", "300")])
    visitor.open(f"/ordrer/{Order.objects.get().pk}/").press("Køb igen")
    assert quantities(visitor) == {other.pk: 300, fakturaklip.pk: 1000, hours.pk: 2}


def test_buy_again_says_which_price_is_another_now(visitor: Visitor, order: Order) -> None:
    PriceTier.objects.filter(from_quantity=1000).update(unit_price=Decimal("2.10"))
    visitor.press("Køb igen")
    assert messages(visitor) == [
        f"Varerne fra bestilling {order.number} er lagt i kurven til dagens priser. "
        "Fakturaklip kostede 2,25\u00a0kr. pr. enhed og koster nu 2,10\u00a0kr."
    ]
    assert "1.000 stk. à 2,10\u00a0kr. 2.100,00\u00a0kr." in visitor.part("Fakturaklip")


def test_buy_again_leaves_out_what_cannot_be_bought_any_more_and_names_it(
    visitor: Visitor, order: Order, fakturaklip: Product, hours: Product
) -> None:
    Product.objects.filter(pk=hours.pk).update(is_active=False)
    visitor.press("Køb igen")
    assert messages(visitor) == [
        f"Varerne fra bestilling {order.number} er lagt i kurven til dagens priser.",
        "Ikke lagt i kurven: B2B fakturamodtagersupport. Varen sælges ikke længere.",
    ]
    assert quantities(visitor) == {fakturaklip.pk: 1000}


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"minimum_quantity": 2000}, "Du skal købe mindst 2.000 stk."),
        ({"maximum_quantity": 999}, "Du kan højst købe 999 stk. ad gangen. Kontakt kundecenteret for mere."),
    ],
)
def test_buy_again_leaves_out_a_quantity_that_is_not_sold_today(
    visitor: Visitor, fakturaklip: Product, hours: Product, limits: dict[str, int], why: str
) -> None:
    Product.objects.filter(pk=fakturaklip.pk).update(**limits)
    visitor.press("Køb igen")
    assert messages(visitor)[1:] == [f"Ikke lagt i kurven: Fakturaklip. {why}"]
    assert quantities(visitor) == {hours.pk: 2}


def test_buy_again_of_nothing_that_is_sold_says_only_that(visitor: Visitor) -> None:
    Product.objects.update(is_active=False)
    visitor.press("Køb igen")
    assert messages(visitor) == [
        "Ikke lagt i kurven: Fakturaklip. Varen sælges ikke længere.",
        "Ikke lagt i kurven: B2B fakturamodtagersupport. Varen sælges ikke længere.",
    ]
    assert (visitor.path, quantities(visitor)) == (CART, {})


def test_buy_again_of_a_cancelled_order_by_a_colleague(visitor: Visitor, order: Order, fakturaklip: Product) -> None:
    cancel_order(order_id=order.pk, actor=None, reason="Fortrudt")
    assert visitor.open(f"/ordrer/{order.pk}/").has_button("Køb igen")
    colleague = Visitor(UserFactory.create(company=order.company)).open(f"/ordrer/{order.pk}/").press("Køb igen")
    assert quantities(colleague)[fakturaklip.pk] == 1000
    assert quantities(visitor) == {}


def test_buy_again_by_its_address_alone_shows_the_order_and_changes_nothing(visitor: Visitor, order: Order) -> None:
    """Who is logged on again in the middle of "Køb igen" comes back with a GET."""
    visitor.open(f"/kurv/koeb-igen/{order.pk}/")
    assert (visitor.path, quantities(visitor)) == (f"/ordrer/{order.pk}/", {})


@pytest.mark.fault(45)
@pytest.mark.parametrize("number", ["{pk}", "987654", "9" * 30])
def test_buy_again_of_an_order_that_is_not_the_companys_is_not_found(order: Order, number: str) -> None:
    stranger = Visitor(UserFactory.create())
    address = f"/kurv/koeb-igen/{number.format(pk=order.pk)}/"
    assert (stranger.send(address, []).status, stranger.open(address).status) == (404, 404)
    assert quantities(stranger) == {}


@pytest.mark.fault(46)
def test_buy_again_is_for_those_who_may_buy(order: Order) -> None:
    reader = Visitor(UserFactory.create(company=order.company, role=Role.READER))
    assert not reader.open(f"/ordrer/{order.pk}/").has_button("Køb igen")
    assert reader.send(f"/kurv/koeb-igen/{order.pk}/", []).status == 403


def test_cart_that_was_filled_again_is_ordered_as_a_new_order(visitor: Visitor, order: Order) -> None:
    visitor.press("Køb igen").open("/kassen/")
    visitor.choose("Betal via kontooverførsel").choose("Jeg accepterer TrueLinks salgsbetingelser")
    visitor.press("Afsend bestilling")
    first, second = Order.objects.order_by("pk")
    assert first == order
    assert (second.net, second.placement_key != first.placement_key) == (first.net, True)
