"""The door that Stripe knocks on: what is let in, what is turned away, and what Stripe is asked to bring again."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client, override_settings
from django.utils import timezone

from billing.models import ActionItem, Order, StripeEvent
from tests.card.shop import (
    OPEN,
    PAID,
    SESSIONS,
    WEBHOOK,
    bring,
    event,
    open_page,
    post,
    post_raw,
    signed,
    standing,
    wanted,
)
from tests.simulator import WEBHOOK_SECRET, Simulator

pytestmark = pytest.mark.django_db

COMPLETED = "checkout.session.completed"
FIVE_MINUTES = 300


@pytest.fixture
def session(stripe: Simulator, order: Order) -> str:
    """A session of the order that was paid, which the shop has not been told yet."""
    name = open_page(order)
    stripe.pay(name)
    return name


def nothing_is_known_of(order: Order) -> bool:
    return standing(order) == OPEN and not StripeEvent.objects.exists()


# --- what Stripe did not sign, now ------------------------------------------------------------------------------------


@pytest.mark.fault(7)
@pytest.mark.parametrize("signature", ["", "nonsense", "t=1", "v1=abc", "t=,v1=", "t=x,v1=y", "t=1e9,v1=æ"])
def test_event_without_a_proper_signature_is_refused(
    stripe: Simulator, order: Order, session: str, signature: str
) -> None:
    delivery = wanted(stripe.take_deliveries(), COMPLETED)
    assert post(delivery, signature=signature) == 400
    assert nothing_is_known_of(order)


@pytest.mark.fault(7)
def test_event_that_another_secret_signed_or_that_was_changed_is_refused(
    stripe: Simulator, order: Order, session: str
) -> None:
    delivery = wanted(stripe.take_deliveries(), COMPLETED)
    assert post(delivery, signature=signed(delivery.body, secret="whsec_somebody")) == 400
    assert post(delivery, body=delivery.body + b" ") == 400
    assert post(delivery, body=delivery.body.replace(b"unpaid", b"paid").replace(b"dkk", b"eur")) == 400
    assert nothing_is_known_of(order)
    assert post(delivery) == 200
    assert standing(order) == PAID


@pytest.mark.fault(8)
def test_old_signature_replayed_is_refused(stripe: Simulator, order: Order, session: str) -> None:
    hours_ago = int(timezone.now().timestamp()) - 7200
    delivery = wanted(stripe.deliveries(timestamp=hours_ago), COMPLETED)
    assert post(delivery) == 400
    assert nothing_is_known_of(order)


@pytest.mark.fault(9)
def test_signature_beyond_the_tolerance_is_refused_and_a_later_retry_works(
    stripe: Simulator, order: Order, session: str
) -> None:
    now = int(timezone.now().timestamp())
    skewed = wanted(stripe.deliveries(timestamp=now - FIVE_MINUTES - 5), COMPLETED)
    assert post(skewed) == 400
    assert nothing_is_known_of(order)
    within = wanted(stripe.deliveries(timestamp=now - FIVE_MINUTES + 30), COMPLETED)
    assert post(within) == 200
    assert standing(order) == PAID


@pytest.mark.fault(18)
def test_test_event_in_a_live_shop_is_refused(stripe: Simulator, order: Order, session: str) -> None:
    with override_settings(STRIPE_API_KEY="sk_live_invented"):
        assert bring(stripe, COMPLETED) == [400]
    assert nothing_is_known_of(order)


@pytest.mark.fault(18)
def test_live_event_in_a_test_shop_is_refused(order: Order, session: str) -> None:
    body = event(COMPLETED, {"object": "checkout.session", "id": session}, livemode=True)
    assert post_raw(body=body, signature=signed(body)) == 400
    assert nothing_is_known_of(order)


@pytest.mark.parametrize("livemode", [None, "true", 1, 0, "false"])
def test_event_that_does_not_say_its_mode_counts_as_a_test_and_is_believed_in_nothing(
    order: Order, livemode: Any
) -> None:
    session = open_page(order)
    body = event(COMPLETED, {"object": "checkout.session", "id": session}, livemode=livemode)
    with override_settings(STRIPE_API_KEY="sk_live_invented"):
        assert post_raw(body=body, signature=signed(body)) == 400
    assert nothing_is_known_of(order)


def test_two_secrets_are_accepted_while_one_is_rolled_and_a_dropped_one_is_refused(
    stripe: Simulator, order: Order, session: str
) -> None:
    stripe.roll_secrets("whsec_old")
    by_old = wanted(stripe.deliveries(), COMPLETED)
    stripe.roll_secrets("whsec_new")
    by_new = wanted(stripe.deliveries(), COMPLETED)
    stripe.roll_secrets("whsec_new", "whsec_old")
    by_both = wanted(stripe.deliveries(), COMPLETED)
    with override_settings(STRIPE_WEBHOOK_SECRETS=["whsec_new"]):
        assert post(by_old) == 400
        assert nothing_is_known_of(order)
        assert post(by_both) == 200
    assert standing(order) == PAID
    with override_settings(STRIPE_WEBHOOK_SECRETS=["whsec_old", "whsec_new"]):
        assert [post(by_old), post(by_new), post(by_both)] == [200, 200, 200]
    assert standing(order) == PAID


# --- what is no event -------------------------------------------------------------------------------------------------

_THING: dict[str, Any] = {"object": "checkout.session", "id": "cs_test_1"}


_GARBAGE = [
    b"",
    b"\xff\xfe",
    b"\xc3\x28",
    b"nonsense",
    b"[]",
    b"null",
    b"1",
    b'"text"',
    b"{}",
    b'[{"id": "evt_1"}]',
    b"[" * 100_000,
    json.dumps({"id": "evt_1", "type": COMPLETED, "livemode": False, "created": 1}).encode(),
    event(COMPLETED, _THING, data=None),
    event(COMPLETED, _THING, data=[]),
    event(COMPLETED, _THING, data={"object": "cs_test_1"}),
    event(COMPLETED, {"id": "cs_test_1"}),
    event(COMPLETED, _THING, created="yesterday"),
    event(COMPLETED, _THING, created=10**30),
    event(COMPLETED, _THING, created=None),
    event(COMPLETED, _THING, id=""),
]


@pytest.mark.parametrize("body", _GARBAGE, ids=range(len(_GARBAGE)))
def test_signed_garbage_is_refused_and_stored_nowhere(body: bytes) -> None:
    assert post_raw(body=body, signature=signed(body)) == 400
    assert not StripeEvent.objects.exists()


def test_huge_body_is_refused_and_stored_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    body = event(COMPLETED, {**_THING, "padding": "x" * 6_000_000})
    assert post_raw(body=body, signature=signed(body)) == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_webhook_takes_nothing_but_a_post(method: str) -> None:
    answer = getattr(Client(), method)(WEBHOOK)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_webhook_needs_no_token_against_forged_forms(stripe: Simulator, order: Order, session: str) -> None:
    delivery = wanted(stripe.take_deliveries(), COMPLETED)
    client = Client(enforce_csrf_checks=True)
    headers = {"Stripe-Signature": delivery.signature}
    answer = client.post(WEBHOOK, delivery.body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.content, answer.cookies) == (200, b"", {})
    assert standing(order) == PAID


# --- what is none of the shop's business -----------------------------------------------------------------------------


def test_event_of_an_unknown_type_is_answered_and_stored(order: Order) -> None:
    body = event("terminal.reader.action_succeeded", {"object": "terminal.reader", "id": "tmr_1"}, id="evt_unknown")
    assert post_raw(body=body, signature=signed(body)) == 200
    stored = StripeEvent.objects.get()
    assert (stored.event_id, stored.type, stored.object_id) == (
        "evt_unknown",
        "terminal.reader.action_succeeded",
        "tmr_1",
    )
    assert (stored.attempt, stored.outcome) == (None, "unknown")


@pytest.mark.parametrize("kind", [COMPLETED, "checkout.session.expired", "charge.refunded", "charge.dispute.created"])
def test_event_about_somebody_elses_session_has_no_effect(stripe: Simulator, order: Order, kind: str) -> None:
    open_page(order)
    thing = {"object": "checkout.session" if kind.startswith("checkout") else "charge", "id": "cs_test_of_another"}
    body = event(kind, {**thing, "payment_intent": "pi_of_another"})
    assert post_raw(body=body, signature=signed(body)) == 200
    assert standing(order) == OPEN
    assert StripeEvent.objects.get().attempt is None
    assert not ActionItem.objects.exists()


@pytest.mark.fault(17)
def test_dispute_is_flagged_for_staff_once_and_takes_nothing(stripe: Simulator, order: Order) -> None:
    stripe.pay(open_page(order))
    bring(stripe)
    charge = {"object": "dispute", "id": "dp_1", "payment_intent": order.attempts.get().payment_intent_id}
    body = event("charge.dispute.created", charge, id="evt_dispute")
    assert [post_raw(body=body, signature=signed(body)) for _ in range(2)] == [200, 200]
    assert standing(order) == replace(PAID, waiting=("stripe_notice",))
    item = ActionItem.objects.get()
    assert (item.key, item.what) == ("event:evt_dispute", "Kortholderen gør indsigelse. (dp_1)")


# --- when Stripe cannot be asked -------------------------------------------------------------------------------------


def test_event_waits_for_stripe_to_come_back(stripe: Simulator, order: Order, session: str) -> None:
    delivery = wanted(stripe.take_deliveries(), COMPLETED)
    stripe.fail_next("500", times=2, method="GET", path=SESSIONS)
    assert post(delivery) == 503
    assert nothing_is_known_of(order)
    assert post(delivery) == 200
    assert standing(order) == PAID


def test_event_that_stripe_refuses_to_explain_is_asked_for_again(stripe: Simulator, order: Order, session: str) -> None:
    delivery = wanted(stripe.take_deliveries(), COMPLETED)
    with override_settings(STRIPE_API_KEY="sk_test_rolled_yesterday"):
        assert post(delivery) == 503
    assert nothing_is_known_of(order)
    assert post(delivery) == 200
    assert standing(order) == PAID


def test_event_is_stored_once_whatever_it_says(order: Order, session: str) -> None:
    for kind in (COMPLETED, "checkout.session.expired", "something.else"):
        body = event(kind, {"object": "checkout.session", "id": session}, id="evt_same")
        assert post_raw(body=body, signature=signed(body, secret=WEBHOOK_SECRET)) == 200
    stored = StripeEvent.objects.get()
    assert (stored.type, stored.outcome, stored.attempt) == (COMPLETED, "paid", order.attempts.get())
    facts = {"event_id": "evt_same", "type": "x", "happened_at": timezone.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        StripeEvent.objects.create(**facts)
