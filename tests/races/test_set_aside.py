"""Money that is set aside for staff in the very moment in which the member begins to pay again."""

from threading import Event
from typing import Any

import pytest

from accounts.models import User
from billing.models import CardType, Order, PaymentMethod
from billing.services import paying
from billing.services.fulfilling import Fulfilment, fulfil
from billing.services.paying import open_card_payment
from tests.card.shop import open_page, standing
from tests.factories import UserFactory, open_shop, place
from tests.races.threads import at_once, without_row_locks
from tests.simulator import Simulator

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.fault(10)]


def pay_again_while_money_is_set_aside(
    order: Order, session: str, monkeypatch: pytest.MonkeyPatch, *, patience: float
) -> list[Any]:
    """The member's page has looked for money that waits, and found none, when the other thread sets it aside."""
    looked, set_aside = Event(), Event()
    is_under_way = paying.is_under_way

    def look_and_linger(order: Order) -> bool:
        found = is_under_way(order)
        looked.set()
        set_aside.wait(patience)  # in vain when the order is locked: the other one waits for us then
        return found

    def set_it_aside() -> Fulfilment:
        looked.wait(30)
        try:
            return fulfil(session)
        finally:
            set_aside.set()

    def pay_again(user: User) -> str:
        return open_card_payment(order_id=order.pk, user=user, card_type=CardType.VISA)

    monkeypatch.setattr(paying, "is_under_way", look_and_linger)
    return at_once(set_it_aside, lambda: pay_again(order.placed_by))


@pytest.fixture
def order() -> Order:
    return place(UserFactory.create(), (open_shop(), 100), method=PaymentMethod.CARD).order


@pytest.fixture
def session(stripe: Simulator, order: Order) -> str:
    """The order's page at Stripe, where another amount than the order's was paid."""
    session = open_page(order)
    stripe.corrupt(session=session, amount_total=100)
    stripe.pay(session)
    return session


def test_member_can_pay_a_second_time_without_the_lock(
    stripe: Simulator, order: Order, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with without_row_locks():
        pay_again_while_money_is_set_aside(order, session, monkeypatch, patience=20)
    assert standing(order).attempts == ("set_aside", "open")
    assert len(stripe.sessions()) == 2


def test_member_gets_no_second_page_for_an_order_whose_money_was_set_aside(
    stripe: Simulator, order: Order, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay_again_while_money_is_set_aside(order, session, monkeypatch, patience=2)
    assert standing(order).waiting == ("mismatch",)
    assert standing(order).attempts == ("set_aside",)
    assert len(stripe.sessions()) == 1
