"""How a card payment that succeeded, or did not, reaches the order, whoever brings the news first."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.ledger import add_months
from accounts.models import ClipAccount, User
from billing.models import ActionItem, CardType, Order, StripeEvent
from billing.services.fulfilling import Fulfilment, fulfil
from catalog.models import Product
from tests.card.shop import BY_CARD, OPEN, PAID, SESSIONS, SET_ASIDE, UNTRIED, bring, open_page, standing, wanted
from tests.card.shop import post as post_webhook
from tests.factories import StaffFactory, pay, place
from tests.simulator import DECLINED, THREE_D_SECURE, Simulator
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

COMPLETED = "checkout.session.completed"
EXPIRED = "checkout.session.expired"


def come_back(user: User, order: Order, session: str) -> Visitor:
    return Visitor(user).open(f"/ordrer/{order.pk}/betal/retur/?session={session}")


@pytest.mark.fault(1)
def test_webhook_before_the_return_page_credits_once_and_the_page_says_paid(
    stripe: Simulator, order: Order, user: User
) -> None:
    session = open_page(order)
    stripe.pay(session)
    assert set(bring(stripe)) == {200}
    assert standing(order) == PAID
    asked = len(stripe.requests())
    visitor = come_back(user, order, session)
    assert (visitor.status, visitor.path) == (200, f"/dokumenter/{order.documents.get().pk}/?betalt=1")
    assert standing(order) == PAID
    assert len(stripe.requests()) == asked


@pytest.mark.fault(2)
def test_return_page_before_the_webhook_asks_stripe_and_credits_once(
    stripe: Simulator, order: Order, user: User
) -> None:
    session = open_page(order)
    stripe.pay(session)
    visitor = come_back(user, order, session)
    assert (visitor.status, visitor.path) == (200, f"/dokumenter/{order.documents.get().pk}/?betalt=1")
    assert standing(order) == PAID
    assert set(bring(stripe)) == {200}
    assert standing(order) == PAID
    come_back(user, order, session)
    assert standing(order) == PAID


@pytest.mark.fault(3)
def test_webhook_twice_in_a_row_credits_once(stripe: Simulator, order: Order) -> None:
    stripe.pay(open_page(order))
    twice = wanted(stripe.take_deliveries(), COMPLETED)
    assert [post_webhook(twice), post_webhook(twice)] == [200, 200]
    assert standing(order) == PAID
    assert StripeEvent.objects.filter(event_id=twice.event).count() == 1
    stripe.resend(twice.event)
    assert bring(stripe) == [200]
    assert standing(order) == PAID
    assert StripeEvent.objects.count() == 1


@pytest.mark.fault(6)
def test_events_out_of_order_leave_what_stripe_says_now(stripe: Simulator, order: Order) -> None:
    """The last event that arrives says "unpaid"; the session says "paid"."""
    stripe.make_next_payment_late()
    session = open_page(order)
    stripe.pay(session)
    stripe.finish_late(session, succeeds=True)
    deliveries = stripe.take_deliveries()
    answers = [post_webhook(each) for each in reversed(deliveries)]
    assert answers == [200] * len(deliveries)
    assert deliveries[0].type == COMPLETED
    assert standing(order) == PAID


@pytest.mark.fault(6)
def test_news_that_a_page_expired_changes_nothing_once_the_order_is_paid(stripe: Simulator, order: Order) -> None:
    first = open_page(order)
    stripe.expire(first)
    late_news = wanted(stripe.take_deliveries(), EXPIRED)
    assert fulfil(first) is Fulfilment.EXPIRED
    stripe.pay(open_page(order))
    bring(stripe)
    assert post_webhook(late_news) == 200
    assert standing(order) == replace(PAID, attempts=("expired", "paid"))


@pytest.mark.fault(10)
@pytest.mark.parametrize(
    ("differs", "sentence"),
    [
        ({"amount_total": 31249}, "beløb: ventede 312.50, fik 312.49"),
        ({"amount_total": 31251}, "beløb: ventede 312.50, fik 312.51"),
        ({"currency": "eur"}, "valuta: ventede dkk, fik eur"),
        ({"livemode": True}, "rigtige penge: ventede False, fik True"),
        ({"client_reference_id": "999999"}, "fik 999999"),
        ({"client_reference_id": None}, "bestilling: ventede"),
    ],
)
def test_payment_that_differs_from_the_order_waits_for_staff_and_credits_nothing(
    stripe: Simulator, order: Order, differs: dict[str, Any], sentence: str
) -> None:
    session = open_page(order)
    stripe.corrupt(session=session, **differs)
    stripe.pay(session)
    # An event of real money is refused at the door; the sweep asks about the session all the same.
    assert bring(stripe, COMPLETED) == [400 if "livemode" in differs else 200]
    assert fulfil(session) is Fulfilment.SET_ASIDE
    assert standing(order) == SET_ASIDE
    item = ActionItem.objects.get()
    assert sentence in item.what
    assert session in item.what


@pytest.mark.fault(10)
def test_payment_set_aside_is_told_truly_and_cannot_be_paid_again(stripe: Simulator, order: Order, user: User) -> None:
    session = open_page(order)
    stripe.corrupt(session=session, amount_total=100)
    stripe.pay(session)
    visitor = come_back(user, order, session)
    assert (visitor.status, visitor.path) == (200, f"/ordrer/{order.pk}/betal/")
    assert not any(button.startswith("Gå til betaling") for button in buttons(visitor))
    visitor.send(f"/ordrer/{order.pk}/betal/", [("card_type", "visa")])
    assert len(stripe.sessions()) == 1
    assert standing(order) == SET_ASIDE


def buttons(visitor: Visitor) -> list[str]:
    return [" ".join("".join(each.itertext()).split()) for each in visitor.page.iter("button")]


@pytest.mark.fault(11)
def test_completed_but_unpaid_session_credits_nothing(stripe: Simulator, order: Order, user: User) -> None:
    session = open_page(order)
    stripe.make_next_payment_late()
    stripe.pay(session)
    assert bring(stripe, COMPLETED) == [200]
    pending = replace(UNTRIED, attempts=("pending",))
    assert standing(order) == pending
    visitor = come_back(user, order, session)
    assert visitor.status == 202
    assert visitor.response["Refresh"] == "3"
    assert standing(order) == pending


@pytest.mark.fault(11)
def test_late_payment_that_succeeds_credits_then(stripe: Simulator, order: Order) -> None:
    session = open_page(order)
    stripe.make_next_payment_late()
    stripe.pay(session)
    bring(stripe)
    stripe.finish_late(session, succeeds=True)
    assert bring(stripe, "checkout.session.async_payment_succeeded") == [200]
    assert standing(order) == PAID


@pytest.mark.fault(11)
def test_late_payment_that_fails_lets_the_order_be_paid_again(stripe: Simulator, order: Order, user: User) -> None:
    session = open_page(order)
    stripe.make_next_payment_late()
    stripe.pay(session)
    bring(stripe)
    stripe.finish_late(session, succeeds=False)
    assert bring(stripe, "checkout.session.async_payment_failed") == [200]
    assert standing(order) == replace(UNTRIED, attempts=("failed",))
    assert come_back(user, order, session).path == f"/ordrer/{order.pk}/betal/?mislykket=1"
    stripe.pay(open_page(order))
    bring(stripe)
    assert standing(order) == replace(PAID, attempts=("failed", "paid"))


@pytest.mark.fault(15)
def test_expired_session_tells_nobody_and_the_order_can_be_paid_again(
    stripe: Simulator, order: Order, user: User
) -> None:
    session = open_page(order)
    stripe.expire(session)
    assert bring(stripe) == [200]
    assert standing(order) == replace(UNTRIED, attempts=("expired",))
    assert come_back(user, order, session).path == f"/ordrer/{order.pk}/betal/?udloebet=1"
    again = open_page(order)
    assert again != session
    stripe.pay(again)
    bring(stripe)
    assert standing(order) == replace(PAID, attempts=("expired", "paid"))


def test_declined_card_leaves_the_page_open_for_another(stripe: Simulator, order: Order, user: User) -> None:
    session = open_page(order)
    assert stripe.pay(session, card=DECLINED)["status"] == "open"
    assert set(bring(stripe)) == {200}
    assert standing(order) == OPEN
    assert come_back(user, order, session).path == f"/ordrer/{order.pk}/betal/?afbrudt=1"
    assert stripe.pay(session, card=THREE_D_SECURE)["status"] == "complete"
    bring(stripe)
    assert standing(order) == PAID


def test_payment_with_mobilepay_is_noted_as_such(stripe: Simulator, order: Order) -> None:
    stripe.pay(open_page(order, CardType.MOBILEPAY), mobilepay=True)
    bring(stripe)
    assert standing(order) == PAID
    assert order.payments.get().note == "mobilepay"


def test_payment_notes_brand_last_digits_and_the_day_of_the_charge(stripe: Simulator, order: Order) -> None:
    session = open_page(order)
    stripe.pay(session)
    bring(stripe)
    payment = order.payments.get()
    assert (payment.note, payment.key, payment.registered_by) == ("visa •••• 4242", f"stripe:{session}", None)
    attempt = order.attempts.get()
    assert attempt.stripe_said == "complete/paid, visa •••• 4242"
    assert attempt.payment_intent_id.startswith("pi_")


# --- a transfer invoice that is paid both ways -----------------------------------------------------------------------


@pytest.fixture
def transfer(fakturaklip: Product, user: User) -> Order:
    return place(user, (fakturaklip, 100)).order


TRANSFER = ("bank_transfer", Decimal("312.50"))


@pytest.mark.fault(16)
def test_transfer_invoice_paid_by_card_and_then_by_bank_is_credited_once(stripe: Simulator, transfer: Order) -> None:
    stripe.pay(open_page(transfer))
    bring(stripe)
    once = replace(PAID, mails=("invoice", "receipt"))
    assert standing(transfer) == once
    pay(transfer, by=StaffFactory.create())
    assert standing(transfer) == replace(once, payments=(BY_CARD, (*TRANSFER, True)), waiting=("surplus",))
    assert ClipAccount.objects.get().balance == 100


@pytest.mark.fault(16)
def test_transfer_invoice_paid_by_bank_and_then_by_card_is_credited_once(
    stripe: Simulator, transfer: Order, user: User
) -> None:
    session = open_page(transfer)
    pay(transfer, by=StaffFactory.create())
    stripe.pay(session)
    bring(stripe)
    assert standing(transfer) == replace(
        PAID,
        payments=((*TRANSFER, False), ("card", Decimal("312.50"), True)),
        mails=("invoice", "confirmation"),
        waiting=("surplus",),
    )
    item = ActionItem.objects.get()
    assert item.key == f"surplus:stripe:{session}"
    assert "312,50" in item.what
    visitor = come_back(user, transfer, session)
    assert (visitor.status, visitor.path) == (200, f"/ordrer/{transfer.pk}/")


# --- who may come back -----------------------------------------------------------------------------------------------


@pytest.mark.fault(44)
def test_coming_back_without_paying_credits_nothing(stripe: Simulator, order: Order, user: User) -> None:
    session = open_page(order)
    visitor = come_back(user, order, session)
    assert visitor.path == f"/ordrer/{order.pk}/betal/?afbrudt=1"
    assert standing(order) == OPEN
    assert come_back(user, order, "cs_test_invented").status == 404
    assert Visitor(user).open(f"/ordrer/{order.pk}/betal/retur/").status == 404
    assert Visitor(user).open(f"/ordrer/{order.pk}/betal/retur/?betalt=1").status == 404
    assert standing(order) == OPEN


@pytest.mark.fault(44)
def test_coming_back_with_the_paid_session_of_another_order_credits_nothing(
    stripe: Simulator, order: Order, user: User, fakturaklip: Product
) -> None:
    other = place(user, (fakturaklip, 100), method=order.payment_method).order  # type: ignore[arg-type]
    session = open_page(other)
    stripe.pay(session)
    assert come_back(user, order, session).status == 404
    assert standing(order) == UNTRIED
    assert stripe.requests(method="GET", path=SESSIONS) == []


def test_return_page_says_that_it_looks_when_stripe_does_not_answer(
    stripe: Simulator, order: Order, user: User
) -> None:
    session = open_page(order)
    stripe.pay(session)
    stripe.fail_next("500", times=1, method="GET")
    assert come_back(user, order, session).status == 202
    assert standing(order) == OPEN
    come_back(user, order, session)
    assert standing(order) == PAID


def test_clips_bought_by_card_last_a_year_from_the_day_that_they_were_credited(stripe: Simulator, order: Order) -> None:
    stripe.pay(open_page(order))
    bring(stripe)
    paid = Order.objects.get(pk=order.pk)
    account = ClipAccount.objects.get()
    assert paid.paid_at is not None
    assert account.expires_on == add_months(timezone.localdate(paid.paid_at), 12)
