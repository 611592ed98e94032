"""What the office's tests share: a shop with one awaited transfer, and a member of staff at the screen."""

from collections.abc import Iterator

import pytest
import time_machine

from accounts.models import User
from billing.models import Order
from catalog.models import Product
from tests.factories import CompanyFactory, StaffFactory, UserFactory, open_shop, place
from tests.staff.clock import MONDAY_NOON, THURSDAY_NOON
from tests.visitor import Visitor


@pytest.fixture(autouse=True)
def _on_thursday() -> Iterator[None]:
    """It is Thursday noon, three days after the order."""
    with time_machine.travel(THURSDAY_NOON, tick=False):
        yield


@pytest.fixture
def staff() -> User:
    return StaffFactory.create(username="kirsten")


@pytest.fixture
def desk(staff: User) -> Visitor:
    return Visitor(staff)


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def member() -> User:
    company = CompanyFactory.create(
        name="Havnegadens Bogtryk ApS",
        cvr="13585628",
        administrative_email="kontor@bogtryk.example",
        invoice_email="faktura@bogtryk.example",
    )
    return UserFactory.create(username="mette", company=company)


@pytest.fixture
def order(member: User, fakturaklip: Product) -> Order:
    """1,000 invoice clips for 2,812.50 kr., placed at noon on Monday 23 November 2026 and not paid: invoice 10001."""
    with time_machine.travel(MONDAY_NOON, tick=False):
        return place(member, (fakturaklip, 1000)).order


@pytest.fixture
def others(fakturaklip: Product, order: Order) -> list[Order]:
    """Orders of other companies, with the invoices 10002 and 10003."""
    companies = [
        CompanyFactory.create(name="Nordlys Elteknik A/S", cvr="10150817"),
        CompanyFactory.create(name="Vestkyst VVS"),
    ]
    return [place(UserFactory.create(company=company), (fakturaklip, 100)).order for company in companies]
