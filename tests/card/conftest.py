"""What the tests of card payment share: a shop that talks to a simulator of Stripe, and an order to pay."""

import pytest

from accounts.models import User
from billing.models import Order, PaymentMethod
from catalog.models import Product
from tests.factories import UserFactory, open_shop, place
from tests.simulator import Simulator


@pytest.fixture(autouse=True)
def _with_stripe(stripe: Simulator) -> None:
    """Every test here has a simulator."""


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def order(fakturaklip: Product, user: User) -> Order:
    """100 clips for 312.50 kr., to be paid by card."""
    return place(user, (fakturaklip, 100), method=PaymentMethod.CARD).order
