"""Orders in the words of the shop."""

from datetime import UTC, datetime

import pytest
import time_machine

from billing.models import Order, PaymentMethod
from catalog.models import Product
from tests.factories import UserFactory, open_shop, pay, place

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


def test_of_company_leaves_out_others_and_card_orders_that_were_not_paid(fakturaklip: Product) -> None:
    user = UserFactory.create()
    assert user.company is not None
    transfer = place(user, (fakturaklip, 100)).order
    place(user, (fakturaklip, 100), method=PaymentMethod.CARD)
    paid_by_card = place(user, (fakturaklip, 100), method=PaymentMethod.CARD).order
    pay(paid_by_card)
    place(UserFactory.create(), (fakturaklip, 100))
    assert set(Order.objects.of_company(user.company)) == {transfer, paid_by_card}


def test_awaiting_transfer_lists_the_oldest_first(fakturaklip: Product) -> None:
    with time_machine.travel(NOON.replace(day=22), tick=False):
        older = place(UserFactory.create(), (fakturaklip, 100)).order
    with time_machine.travel(NOON.replace(day=21), tick=False):
        oldest = place(UserFactory.create(), (fakturaklip, 100)).order
    pay(place(UserFactory.create(), (fakturaklip, 100)).order)
    place(UserFactory.create(), (fakturaklip, 100), method=PaymentMethod.CARD)
    assert list(Order.objects.awaiting_transfer()) == [oldest, older]
    assert (older.awaits_transfer, oldest.number) == (True, str(oldest.pk))
