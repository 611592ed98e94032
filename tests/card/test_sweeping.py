"""Card payments that nobody comes back from."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import models
from django.utils import timezone

from billing.models import ActionItem, ActionKind, AttemptState, Order, PaymentAttempt
from billing.services.sweeping import cancel_forgotten_card_orders, look_at_attempts
from billing.tasks import cancel_forgotten_orders, sweep_card_payments
from tests.card.shop import OPEN, PAID, SESSIONS, SET_ASIDE, UNTRIED, open_page, standing
from tests.factories import pay, place
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db

CANCELLED = replace(UNTRIED, state="cancelled")


def sweep(*, minutes: float = 1) -> None:
    look_at_attempts(now=timezone.now() + timedelta(minutes=minutes))


@pytest.fixture
def session(order: Order) -> str:
    return open_page(order)


@pytest.mark.fault(5)
def test_payment_whose_webhook_never_comes_is_found_by_the_sweep(stripe: Simulator, order: Order, session: str) -> None:
    stripe.drop_next(count=10)
    stripe.pay(session)
    assert stripe.take_deliveries() == []
    look_at_attempts(now=timezone.now())
    assert standing(order) == OPEN  # its turn comes after half a minute
    sweep()
    assert standing(order) == PAID
    asked = len(stripe.requests())
    sweep(minutes=60)
    assert len(stripe.requests()) == asked
    assert standing(order) == PAID


@pytest.mark.fault(5)
def test_task_finds_the_payment_too(stripe: Simulator, order: Order, session: str) -> None:
    stripe.pay(session)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        sweep_card_payments()
    assert standing(order) == PAID


@pytest.mark.fault(5)
def test_sweep_follows_a_late_payment_to_its_end(stripe: Simulator, order: Order, session: str) -> None:
    stripe.make_next_payment_late()
    stripe.pay(session)
    sweep()
    assert standing(order) == replace(UNTRIED, attempts=("pending",))
    stripe.finish_late(session, succeeds=True)
    sweep(minutes=30)
    assert standing(order) == PAID


def test_sweep_learns_that_a_page_expired(stripe: Simulator, order: Order, session: str) -> None:
    stripe.expire(session)
    sweep()
    assert standing(order) == replace(UNTRIED, attempts=("expired",))


def test_sweep_asks_about_an_open_page_less_and_less_often(stripe: Simulator, order: Order, session: str) -> None:
    start = timezone.now()
    asked = []
    for half_minute in range(120):
        moment = start + timedelta(seconds=30 * half_minute)
        before = len(stripe.requests(method="GET", path=f"{SESSIONS}/{session}"))
        with time_machine.travel(moment, tick=False):
            look_at_attempts(now=moment)
        if len(stripe.requests(method="GET", path=f"{SESSIONS}/{session}")) > before:
            asked.append(half_minute / 2)
    assert asked == [0.5, 1.5, 3.5, 7.5, 15.5, 30.5, 45.5]
    assert standing(order) == OPEN


def test_sweep_gives_up_an_attempt_without_an_answer_and_closes_its_page(stripe: Simulator, order: Order) -> None:
    stripe.fail_next("error_after", times=2, method="POST", path=SESSIONS)
    with pytest.raises(Exception, match="APIError"):
        open_page(order)
    sweep()
    assert standing(order).attempts == ("creating",)  # the call may still be on its way
    sweep(minutes=3)
    assert [each["status"] for each in stripe.sessions()] == ["expired"]
    assert standing(order) == replace(UNTRIED, attempts=("expired",))


def test_sweep_closes_the_page_of_an_order_that_the_bank_paid(stripe: Simulator, order: Order, session: str) -> None:
    pay(order)
    look_at_attempts(now=timezone.now())
    assert [each["status"] for each in stripe.sessions()] == ["expired"]
    assert standing(order).attempts == ("expired",)


def test_sweep_stops_while_stripe_is_down_and_goes_on_later(stripe: Simulator, order: Order, session: str) -> None:
    stripe.pay(session)
    stripe.fail_next("500", times=2, path=SESSIONS)
    sweep()
    assert standing(order) == OPEN
    sweep(minutes=2)
    assert standing(order) == OPEN  # another worker's turn lasts two minutes
    sweep(minutes=4)
    assert standing(order) == PAID


@pytest.mark.parametrize("paid", [False, True])
def test_sweep_forgets_a_session_that_stripe_does_not_know_once_it_cannot_be_paid(
    stripe: Simulator, order: Order, session: str, paid: bool
) -> None:
    if paid:
        pay(order)
    stripe.reset()
    sweep()
    assert standing(order).attempts == ("open",)
    sweep(minutes=70)
    assert standing(order).attempts == ("failed",)
    assert "resource_missing" in order.attempts.get().stripe_said


def test_attempt_that_another_worker_asks_about_is_left_alone(stripe: Simulator, order: Order, session: str) -> None:
    stripe.pay(session)
    taken = PaymentAttempt.objects.all()
    now = timezone.now() + timedelta(minutes=1)
    late = list(taken.to_look_at(now))
    assert len(late) == 1
    taken.update(next_look_at=now + timedelta(minutes=2))
    look_at_attempts(now=now)
    assert standing(order) == OPEN


# --- orders that nobody paid -----------------------------------------------------------------------------------------


def forget(*, hours: float) -> None:
    cancel_forgotten_card_orders(now=timezone.now() + timedelta(hours=hours))


def test_card_order_that_nobody_tried_to_pay_is_cancelled_after_24_hours_without_documents(order: Order) -> None:
    forget(hours=23.9)
    assert standing(order) == UNTRIED
    forget(hours=24)
    assert standing(order) == CANCELLED
    event = order.events.get()
    assert (event.kind, event.actor, event.note) == ("cancelled", None, "Ikke betalt inden 24 timer")
    forget(hours=48)
    assert order.events.count() == 1


def test_task_cancels_a_forgotten_order_too(order: Order) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        cancel_forgotten_orders()
    assert standing(order) == CANCELLED


def test_transfer_order_is_never_forgotten(order: Order) -> None:
    product = order.lines.get().product
    transfer = place(order.placed_by, (product, 100)).order
    forget(hours=1000)
    assert standing(transfer).state == "awaiting_payment"


@pytest.mark.parametrize("state", [AttemptState.CREATING, AttemptState.OPEN, AttemptState.PENDING])
def test_order_with_an_undecided_attempt_is_not_forgotten(order: Order, session: str, state: str) -> None:
    PaymentAttempt.objects.update(state=state)
    forget(hours=100)
    assert standing(order) == replace(UNTRIED, attempts=(state,))


def test_order_is_forgotten_24_hours_after_its_last_attempt_ended(
    stripe: Simulator, order: Order, session: str
) -> None:
    stripe.expire(session)
    sweep()
    PaymentAttempt.objects.update(closed_at=models.F("closed_at") + timedelta(hours=20))
    forget(hours=43)
    assert standing(order) == replace(UNTRIED, attempts=("expired",))
    forget(hours=44.1)
    assert standing(order) == replace(CANCELLED, attempts=("expired",))


def test_order_whose_money_waits_for_staff_is_not_forgotten(stripe: Simulator, order: Order, session: str) -> None:
    stripe.corrupt(session=session, amount_total=100)
    stripe.pay(session)
    sweep()
    forget(hours=100)
    assert standing(order) == SET_ASIDE
    item = ActionItem.objects.get(kind=ActionKind.MISMATCH)
    item.handled_at, item.handled_by, item.handled_note = timezone.now(), order.placed_by, "Tilbageført"
    item.save()
    forget(hours=100)
    assert standing(order) == replace(CANCELLED, attempts=("set_aside",))
