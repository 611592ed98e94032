"""Opening and closing Stripe's page: one session for an order, whatever is lost on the way."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import User
from billing.gateway import StripeRefused, StripeUnavailable
from billing.models import AttemptState, CardType, Order, PaymentAttempt, PaymentMethod
from billing.services.cancelling import AttemptUndecided, NotCancellable, cancel_order
from billing.services.fulfilling import Fulfilment
from billing.services.paying import (
    NotPayable,
    PaymentUnderWay,
    abandon_order,
    close_attempt,
    open_card_payment,
)
from catalog.models import Product
from tests.card.shop import OPEN, PAID, SESSIONS, SET_ASIDE, UNTRIED, bring, open_page, standing
from tests.factories import ProductFactory, StaffFactory, pay, place, priced
from tests.simulator import MASTERCARD, Simulator

pytestmark = pytest.mark.django_db

CREATING = replace(UNTRIED, attempts=("creating",))


def open_sessions(stripe: Simulator) -> list[str]:
    return [session["id"] for session in stripe.sessions() if session["status"] == "open"]


def lose_the_answer(stripe: Simulator, order: Order, kind: str = "error_after") -> None:
    """Let Stripe make the session, but let no answer come, however often stripe-python asks by itself."""
    stripe.fail_next(kind, times=3, seconds=0.2, method="POST", path=SESSIONS)  # type: ignore[arg-type]
    with pytest.raises(StripeUnavailable):
        open_page(order)


# --- one session an order ---------------------------------------------------------------------------------------------


def test_two_tabs_share_one_session(stripe: Simulator, order: Order, user: User) -> None:
    urls = {open_card_payment(order_id=order.pk, user=user, card_type=CardType.VISA) for _ in range(2)}
    assert urls == {stripe.sessions()[0]["url"]}
    assert len(stripe.sessions()) == 1
    assert standing(order) == OPEN


def test_another_card_type_closes_the_first_session(stripe: Simulator, order: Order) -> None:
    first = open_page(order, CardType.VISA)
    second = open_page(order, CardType.MASTERCARD)
    assert first != second
    assert open_sessions(stripe) == [second]
    assert standing(order) == replace(UNTRIED, attempts=("expired", "open"))
    assert stripe.pay(second, card=MASTERCARD)["payment_status"] == "paid"
    bring(stripe)
    assert standing(order) == replace(PAID, attempts=("expired", "paid"))


def test_page_paid_in_the_moment_of_closing_counts_as_paid(stripe: Simulator, order: Order, user: User) -> None:
    stripe.pay(open_page(order, CardType.VISA))
    with pytest.raises(NotPayable) as refusal:
        open_card_payment(order_id=order.pk, user=user, card_type=CardType.MASTERCARD)
    assert refusal.value.state == "paid"
    assert len(stripe.sessions()) == 1
    assert standing(order) == PAID


def test_page_that_is_about_to_close_is_not_used_again(stripe: Simulator, order: Order) -> None:
    first = open_page(order)
    with time_machine.travel(timezone.now() + timedelta(minutes=51)):
        stripe.advance(seconds=51 * 60)
        second = open_page(order)
    assert open_sessions(stripe) == [second]
    assert first != second


def test_order_with_a_payment_under_way_opens_no_page(stripe: Simulator, order: Order, user: User) -> None:
    stripe.make_next_payment_late()
    stripe.pay(open_page(order))
    bring(stripe)
    with pytest.raises(PaymentUnderWay):
        open_card_payment(order_id=order.pk, user=user, card_type=CardType.VISA)
    assert len(stripe.sessions()) == 1


def test_paid_or_cancelled_order_opens_no_page(stripe: Simulator, order: Order, user: User) -> None:
    cancel_order(order_id=order.pk, actor=user, reason="")
    with pytest.raises(NotPayable) as refusal:
        open_card_payment(order_id=order.pk, user=user, card_type=CardType.VISA)
    assert refusal.value.state == "cancelled"
    assert stripe.requests() == []


def test_stripe_is_called_outside_of_every_transaction(
    stripe: Simulator, order: Order, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    send = "requests.sessions.Session.send"
    from_requests = pytest.importorskip("requests").sessions.Session.send

    def watched(*args: object, **kwargs: object) -> object:
        seen.append(connection.in_atomic_block)
        return from_requests(*args, **kwargs)

    monkeypatch.setattr(send, watched)
    session = open_page(order)
    close_attempt(order.attempts.get())
    assert session
    assert len(seen) == 3
    assert not any(seen)


# --- what is lost on the way -----------------------------------------------------------------------------------------


@pytest.mark.fault(12)
@pytest.mark.parametrize("kind", ["timeout", "500"])
def test_creating_a_session_that_gets_no_answer_is_repeated_with_the_same_key(
    stripe: Simulator, order: Order, kind: str
) -> None:
    lose_the_answer(stripe, order, kind)
    assert standing(order) == CREATING
    session = open_page(order)
    assert open_sessions(stripe) == [session]
    assert len(stripe.sessions()) == 1
    calls = stripe.requests(method="POST", path=SESSIONS)
    assert {call["idempotency_key"] for call in calls} == {str(order.attempts.get().key)}
    assert standing(order) == OPEN


@pytest.mark.fault(12)
def test_session_whose_answer_was_an_error_is_made_once(stripe: Simulator, order: Order) -> None:
    """Stripe may answer the repeated call with the error it kept: then the sweep or the next try looks for it."""
    lose_the_answer(stripe, order)
    assert len(stripe.sessions()) == 1
    assert standing(order) == CREATING
    assert open_page(order) == stripe.sessions()[0]["id"]
    assert len(stripe.sessions()) == 1


@pytest.mark.fault(12)
@pytest.mark.parametrize("kind", ["500", "error_after"])
def test_single_error_while_creating_is_not_even_seen(stripe: Simulator, order: Order, kind: str) -> None:
    stripe.fail_next(kind, method="POST", path=SESSIONS)  # type: ignore[arg-type]
    session = open_page(order)
    assert [each["id"] for each in stripe.sessions()] == [session]


@pytest.mark.fault(14)
def test_retry_a_day_later_looks_before_it_creates(stripe: Simulator, order: Order) -> None:
    lose_the_answer(stripe, order)
    lost = stripe.sessions()[0]["id"]
    asked = len(stripe.requests())
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        stripe.advance(seconds=86_460)
        session = open_page(order)
    later = [(call["method"], call["path"]) for call in stripe.requests()[asked:]]
    assert later == [
        ("GET", SESSIONS),
        ("POST", f"{SESSIONS}/{lost}/expire"),
        ("GET", f"{SESSIONS}/{lost}"),
        ("POST", SESSIONS),
    ]
    assert open_sessions(stripe) == [session]
    assert PaymentAttempt.objects.filter(session_id=lost).values_list("state", flat=True).get() == "expired"
    assert standing(order) == replace(UNTRIED, attempts=("expired", "open"))


@pytest.mark.fault(14)
def test_lost_session_is_found_among_many_and_counts_when_it_was_paid(
    stripe: Simulator, order: Order, user: User
) -> None:
    lose_the_answer(stripe, order)
    stripe.pay(stripe.sessions()[0]["id"])
    with time_machine.travel(timezone.now() + timedelta(hours=2)), pytest.raises(NotPayable):
        open_card_payment(order_id=order.pk, user=user, card_type=CardType.VISA)
    assert len(stripe.sessions()) == 1
    assert standing(order) == PAID


@pytest.mark.fault(14)
def test_attempt_that_stripe_never_heard_of_is_given_up_a_day_later(stripe: Simulator, order: Order) -> None:
    lose_the_answer(stripe, order, "500")
    assert stripe.sessions() == []
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        stripe.advance(seconds=86_400)
        session = open_page(order)
    assert [each["id"] for each in stripe.sessions()] == [session]
    assert standing(order) == replace(UNTRIED, attempts=("failed", "open"))


def test_webhook_of_a_session_whose_answer_was_lost_finds_its_attempt(stripe: Simulator, order: Order) -> None:
    lose_the_answer(stripe, order)
    stripe.pay(stripe.sessions()[0]["id"])
    assert set(bring(stripe)) == {200}
    assert standing(order) == PAID


def test_request_that_stripe_refuses_ends_the_attempt_and_the_next_is_a_new_one(
    stripe: Simulator, user: User, fakturaklip: Product
) -> None:
    """1.25 kr. is less than Stripe takes; it stands for whatever Stripe may refuse."""
    assert fakturaklip.is_clips
    product = priced(ProductFactory.create(clip_type=None, minimum_quantity=1), t1="1")
    order = place(user, (product, 1), method=PaymentMethod.CARD).order
    for failed in (1, 2):
        with pytest.raises(StripeRefused, match="amount_too_small"):
            open_page(order)
        assert standing(order) == replace(UNTRIED, attempts=("failed",) * failed)
    first, second = order.attempts.all()
    assert first.key != second.key
    assert "amount_too_small" in first.stripe_said
    assert (first.session_id, stripe.sessions()) == (None, [])


# --- giving an order up ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [AttemptState.CREATING, AttemptState.OPEN, AttemptState.PENDING])
def test_cancel_order_refuses_while_an_attempt_is_undecided(stripe: Simulator, order: Order, state: str) -> None:
    open_page(order)
    PaymentAttempt.objects.update(state=state)
    with pytest.raises(AttemptUndecided):
        cancel_order(order_id=order.pk, actor=None, reason="")
    assert standing(order) == replace(UNTRIED, attempts=(state,))


def test_abandon_order_closes_stripes_page_first(stripe: Simulator, order: Order, user: User) -> None:
    session = open_page(order)
    abandon_order(order_id=order.pk, actor=user, reason="Fortrudt")
    assert open_sessions(stripe) == []
    assert standing(order) == replace(UNTRIED, state="cancelled", attempts=("expired",))
    assert [(event.kind, event.note) for event in order.events.all()] == [("cancelled", "Fortrudt")]
    with pytest.raises(AssertionError, match="SessionIsNotOpen"):
        stripe.pay(session)


def test_abandon_order_without_stripes_word_cancels_nothing(stripe: Simulator, order: Order, user: User) -> None:
    open_page(order)
    stripe.fail_next("500", times=3, path=SESSIONS)
    with pytest.raises(StripeUnavailable):
        abandon_order(order_id=order.pk, actor=user, reason="")
    assert standing(order) == OPEN


def test_abandon_order_that_turns_out_paid_takes_the_money(stripe: Simulator, order: Order, user: User) -> None:
    stripe.pay(open_page(order))
    with pytest.raises(NotCancellable) as refusal:
        abandon_order(order_id=order.pk, actor=user, reason="")
    assert refusal.value.state == "paid"
    assert standing(order) == PAID


def test_abandon_order_with_money_on_its_way_cancels_nothing(stripe: Simulator, order: Order, user: User) -> None:
    stripe.make_next_payment_late()
    stripe.pay(open_page(order))
    with pytest.raises(AttemptUndecided):
        abandon_order(order_id=order.pk, actor=user, reason="")
    assert standing(order) == replace(UNTRIED, attempts=("pending",))


def test_abandon_order_with_money_that_does_not_fit_waits_for_staff(
    stripe: Simulator, order: Order, user: User
) -> None:
    session = open_page(order)
    stripe.corrupt(session=session, amount_total=100)
    stripe.pay(session)
    for _ in range(2):
        with pytest.raises(AttemptUndecided):
            abandon_order(order_id=order.pk, actor=user, reason="")
        assert standing(order) == SET_ASIDE


def test_abandon_order_finds_the_session_whose_answer_was_lost(stripe: Simulator, order: Order, user: User) -> None:
    lose_the_answer(stripe, order)
    abandon_order(order_id=order.pk, actor=user, reason="")
    assert open_sessions(stripe) == []
    assert standing(order) == replace(UNTRIED, state="cancelled", attempts=("expired",))


def test_money_for_a_cancelled_order_is_surplus(stripe: Simulator, order: Order) -> None:
    """Cannot happen while Stripe keeps its word; if it does, the money is seen and nothing is credited."""
    session = open_page(order)
    PaymentAttempt.objects.update(state=AttemptState.EXPIRED, closed_at=timezone.now())
    cancel_order(order_id=order.pk, actor=StaffFactory.create(), reason="")
    stripe.pay(session)
    bring(stripe)
    surplus = tuple((*order.payments.values_list("method", "amount", "is_surplus"),))
    assert standing(order) == replace(
        UNTRIED, state="cancelled", payments=surplus, waiting=("surplus",), attempts=("paid",)
    )
    assert [is_surplus for _, _, is_surplus in surplus] == [True]


def test_closing_an_attempt_says_how_it_ended(stripe: Simulator, order: Order) -> None:
    open_page(order)
    assert close_attempt(order.attempts.get()) is Fulfilment.EXPIRED
    assert close_attempt(order.attempts.get()) is Fulfilment.EXPIRED
    stripe.pay(open_page(order))
    assert close_attempt(order.attempts.undecided().get()) is Fulfilment.PAID
    pay(order)
    assert standing(order).waiting == ("surplus",)
