"""A shop in which nothing is wrong."""

import pytest

from tests.reconciliation.shop import Shop, differing

pytestmark = pytest.mark.django_db


def test_a_shop_with_every_kind_of_order_shows_no_difference(shop: Shop) -> None:
    assert differing() == {}


def test_an_empty_shop_shows_no_difference() -> None:
    assert differing() == {}
