"""Webhooks, return pages, sweeps, tabs and changes of mind that come at the same moment."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.models import CardType, Order, OrderState, PaymentAttempt, PaymentMethod, StripeEvent, TermsOfSale
from billing.services.buying import buy
from billing.services.cancelling import cancel_order
from billing.services.fulfilling import Fulfilment, fulfil
from billing.services.paying import abandon_order, open_card_payment
from billing.services.placing import Placed, Placement, RequestedLine
from billing.services.settling import Outcome
from billing.services.sweeping import look_at_attempts
from catalog.models import Product
from tests.card.shop import BY_CARD, PAID, UNTRIED, open_page, post, standing, wanted
from tests.factories import UserFactory, open_shop, pay, place
from tests.races.threads import at_once, met_before, without_row_locks
from tests.simulator import Simulator

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 3
COMPLETED = "checkout.session.completed"


@pytest.fixture(autouse=True)
def _with_stripe(stripe: Simulator) -> None:
    """Every race here has a simulator."""


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


def card_order(product: Product) -> Order:
    return place(UserFactory.create(), (product, 100), method=PaymentMethod.CARD).order


# --- one payment, several who tell of it ------------------------------------------------------------------------------


@pytest.mark.fault(4)
def test_webhooks_at_the_same_moment_meet_an_error_without_the_lock(stripe: Simulator, fakturaklip: Product) -> None:
    order = card_order(fakturaklip)
    stripe.pay(open_page(order))
    delivery = wanted(stripe.take_deliveries(), COMPLETED)
    with without_row_locks(), met_before("billing.services.settling._record", parties=2):
        answers = at_once(lambda: post(delivery), lambda: post(delivery))
    assert sorted(answers, key=str) == [200, 500]


@pytest.mark.fault(4)
def test_webhooks_at_the_same_moment_credit_once(stripe: Simulator, fakturaklip: Product) -> None:
    for number in range(ROUNDS):
        order = card_order(fakturaklip)
        stripe.pay(open_page(order))
        delivery = wanted(stripe.take_deliveries(), COMPLETED)
        answers = at_once(*[lambda: post(delivery)] * 4)  # noqa: B023 (run in this round)
        assert answers == [200] * 4
        assert standing(order) == replace(PAID, invoices=(10001 + number,))
        assert StripeEvent.objects.filter(event_id=delivery.event).count() == 1


@pytest.mark.fault(4)
def test_webhook_return_page_and_sweep_at_the_same_moment_credit_once(stripe: Simulator, fakturaklip: Product) -> None:
    for number in range(ROUNDS):
        order = card_order(fakturaklip)
        session = open_page(order)
        stripe.pay(session)
        delivery = wanted(stripe.take_deliveries(), COMPLETED)
        member = Client()
        member.force_login(order.placed_by)
        back = f"/ordrer/{order.pk}/betal/retur/?session={session}"
        soon = timezone.now() + timedelta(minutes=1)
        answers = at_once(
            lambda: post(delivery),  # noqa: B023 (run in this round)
            lambda: member.get(back).status_code,  # noqa: B023
            lambda: look_at_attempts(now=soon) or 0,  # type: ignore[func-returns-value] # noqa: B023
        )
        assert answers == [200, 302, 0]
        assert standing(order) == replace(PAID, invoices=(10001 + number,))


@pytest.mark.fault(16)
def test_card_and_bank_at_the_same_moment_credit_once_and_keep_the_surplus(
    stripe: Simulator, fakturaklip: Product
) -> None:
    for _ in range(ROUNDS):
        order = place(UserFactory.create(), (fakturaklip, 100)).order
        session = open_page(order)
        stripe.pay(session)
        by_card, by_bank = at_once(lambda: fulfil(session), lambda: pay(order))  # noqa: B023 (run in this round)
        found = standing(order)
        assert (found.state, found.clips, len(found.invoices), found.waiting) == ("paid", (100,), 1, ("surplus",))
        assert sorted(is_surplus for _, _, is_surplus in found.payments) == [False, True]
        assert (by_card, by_bank) in {
            (Fulfilment.PAID, Outcome.SURPLUS),
            (Fulfilment.SURPLUS, Outcome.SETTLED),
        }


# --- one order, several who open or close its page --------------------------------------------------------------------


def test_two_tabs_at_once_meet_an_error_without_the_lock(stripe: Simulator, fakturaklip: Product) -> None:
    order = card_order(fakturaklip)
    with without_row_locks(), met_before("billing.services.paying._new_attempt", parties=2):
        answers = at_once(
            *[lambda: open_card_payment(order_id=order.pk, user=order.placed_by, card_type=CardType.VISA)] * 2
        )
    [refused] = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(refused, IntegrityError)
    assert "an_order_has_one_undecided_attempt" in str(refused)


def test_tabs_at_once_share_one_session(stripe: Simulator, fakturaklip: Product) -> None:
    order = card_order(fakturaklip)
    answers = at_once(
        *[lambda: open_card_payment(order_id=order.pk, user=order.placed_by, card_type=CardType.VISA)] * 4
    )
    [session] = stripe.sessions()
    assert set(answers) == {session["url"]}
    assert standing(order) == replace(UNTRIED, attempts=("open",))


def test_two_card_types_at_once_leave_one_open_session(stripe: Simulator, fakturaklip: Product) -> None:
    order = card_order(fakturaklip)
    at_once(
        lambda: open_card_payment(order_id=order.pk, user=order.placed_by, card_type=CardType.VISA),
        lambda: open_card_payment(order_id=order.pk, user=order.placed_by, card_type=CardType.MASTERCARD),
    )
    still_open = [session["id"] for session in stripe.sessions() if session["status"] == "open"]
    assert still_open == [PaymentAttempt.objects.undecided().get().session_id]


def test_giving_an_order_up_against_paying_it_is_one_or_the_other(stripe: Simulator, fakturaklip: Product) -> None:
    for _ in range(ROUNDS):
        order = card_order(fakturaklip)
        session = open_page(order)
        _, paid = at_once(
            lambda: abandon_order(order_id=order.pk, actor=None, reason="") and "",  # noqa: B023 (run in this round)
            lambda: stripe.pay(session)["payment_status"],  # noqa: B023
        )
        found = standing(order)
        if paid == "paid":
            assert (found.state, found.payments, found.clips) == ("paid", (BY_CARD,), (100,))
        else:
            assert found == replace(UNTRIED, state="cancelled", attempts=("expired",))


def test_cancelling_against_opening_a_page_never_leaves_a_page_for_a_cancelled_order(
    stripe: Simulator, fakturaklip: Product
) -> None:
    for _ in range(ROUNDS):
        order = card_order(fakturaklip)
        at_once(
            lambda: cancel_order(order_id=order.pk, actor=None, reason="").number,  # noqa: B023 (run in this round)
            lambda: open_page(order),  # noqa: B023
        )
        order.refresh_from_db()
        is_open = order.attempts.undecided().exists()
        assert is_open == (order.state == OrderState.AWAITING_PAYMENT)


# --- one cart, several who place it -----------------------------------------------------------------------------------


def wish(user: User, product: Product, quantity: int) -> Placement:
    lines = (RequestedLine(product.pk, quantity, Decimal("2.50"), Decimal(25)),)
    return Placement(user, uuid4(), lines, PaymentMethod.CARD, TermsOfSale.objects.get().pk)


def test_changed_cart_sent_several_times_at_once_makes_one_order(stripe: Simulator, fakturaklip: Product) -> None:
    for _ in range(ROUNDS):
        first = wish(UserFactory.create(), fakturaklip, 100)
        old = buy(first).order
        open_page(old)
        changed = replace(first, lines=wish(first.user, fakturaklip, 200).lines)
        answers = at_once(*[lambda: buy(changed)] * 4)  # noqa: B023 (run in this round)
        placed = [answer for answer in answers if isinstance(answer, Placed)]
        assert len(placed) == 4, answers
        assert sorted(each.is_new for each in placed) == [False, False, False, True]
        assert len({each.order.pk for each in placed}) == 1
        assert list(old.company.orders.order_by("pk").values_list("state", "total")) == [
            ("cancelled", Decimal("312.50")),
            ("awaiting_payment", Decimal("625.00")),
        ]
        assert standing(old) == replace(UNTRIED, state="cancelled", attempts=("expired",))
