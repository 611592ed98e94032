"""What an order's page tells about paying it by card."""

from datetime import timedelta

import pytest

from accounts.models import User
from billing.models import AttemptState, CardType, Order, PaymentMethod
from billing.services.fulfilling import Fulfilment
from catalog.models import Product
from tests.factories import pay, place
from tests.staff.cards import attempt_of, event_of
from tests.staff.clock import MONDAY_NOON, THURSDAY_NOON
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def card_order(member: User, fakturaklip: Product) -> Order:
    """100 invoice clips for 312.50 kr., to be paid by card."""
    return place(member, (fakturaklip, 100), method=PaymentMethod.CARD).order


def page_of(order: Order) -> str:
    return f"/admin/billing/order/{order.pk}/change/"


def test_attempts_are_shown_with_all_that_is_known(desk: Visitor, member: User, card_order: Order) -> None:
    attempt_of(
        card_order,
        member,
        at=MONDAY_NOON,
        card_type=CardType.MASTERCARD,
        state=AttemptState.EXPIRED,
        session_id="cs_test_1",
        stripe_said="expired/unpaid, afvist: card_declined",
    )
    attempt_of(card_order, member, session_id="cs_test_2", payment_intent_id="pi_2")
    assert desk.open(page_of(card_order)).part("Betalingsforsøg 2") == (
        "Betalingsforsøg 2 Korttype Status Påbegyndt Af Udløber Stripes id Stripe svarede "
        "Mastercard Udløbet 23.11.2026 12:05 23.11.2026 12:00 mette 23.11.2026 13:00 cs_test_1 "
        "expired/unpaid (betalingssiden udløb, intet betalt), afvist: card_declined (kortet blev afvist) "
        "Visa/Dankort Åben 26.11.2026 12:00 mette 26.11.2026 13:00 cs_test_2 pi_2"
    )
    desk.click("Mastercard")
    assert "cs_test_1" in desk.text
    assert "23.11.2026 12:00" in desk.text


def test_events_are_shown_in_their_order_with_what_they_led_to(desk: Visitor, member: User, card_order: Order) -> None:
    attempt = attempt_of(card_order, member)
    event_of(attempt, event_id="evt_2", happened_at=THURSDAY_NOON)
    earlier = THURSDAY_NOON - timedelta(minutes=3)
    event_of(attempt, event_id="evt_1", type="checkout.session.expired", happened_at=earlier, outcome="open")
    event_of(None, event_id="evt_3")
    assert desk.open(page_of(card_order)).part("Hændelser fra Stripe 2") == (
        "Hændelser fra Stripe 2 Hændelse Skete Modtaget Udfald Stripes id "
        "checkout.session.expired (betalingssiden udløb) 26.11.2026 11:57 26.11.2026 12:00 Åben evt_1 "
        "checkout.session.completed (betalingssiden blev gennemført) 26.11.2026 12:00 26.11.2026 12:00 Betalt evt_2"
    )


@pytest.mark.parametrize("outcome", Fulfilment)
def test_every_outcome_is_told_in_danish(desk: Visitor, member: User, card_order: Order, outcome: Fulfilment) -> None:
    event_of(attempt_of(card_order, member), outcome=outcome.value)
    assert f" {outcome.value} " not in desk.open(page_of(card_order)).part("Hændelser fra Stripe 1")


def test_a_card_order_can_be_cancelled_and_not_marked_as_paid(desk: Visitor, card_order: Order) -> None:
    desk.open(page_of(card_order))
    assert "Betalingsforsøg 0 Ingen." in desk.text
    assert desk.has_link("Annullér bestillingen")
    assert not desk.has_link("Markér som betalt")
    assert "Sager, der kræver handling" not in desk.text


def test_a_transfer_shows_attempts_only_when_a_card_was_tried(desk: Visitor, member: User, order: Order) -> None:
    assert "Betalingsforsøg" not in desk.open(page_of(order)).text
    attempt_of(order, member, state=AttemptState.EXPIRED)
    assert "Betalingsforsøg 1" in desk.open(page_of(order)).text
    pay(order)
    assert not desk.open(page_of(order)).has_link("Annullér bestillingen")


@pytest.mark.fault(57)
def test_what_stripe_said_is_shown_as_text(desk: Visitor, member: User, card_order: Order) -> None:
    evil = "<script>alert(1)</script>"
    event_of(attempt_of(card_order, member, stripe_said=evil), type=evil)
    assert desk.open(page_of(card_order)).text.count(evil) == 2
    assert b"<script>alert" not in desk.content
