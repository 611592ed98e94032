"""Stripe's own deliveries over HTTP, to a shop that runs: signed, tried again, doubled and in the wrong order."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from billing.models import Order, StripeEvent
from tests.card.shop import PAID, WEBHOOK, open_page, signed, standing
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def eventually(done: Callable[[], bool]) -> None:
    """Wait up to twenty seconds."""
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


@pytest.fixture
def shop(live_server: LiveServer) -> str:
    """The address at which the running shop takes webhooks."""
    return live_server.url + WEBHOOK


def test_payment_is_told_by_a_real_signed_request(stripe: Simulator, order: Order, shop: str) -> None:
    session = open_page(order)
    stripe.deliver_to(shop)
    stripe.pay(session)
    eventually(lambda: not stripe.deliveries())
    assert standing(order) == PAID
    assert StripeEvent.objects.get(type="checkout.session.completed").outcome == "paid"
    assert StripeEvent.objects.count() == len(stripe.events())


@pytest.mark.fault(6)
def test_deliveries_in_reverse_and_doubled_credit_once(stripe: Simulator, order: Order, shop: str) -> None:
    first = open_page(order)
    stripe.hold()
    stripe.deliver_to(shop)
    stripe.expire(first)
    order.attempts.update(state="expired", closed_at=order.placed_at)
    stripe.duplicate_next()
    stripe.pay(open_page(order))
    stripe.release(reverse=True)
    eventually(lambda: not stripe.deliveries())
    assert standing(order) == replace(PAID, attempts=("expired", "paid"))


@pytest.mark.fault(9)
def test_delivery_that_a_shop_with_the_wrong_secret_refuses_is_tried_again(
    stripe: Simulator, order: Order, shop: str
) -> None:
    session = open_page(order)
    stripe.roll_secrets("whsec_nobody_told_the_shop")
    stripe.deliver_to(shop)
    stripe.pay(session)
    eventually(lambda: any(each.attempts for each in stripe.deliveries()))
    assert standing(order).state == "awaiting_payment"
    assert not StripeEvent.objects.exists()
    stripe.roll_secrets("whsec_simulator")
    eventually(lambda: not stripe.deliveries())
    assert standing(order) == PAID


@pytest.mark.parametrize("body", [b"\xff", b"[]", b"{", b"{}"])
def test_garbage_over_the_wire_is_refused(shop: str, body: bytes) -> None:
    for signature in (signed(body), "t=1,v1=\xe6", "x" * 5000):
        answer = requests.post(shop, data=body, headers={"Stripe-Signature": signature.encode("latin-1")}, timeout=10)
        assert (answer.status_code, answer.text) == (400, "")
    assert requests.get(shop, timeout=10).status_code == 405
    assert not StripeEvent.objects.exists()
