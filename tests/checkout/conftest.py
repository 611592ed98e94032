"""What the checkout's tests share: a shop, and a buyer at the checkout page."""

import pytest

from accounts.models import Role
from catalog.models import Product
from tests.checkout.pages import ADD, CHECKOUT
from tests.factories import UserFactory, open_shop
from tests.visitor import Visitor


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def visitor(fakturaklip: Product) -> Visitor:
    """A buyer with 1,000 clips in the cart, at the checkout page."""
    visitor = Visitor(UserFactory.create(role=Role.BUYER, company__name="Holm ApS", company__cvr="13585628"))
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "1000")])
    return visitor.open(CHECKOUT)
