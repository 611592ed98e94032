"""The simulator's webhooks: signed, delivered over HTTP until they are taken, and as unruly as a test wants them."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
import stripe

from tests.demo.stripe_orders import an_order
from tests.simulator import DECLINED, WEBHOOK_SECRET, Simulator, stripe_client

pytestmark = pytest.mark.processes
_PAID = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


class Shop:
    """A shop's webhook that checks the signature, and answers what the test says."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.events: list[Any] = []
        self.signatures: list[str] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signature = self.headers["Stripe-Signature"]
                shop.events.append(stripe.Webhook.construct_event(body, signature, WEBHOOK_SECRET))
                shop.signatures.append(signature)
                self.send_response(shop.statuses.pop(0) if shop.statuses else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/betaling/webhook/"

    @property
    def types(self) -> list[str]:
        """What has come, in the order of arrival."""
        return [event.type for event in self.events]

    def wait_for(self, count: int) -> None:
        """Wait until so many have come."""
        _wait_until(lambda: len(self.events) >= count)
        assert len(self.events) == count


def _wait_until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not there():
        assert time.monotonic() < end, "It did not come."
        time.sleep(0.02)


@pytest.fixture
def shop(simulator: Simulator) -> Iterator[Shop]:
    shop = Shop()
    thread = threading.Thread(target=shop.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    simulator.deliver_to(shop.url)
    yield shop
    shop.server.shutdown()
    shop.server.server_close()
    thread.join()


@pytest.fixture
def session(simulator: Simulator) -> str:
    return stripe_client(simulator).v1.checkout.sessions.create(an_order()).id


def test_a_payment_is_told_of_in_signed_webhooks(simulator: Simulator, shop: Shop, session: str) -> None:
    simulator.pay(session)
    shop.wait_for(3)

    assert shop.types == _PAID
    event = shop.events[-1]
    assert (event.object, event.api_version, event.livemode) == ("event", "2026-10-28.endive", False)
    assert (event.data.object.id, event.data.object.payment_status) == (session, "paid")
    _wait_until(lambda: simulator.deliveries() == [])
    assert {one["pending_webhooks"] for one in simulator.events()} == {0}


def test_an_event_keeps_what_was_true_then(simulator: Simulator, session: str) -> None:
    simulator.pay(session, card=DECLINED)
    simulator.pay(session)
    first = simulator.events()[0]
    assert (first["type"], first["data"]["object"]["status"]) == (
        "payment_intent.payment_failed",
        "requires_payment_method",
    )


def test_a_webhook_is_tried_again_until_it_is_taken(simulator: Simulator, shop: Shop, session: str) -> None:
    shop.statuses = [500, 302]
    stripe_client(simulator).v1.checkout.sessions.expire(session)
    shop.wait_for(3)

    assert len({event.id for event in shop.events}) == 1
    assert len(set(shop.signatures)) == 3
    _wait_until(lambda: simulator.deliveries() == [])  # the shop has it a moment before the simulator has its answer


def test_a_shop_that_is_away_gets_it_when_it_comes_back(simulator: Simulator, shop: Shop, session: str) -> None:
    simulator.deliver_to("http://127.0.0.1:9/")
    simulator.pay(session)
    _wait_until(lambda: all(one.attempts for one in simulator.deliveries()))
    simulator.deliver_to(shop.url)
    shop.wait_for(3)


def test_held_webhooks_may_come_in_reverse(simulator: Simulator, shop: Shop, session: str) -> None:
    simulator.hold()
    simulator.pay(session)
    time.sleep(0.7)
    assert shop.events == []

    simulator.release(reverse=True)
    shop.wait_for(3)
    assert shop.types == _PAID[::-1]


def test_a_webhook_may_come_twice_or_never(simulator: Simulator, shop: Shop, session: str) -> None:
    simulator.duplicate_next()
    stripe_client(simulator).v1.checkout.sessions.expire(session)
    shop.wait_for(2)
    assert shop.events[0].id == shop.events[1].id

    simulator.drop_next(count=2)
    simulator.pay(stripe_client(simulator).v1.checkout.sessions.create(an_order()).id)
    shop.wait_for(3)
    assert shop.types[-1] == "checkout.session.completed"

    dropped = next(event for event in simulator.events() if event["type"] == "charge.succeeded")
    simulator.resend(dropped["id"])
    shop.wait_for(4)
    assert shop.events[-1].id == dropped["id"]


def test_an_expiry_needs_no_caller(simulator: Simulator, shop: Shop, session: str) -> None:
    simulator.advance(seconds=3601)
    shop.wait_for(1)
    assert shop.types == ["checkout.session.expired"]


def test_rolled_secrets_sign_once_each(simulator: Simulator, session: str) -> None:
    simulator.roll_secrets("whsec_new", WEBHOOK_SECRET)
    simulator.expire(session)
    (delivery,) = simulator.deliveries()

    assert delivery.signature.count("v1=") == 2
    for secret in ("whsec_new", WEBHOOK_SECRET):
        event = stripe.Webhook.construct_event(delivery.body, delivery.signature, secret)
        assert event.type == delivery.type == "checkout.session.expired"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(delivery.body, delivery.signature, "whsec_other")


def test_a_test_may_deliver_by_itself(simulator: Simulator, session: str) -> None:
    simulator.pay(session)

    taken = simulator.take_deliveries()
    assert [one.type for one in taken] == _PAID
    assert json.loads(taken[-1].body)["data"]["object"]["id"] == session
    assert simulator.deliveries() == []


def test_an_old_signature_is_old(simulator: Simulator, session: str) -> None:
    simulator.expire(session)
    (delivery,) = simulator.deliveries(timestamp=int(time.time()) - 301)
    with pytest.raises(stripe.SignatureVerificationError, match="outside the tolerance zone"):
        stripe.Webhook.construct_event(delivery.body, delivery.signature, WEBHOOK_SECRET)


def test_only_json_of_this_machine_controls(simulator: Simulator) -> None:
    form = requests.post(f"{simulator.url}/_control/hold", {"a": "b"}, timeout=5)
    assert form.status_code == 400
    elsewhere = requests.post(f"{simulator.url}/_control/webhook", json={"url": "http://example.com/"}, timeout=5)
    assert elsewhere.status_code == 400
    other_name = requests.get(f"{simulator.url}/_control/events", headers={"Host": "evil.example"}, timeout=5)
    assert other_name.status_code == 400


def test_what_cannot_be_done_says_so(simulator: Simulator, session: str) -> None:
    simulator.pay(session)
    with pytest.raises(AssertionError, match="SessionIsNotOpen"):
        simulator.pay(session)
    with pytest.raises(AssertionError, match="SessionIsNotOpen"):
        simulator.finish_late(session, succeeds=True)
