"""The simulator's idempotency keys, and calls that fail on the way: what the same key finds afterwards."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.demo.stripe_orders import an_order
from tests.simulator import Simulator, stripe_client

pytestmark = pytest.mark.processes


@pytest.fixture
def client(simulator: Simulator) -> stripe.StripeClient:
    return stripe_client(simulator)


def test_the_same_key_is_carried_out_once(simulator: Simulator, client: stripe.StripeClient) -> None:
    asked = an_order()
    first = client.v1.checkout.sessions.create(asked, {"idempotency_key": "one"})
    again = client.v1.checkout.sessions.create(asked, {"idempotency_key": "one"})

    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(simulator.sessions()) == 1
    assert [request["replayed"] for request in simulator.requests()] == [False, True]


def test_a_key_belongs_to_one_body_and_path(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(an_order(), {"idempotency_key": "one"})

    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(an_order(amounts={"Fakturaklip": 500}), {"idempotency_key": "one"})
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.expire(session.id, {}, {"idempotency_key": "one"})


def test_a_key_forgets_a_request_that_was_not_valid(client: stripe.StripeClient) -> None:
    wrong: Any = an_order() | {"colour": "red"}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(wrong, {"idempotency_key": "one"})
    assert client.v1.checkout.sessions.create(an_order(), {"idempotency_key": "one"}).status == "open"


def test_a_key_is_forgotten_after_a_day(simulator: Simulator, client: stripe.StripeClient) -> None:
    first = client.v1.checkout.sessions.create(an_order(), {"idempotency_key": "one"})
    now = simulator.advance(seconds=24 * 60 * 60 + 1)
    assert client.v1.checkout.sessions.create(an_order(now=now), {"idempotency_key": "one"}).id != first.id


def test_a_key_in_flight_is_a_conflict(simulator: Simulator, client: stripe.StripeClient) -> None:
    simulator.fail_next("slow", seconds=1)
    asked = an_order()
    with ThreadPoolExecutor(max_workers=1) as pool:
        first = pool.submit(client.v1.checkout.sessions.create, asked, {"idempotency_key": "one"})
        time.sleep(0.4)
        with pytest.raises(stripe.StripeError) as raised:
            client.v1.checkout.sessions.create(asked, {"idempotency_key": "one"})
        assert first.result().status == "open"

    body: Any = raised.value.json_body
    assert (raised.value.http_status, body["error"]["code"]) == (409, "idempotency_key_in_use")


def test_after_a_timeout_the_same_key_finds_what_was_done(simulator: Simulator) -> None:
    simulator.fail_next("timeout", seconds=5)
    asked = an_order()
    with pytest.raises(stripe.APIConnectionError):
        stripe_client(simulator, seconds=0.4).v1.checkout.sessions.create(asked, {"idempotency_key": "one"})
    (made,) = simulator.sessions()

    assert stripe_client(simulator).v1.checkout.sessions.create(asked, {"idempotency_key": "one"}).id == made["id"]
    assert [request["status"] for request in simulator.requests()] == [0, 200]


def test_a_connection_that_hangs_ends_without_an_answer(simulator: Simulator, client: stripe.StripeClient) -> None:
    simulator.fail_next("timeout", seconds=0.1)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(an_order())
    assert len(simulator.sessions()) == 1


@pytest.mark.parametrize(("kind", "made"), [("500", 0), ("error_after", 1)])
def test_a_call_fails_before_or_after_it_was_carried_out(simulator: Simulator, kind: Any, made: int) -> None:
    simulator.fail_next(kind, method="POST", path="/v1/checkout/sessions")
    assert stripe_client(simulator).v1.checkout.sessions.list().data == []
    with pytest.raises(stripe.APIError):
        stripe_client(simulator).v1.checkout.sessions.create(an_order(), {"idempotency_key": "one"})
    assert len(simulator.sessions()) == made

    simulator.fail_next(kind)
    again = stripe_client(simulator, retries=2).v1.checkout.sessions.create(an_order(), {"idempotency_key": "one"})
    assert [session["id"] for session in simulator.sessions()] == [again.id]
