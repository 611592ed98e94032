""" "Annullér" where a card may be about to pay: Stripe's page is closed first."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from pytest_django import Settings

from accounts.models import User
from billing.models import AttemptState, CardType, Order, OrderState, PaymentAttempt, PaymentMethod
from billing.services.paying import open_card_payment
from catalog.models import Product
from tests.factories import place
from tests.simulator import Simulator
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe(simulator: Simulator, settings: Settings) -> Iterator[Simulator]:
    """Stripe, whose time it is for the shop too."""
    settings.STRIPE_API_BASE = simulator.url
    with time_machine.travel(datetime.fromtimestamp(simulator.advance(seconds=0), UTC)):
        yield simulator


@pytest.fixture
def card_order(stripe: Simulator, member: User, fakturaklip: Product) -> Order:
    return place(member, (fakturaklip, 100), method=PaymentMethod.CARD).order


@pytest.fixture
def at_desk(card_order: Order, staff: User) -> Visitor:
    """A member of staff who has the page open, now."""
    return Visitor(staff)


def opened(order: Order) -> PaymentAttempt:
    """Open Stripe's page for the order, as the member does."""
    open_card_payment(order_id=order.pk, user=order.placed_by, card_type=CardType.VISA)
    return order.attempts.get()


def cancel(desk: Visitor, order: Order) -> None:
    desk.send(f"/admin/billing/order/{order.pk}/annuller/", [("reason", "Fortrudt")])


def state_of(order: Order) -> tuple[str, list[str]]:
    order.refresh_from_db()
    return order.state, [attempt.state for attempt in order.attempts.all()]


def test_cancel_closes_stripes_page_first(at_desk: Visitor, stripe: Simulator, card_order: Order) -> None:
    opened(card_order)
    at_desk.open(f"/admin/billing/order/{card_order.pk}/change/").click("Annullér bestillingen")
    assert "Stripes betalingsside lukkes først; er der allerede betalt, annulleres bestillingen ikke." in at_desk.text
    assert "Den har ingen faktura, så der udstedes ingen kreditnota." in at_desk.text
    assert at_desk.described(at_desk.field("Årsag")) == "Gemmes i bestillingens historik, som kun kundecenteret ser."
    at_desk.fill("Årsag", "Fortrudt").press("Annullér bestillingen")
    assert f"Bestilling {card_order.pk} er annulleret." in at_desk.text
    assert state_of(card_order) == (OrderState.CANCELLED, [AttemptState.EXPIRED])
    assert [session["status"] for session in stripe.sessions()] == ["expired"]
    assert not card_order.documents.exists()


def test_cancel_of_a_card_order_that_nobody_tried_to_pay_asks_nobody(
    at_desk: Visitor, stripe: Simulator, card_order: Order
) -> None:
    cancel(at_desk, card_order)
    assert f"Bestilling {card_order.pk} er annulleret." in at_desk.text
    assert (state_of(card_order), stripe.requests()) == ((OrderState.CANCELLED, []), [])


def test_cancel_of_a_transfer_closes_the_card_page_too(
    at_desk: Visitor, stripe: Simulator, member: User, fakturaklip: Product
) -> None:
    order = place(member, (fakturaklip, 100)).order
    opened(order)
    cancel(at_desk, order)
    assert "er annulleret. Kreditnota 500001 sendes til" in at_desk.text
    assert state_of(order) == (OrderState.CANCELLED, [AttemptState.EXPIRED])


def test_cancel_that_finds_the_order_paid_settles_it_and_says_so(
    at_desk: Visitor, stripe: Simulator, card_order: Order
) -> None:
    attempt = opened(card_order)
    stripe.pay(str(attempt.session_id))
    cancel(at_desk, card_order)
    assert "Faktura 10001 viste sig at være betalt og er ikke annulleret." in at_desk.text
    assert at_desk.path == f"/admin/billing/order/{card_order.pk}/change/"
    assert state_of(card_order) == (OrderState.PAID, [AttemptState.PAID])


def test_cancel_waits_for_money_that_is_on_its_way(at_desk: Visitor, stripe: Simulator, card_order: Order) -> None:
    attempt = opened(card_order)
    stripe.make_next_payment_late()
    stripe.pay(str(attempt.session_id))
    cancel(at_desk, card_order)
    assert f"Bestilling {card_order.pk} er ikke annulleret: betalingen er på vej" in at_desk.text
    assert state_of(card_order) == (OrderState.AWAITING_PAYMENT, [AttemptState.PENDING])
    stripe.finish_late(str(attempt.session_id), succeeds=False)
    cancel(at_desk, card_order)
    assert state_of(card_order) == (OrderState.CANCELLED, [AttemptState.FAILED])


def test_cancel_does_nothing_while_stripe_cannot_be_asked(
    at_desk: Visitor, stripe: Simulator, card_order: Order
) -> None:
    opened(card_order)
    stripe.fail_next("500", times=2)
    cancel(at_desk, card_order)
    assert f"Bestilling {card_order.pk} er ikke annulleret: Stripe kunne ikke lukke betalingssiden" in at_desk.text
    assert "Stripe svarede: APIError" in at_desk.text
    assert state_of(card_order) == (OrderState.AWAITING_PAYMENT, [AttemptState.OPEN])
    cancel(at_desk, card_order)
    assert state_of(card_order) == (OrderState.CANCELLED, [AttemptState.EXPIRED])


def test_cancel_finds_money_that_does_not_fit_and_waits_until_it_is_handled(
    at_desk: Visitor, stripe: Simulator, card_order: Order
) -> None:
    attempt = opened(card_order)
    stripe.corrupt(session=str(attempt.session_id), amount_total=30000)
    stripe.pay(str(attempt.session_id))
    told = f"Bestilling {card_order.pk} er ikke annulleret: der er modtaget en kortbetaling, der ikke stemmer."
    cancel(at_desk, card_order)
    assert told in at_desk.text
    assert told in at_desk.open(f"/admin/billing/order/{card_order.pk}/annuller/").text
    assert state_of(card_order) == (OrderState.AWAITING_PAYMENT, [AttemptState.SET_ASIDE])
    at_desk.click("Markér som håndteret").fill("Hvad blev der gjort?", "Tilbageført").press("Markér som håndteret")
    cancel(at_desk, card_order)
    assert f"Bestilling {card_order.pk} er annulleret." in at_desk.text
    assert state_of(card_order) == (OrderState.CANCELLED, [AttemptState.SET_ASIDE])
