"""What reconciliation says when Stripe and the shop know different things."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.gateway import StripeUnavailable
from billing.models import Payment, PaymentAttempt, PaymentMethod
from billing.reconciliation.stripe import PaidSessions
from billing.services.fulfilling import fulfil
from tests.card.shop import SESSIONS, open_page
from tests.reconciliation.shop import Shop, change, remove
from tests.simulator import Simulator, stripe_client

pytestmark = pytest.mark.django_db

A_WEEK = timedelta(days=7)


def asked(*, later: timedelta = timedelta(hours=1), since: datetime | None = None) -> PaidSessions:
    """Ask Stripe now, as if it were an hour later: what was paid has had its time to arrive."""
    answer = PaidSessions.ask(since or timezone.now() - A_WEEK)
    return replace(answer, asked_at=answer.asked_at + later)


def differing(answer: PaidSessions) -> list[str]:
    return [sentence for check in answer.checks() for sentence in check.look(timezone.now()).sentences]


def session_of(shop: Shop, order: str) -> str:
    attempt: PaymentAttempt = getattr(shop, order).attempts.get()
    return str(attempt.session_id)


def make_session(stripe: Simulator, metadata: dict[str, str]) -> str:
    """Have Stripe make a session past the shop, and pay it."""
    product = {"currency": "dkk", "unit_amount": 31250, "product_data": {"name": "Andet"}}
    made = stripe_client(stripe).v1.checkout.sessions.create(
        {
            "mode": "payment",
            "ui_mode": "hosted_page",
            "line_items": [{"quantity": 1, "price_data": product}],
            "success_url": "https://other.example/",
            "metadata": metadata,
        }  # type: ignore[arg-type]
    )
    stripe.pay(made.id)
    return str(made.id)


def _metadata(number: int) -> dict[str, str]:
    """What the shop writes on its sessions."""
    return {"order": str(number), "attempt": str(number), "key": str(uuid4())}


def test_a_sound_shop_agrees_with_stripe(shop: Shop) -> None:
    answer = asked()
    at_stripe, at_the_shop = (check.look(timezone.now()) for check in answer.checks())
    assert (at_stripe.looked_at, at_stripe.sentences) == (4, ())  # by card, by card later, surplus, set aside
    assert (at_the_shop.looked_at, at_the_shop.sentences) == (3, ())


def test_money_at_stripe_that_the_shop_has_not(shop: Shop) -> None:
    remove(shop.card_paid.payments.get())
    assert differing(asked()) == [
        f"Bestilling {shop.card_paid.pk}: {session_of(shop, 'card_paid')} er betalt hos Stripe med 312,50\u00a0kr., "
        "men her er ingen indbetaling, der svarer til den."
    ]


@pytest.mark.parametrize("fields", [{"amount": Decimal("312.00")}, {"key": "stripe:cs_other"}])
def test_money_at_stripe_that_is_otherwise_at_the_shop(shop: Shop, fields: dict[str, object]) -> None:
    change(shop.card_paid.payments.get(), **fields)
    assert f"Bestilling {shop.card_paid.pk}: " in differing(asked())[0]


def test_money_at_stripe_that_is_another_orders_at_the_shop(shop: Shop) -> None:
    change(shop.card_paid.payments.get(), order=shop.card_untried)
    [said] = differing(asked())
    assert said.startswith(f"Bestilling {shop.card_paid.pk}: {session_of(shop, 'card_paid')} er betalt")


def test_money_for_an_order_that_is_lost_as_after_a_restore(stripe: Simulator) -> None:
    session = make_session(stripe, _metadata(4711))
    assert differing(asked()) == [
        f"Bestilling 4711: {session} er betalt hos Stripe med 312,50\u00a0kr., "
        "men her er ingen indbetaling, der svarer til den."
    ]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"order": "4711"},
        {"order": "4711", "attempt": "4711", "key": "no uuid"},
        *[
            {"order": "4711", "attempt": "4711", "key": "0e2c8a5e-7d0e-4c55-9d0d-5a5b0c7f3a11", **strange}
            for strange in (
                {"order": "A-1"},
                {"order": "9" * 19},
                {"order": "9" * 30},
                {"order": "9" * 500},
                {"order": "٣"},
                {"attempt": "9" * 30},
                {"attempt": ""},
            )
        ],
    ],
)
def test_sessions_of_other_systems_are_ignored(stripe: Simulator, metadata: dict[str, str]) -> None:
    make_session(stripe, metadata)
    assert asked().sessions == ()


def test_longest_number_of_an_order_is_looked_up(stripe: Simulator) -> None:
    session = make_session(stripe, _metadata(10**18 - 1))
    assert differing(asked())[0].startswith(f"Bestilling {10**18 - 1}: {session} er betalt hos Stripe")


def test_money_that_has_just_been_paid_may_be_on_its_way(shop: Shop, stripe: Simulator) -> None:
    stripe.pay(open_page(shop.card_open))
    assert differing(asked(later=timedelta(0))) == []
    late = asked(later=timedelta(minutes=16))
    assert len(differing(late)) == 1
    fulfil(session_of(shop, "card_open"))
    assert differing(asked()) == []


def test_a_payment_that_stripe_does_not_know(shop: Shop) -> None:
    day = timezone.localdate()
    facts = {"method": PaymentMethod.CARD, "amount": Decimal("312.50"), "received_on": day, "is_surplus": True}
    Payment.objects.create(order=shop.paid, key="stripe:cs_invented", **facts)
    assert differing(asked()) == [
        f"Bestilling {shop.paid.pk}: indbetalingen stripe:cs_invented på 312,50\u00a0kr. er ikke betalt hos Stripe."
    ]


def test_a_payment_that_is_newer_than_the_answer_is_left_for_the_next_time(shop: Shop, stripe: Simulator) -> None:
    answer = PaidSessions.ask(timezone.now() - A_WEEK)
    session = open_page(shop.card_untried)
    stripe.pay(session)
    fulfil(session)
    assert differing(answer) == []


def test_a_payment_of_a_session_that_is_older_than_what_was_asked_for(shop: Shop) -> None:
    """It was made before the day, and paid after it."""
    answer = replace(asked(since=timezone.now() - A_WEEK), sessions=())
    assert len(differing(answer)) == 3
    PaymentAttempt.objects.update(created_at=timezone.now() - A_WEEK - timedelta(minutes=1))
    assert differing(answer) == []


def test_payments_of_an_earlier_time_are_not_compared(shop: Shop) -> None:
    answer = replace(asked(), since=timezone.now() + timedelta(minutes=1), sessions=())
    assert differing(answer) == []


def test_sessions_are_read_page_by_page(stripe: Simulator) -> None:
    for number in range(101):
        make_session(stripe, _metadata(number))
    before = len(stripe.requests(method="GET", path=SESSIONS))
    answer = asked()
    assert len(answer.sessions) == 101
    asked_for = [each["params"] for each in stripe.requests(method="GET", path=SESSIONS)[before:]]
    assert [(each["limit"], "starting_after" in each) for each in asked_for] == [(100, False), (100, True)]
    assert {each["status"] for each in asked_for} == {"complete"}


def test_stripe_that_is_down_is_told_as_such(stripe: Simulator) -> None:
    stripe.fail_next("500", times=3)
    with pytest.raises(StripeUnavailable):
        asked()
