"""The simulator's API, called by Stripe's own client: what it cannot tell from Stripe."""

import time
from typing import Any

import pytest
import requests
import stripe

from tests.demo.stripe_orders import an_order
from tests.simulator import MASTERCARD, Simulator, complaints_of_schema, stripe_client

pytestmark = pytest.mark.processes


@pytest.fixture
def client(simulator: Simulator) -> stripe.StripeClient:
    return stripe_client(simulator)


def test_create_opens_a_session(simulator: Simulator, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(an_order())

    assert session.url == f"{simulator.url}/c/pay/{session.id}"
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 31250)
    assert (session.currency, session.client_reference_id, session.livemode) == ("dkk", "order-17", False)
    assert session.payment_intent is None
    assert "line_items" not in session


def test_retrieve_expands_payment_and_charge(simulator: Simulator, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(an_order(), {"idempotency_key": "one"})
    simulator.pay(session.id, card=MASTERCARD)

    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "payment_intent.payment_method", "line_items"]}
    )

    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    payment: Any = paid.payment_intent
    assert (payment.status, payment.amount_received, payment.metadata["order"]) == ("succeeded", 31250, "17")
    card = payment.latest_charge.payment_method_details.card
    assert (card.brand, card.last4) == ("mastercard", "4444")
    assert payment.payment_method.card.brand == "mastercard"
    assert paid.line_items is not None
    assert [(item.description, item.quantity, item.amount_total) for item in paid.line_items.data] == [
        ("Fakturaklip", 100, 25000),
        ("Moms", 1, 6250),
    ]
    assert complaints_of_schema(simulator) == []


def test_lists_are_read_page_by_page_and_filtered(simulator: Simulator, client: stripe.StripeClient) -> None:
    made = [client.v1.checkout.sessions.create(an_order()) for _ in range(5)]
    simulator.pay(made[1].id)
    newest_first = [session.id for session in reversed(made)]

    first = client.v1.checkout.sessions.list({"limit": 2, "expand": ["data.payment_intent", "data.line_items"]})
    rest = client.v1.checkout.sessions.list({"limit": 5, "starting_after": first.data[-1].id})
    assert [session.id for session in first.data] == newest_first[:2]
    assert (first.has_more, rest.has_more) == (True, False)
    assert [session.id for session in rest.data] == newest_first[2:]
    everything = client.v1.checkout.sessions.list({"limit": 2})
    assert [session.id for session in everything.auto_paging_iter()] == newest_first

    (paid,) = client.v1.checkout.sessions.list({"status": "complete"}).data
    assert paid.id == made[1].id
    payment = str(paid.payment_intent)
    assert [one.id for one in client.v1.checkout.sessions.list({"payment_intent": payment}).data] == [paid.id]
    (charge,) = client.v1.charges.list({"payment_intent": payment}).data
    assert client.v1.charges.retrieve(charge.id, {"expand": ["payment_intent"]}).amount == 31250
    assert client.v1.payment_intents.retrieve(payment).latest_charge == charge.id
    assert [one.id for one in client.v1.payment_intents.list().data] == [payment]
    items = client.v1.checkout.sessions.line_items.list(paid.id, {"limit": 1})
    assert (items.data[0].description, items.has_more) == ("Fakturaklip", True)
    assert complaints_of_schema(simulator) == []


def test_lists_are_bounded_by_time(simulator: Simulator, client: stripe.StripeClient) -> None:
    old = client.v1.checkout.sessions.create(an_order())
    now = simulator.advance(seconds=3600)
    new = client.v1.checkout.sessions.create(an_order(now=now))

    def found(**bounds: int) -> list[str]:
        sessions = client.v1.checkout.sessions.list({"created": bounds})  # type: ignore[arg-type]
        return [session.id for session in sessions.data]

    assert found(gte=now) == [new.id]
    assert found(lt=now) == [old.id]
    assert found(gt=old.created, lte=new.created) == [new.id]


def test_events_are_listed_by_type(simulator: Simulator, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(an_order())
    simulator.pay(session.id)

    assert [event.type for event in client.v1.events.list().data] == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
    ]
    (event,) = client.v1.events.list({"types": ["checkout.session.completed"]}).data
    again = client.v1.events.retrieve(event.id)
    assert (again.api_version, again.object, again.data.object["id"]) == ("2026-10-28.endive", "event", session.id)


def test_expire_closes_an_open_session_only(simulator: Simulator, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(an_order())

    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert [event["type"] for event in simulator.events()] == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        client.v1.checkout.sessions.expire(session.id)

    other = client.v1.checkout.sessions.create(an_order())
    simulator.pay(other.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        client.v1.checkout.sessions.expire(other.id)


def test_a_session_expires_by_the_clock(simulator: Simulator, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(an_order(lasts=1860))
    simulator.advance(seconds=1840)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    simulator.advance(seconds=21)

    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert [event["type"] for event in simulator.events()] == ["checkout.session.expired"]


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"success_url": "/kvittering/"}, "url_invalid", "success_url"),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"expires_at": int(time.time()) + 1790}, None, "expires_at"),
        ({"expires_at": int(time.time()) + 86460 + 3600}, None, "expires_at"),
        ({"line_items": [{"quantity": 1}]}, "parameter_missing", "line_items[0][price_data]"),
        ({"mode": "subscription"}, None, "mode"),
    ],
)
def test_what_stripe_does_not_take_is_an_error(
    client: stripe.StripeClient, change: dict[str, Any], code: str | None, param: str
) -> None:
    asked: Any = {name: value for name, value in (an_order() | change).items() if value is not None}
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.checkout.sessions.create(asked)

    assert (raised.value.http_status, raised.value.code, raised.value.param) == (400, code, param)
    assert raised.value.request_id


def test_an_amount_may_be_too_small(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"at least 2\.50 dkk") as raised:
        client.v1.checkout.sessions.create(an_order(amounts={"Fakturaklip": 249}))
    assert raised.value.code == "amount_too_small"


def test_what_does_not_exist_is_missing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as raised:
        client.v1.checkout.sessions.retrieve("cs_test_none")
    assert (raised.value.http_status, raised.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.v1.products.list()


def test_a_property_that_is_no_object_cannot_be_expanded(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(an_order())
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.checkout.sessions.retrieve(session.id, {"expand": ["amount_total"]})


def test_a_wrong_key_is_refused(simulator: Simulator) -> None:
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key") as raised:
        stripe_client(simulator, api_key="sk_test_somebody_else").v1.checkout.sessions.list()
    assert raised.value.http_status == 401
    assert requests.get(f"{simulator.url}/v1/charges", timeout=5).status_code == 401


def test_a_session_may_differ_from_what_was_asked_for(simulator: Simulator, client: stripe.StripeClient) -> None:
    simulator.corrupt(amount_total=100, currency="sek", livemode=True, client_reference_id="another")
    session = client.v1.checkout.sessions.create(an_order())
    simulator.pay(session.id)

    paid: Any = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (paid.amount_total, paid.currency, paid.livemode, paid.client_reference_id) == (100, "sek", True, "another")
    charge = paid.payment_intent.latest_charge
    assert (charge.amount, charge.currency, charge.livemode) == (100, "sek", True)

    simulator.corrupt(session=session.id, amount_total=200)
    again: Any = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (again.amount_total, again.payment_intent.latest_charge.amount) == (200, 200)
