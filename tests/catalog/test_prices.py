"""Volume prices and the price list."""

from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog.money import line_net
from catalog.prices import current_price_list
from tests.factories import ClipTypeFactory, ProductFactory, invoice_clips, priced, support

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("quantity", "price", "net"),
    [
        (99, "2.5000", "247.50"),  # too few to be sold, but the page must be able to price what is in the cart
        (100, "2.5000", "250.00"),
        (999, "2.5000", "2497.50"),
        (1000, "2.2500", "2250.00"),  # the whole line, not only what is above: one clip more costs less
        (1001, "2.2500", "2252.25"),
        (4999, "2.2500", "11247.75"),
        (5000, "0.8750", "4375.00"),
        (1_000_000, "0.8750", "875000.00"),
    ],
)
def test_unit_price_of_the_reached_tier_prices_the_whole_line(quantity: int, price: str, net: str) -> None:
    product = priced(invoice_clips(), t5000="0.8750")
    offer = current_price_list().get(product.pk)
    assert offer is not None
    assert offer.unit_price(quantity) == Decimal(price)
    assert line_net(quantity, offer.unit_price(quantity)) == Decimal(net)


def test_current_price_list_has_what_is_for_sale_in_the_order_of_the_list() -> None:
    last = priced(ProductFactory.create(name="Aaa", position=9), t1="1")
    second = priced(ProductFactory.create(name="B", position=5), t1="1")
    first = priced(ProductFactory.create(name="A", position=5), t1="1")
    priced(ProductFactory.create(name="Udgået", position=1, is_active=False), t1="1")
    ProductFactory.create(name="Uden pris", position=1)
    assert [offer.product for offer in current_price_list()] == [first, second, last]


def test_current_price_list_sorts_the_tiers_however_they_were_entered() -> None:
    product = priced(ProductFactory.create(), t1000="2", t100="3", t5000="1")
    offer = current_price_list().get(product.pk)
    assert offer is not None
    assert [tier.from_quantity for tier in offer.tiers] == [100, 1000, 5000]


def test_current_price_list_is_one_query_however_long_it_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    invoice_clips()
    support()
    for number in range(20):
        priced(ProductFactory.create(name=f"Vare {number:02}"), t100="2", t1000="1")
    with django_assert_num_queries(1):
        names = [(offer.product.name, offer.product.clip_type, offer.tiers) for offer in current_price_list()]
    assert len(names) == 22


def test_price_list_is_empty_before_anything_has_a_price() -> None:
    ProductFactory.create()
    prices = current_price_list()
    assert not prices
    assert list(prices) == []
    assert prices.get(1) is None


def test_validity_months_are_long_only_above_the_limit() -> None:
    """The terms of sale: 12 months up to and including 5,000 clips in an order, 24 above. Both are data."""
    usual = ClipTypeFactory.create()
    assert [usual.validity_months(quantity) for quantity in (100, 5000, 5001)] == [12, 12, 24]
    own = ClipTypeFactory.create(short_validity_months=3, long_validity_months=6, long_validity_above=10)
    assert [own.validity_months(quantity) for quantity in (10, 11)] == [3, 6]


def test_of_clip_type_is_the_first_offer_of_the_list_that_sells_it() -> None:
    clip_type = ClipTypeFactory.create()
    priced(ProductFactory.create(clip_type=clip_type, position=2), t1="1")
    first = priced(ProductFactory.create(clip_type=clip_type, position=1), t1="1")
    priced(ProductFactory.create(clip_type=clip_type, position=0, is_active=False), t1="1")
    prices = current_price_list()
    offer = prices.of_clip_type(clip_type.pk)
    assert (offer and offer.product) == first
    assert prices.of_clip_type(clip_type.pk + 1) is None
