"""What the shop sends to Stripe: as Stripe documents it, to the øre, and the same each time."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from jsonschema import Draft202012Validator

from accounts.models import User
from billing.gateway import StripeUnavailable
from billing.models import CardType, Order, PaymentMethod
from billing.services.fulfilling import fulfil
from billing.services.paying import close_attempt
from catalog.models import Product
from tests.card.shop import SESSIONS, open_page
from tests.factories import place, support
from tests.simulator import API_KEY, Simulator

pytestmark = pytest.mark.django_db

SCHEMA = Path(__file__).resolve().parents[3] / "shared" / "stripe" / "schema.json"
ALL_BRANDS = {"visa", "mastercard", "american_express", "discover_global_network"}


def closed(shape: Any) -> Any:
    """Return the shape without room for keys that it does not name."""
    if isinstance(shape, list):
        return [closed(each) for each in shape]
    if not isinstance(shape, dict):
        return shape
    inner = {name: closed(each) for name, each in shape.items()}
    if isinstance(inner.get("properties"), dict):
        inner.setdefault("additionalProperties", False)
    return inner


@pytest.fixture(scope="module")
def creating() -> Draft202012Validator:
    """The shape of a request for a session, in which an unknown key is an error."""
    if not SCHEMA.exists():
        pytest.skip("The shapes of Stripe's API are not on this machine: shared/stripe/schema.json")
    schema = json.loads(SCHEMA.read_text())
    return Draft202012Validator(closed({"$defs": schema["$defs"], **schema["roots"]["checkout.session.create"]}))


def created(stripe: Simulator) -> list[dict[str, Any]]:
    return stripe.requests(method="POST", path=SESSIONS)


@pytest.mark.parametrize("card_type", CardType.values)
def test_request_for_a_session_is_as_stripe_documents_it(
    stripe: Simulator, order: Order, creating: Draft202012Validator, card_type: str
) -> None:
    open_page(order, CardType(card_type))
    [call] = created(stripe)
    assert [error.message for error in creating.iter_errors(call["params"])] == []
    assert (call["status"], call["api_version"]) == (200, "2026-10-28.endive")
    spoilt = {**copy.deepcopy(call["params"]), "payment_method_types": ["card"]}
    assert list(creating.iter_errors(spoilt))


def test_other_requests_ask_for_nothing_but_what_they_name(stripe: Simulator, order: Order) -> None:
    session = open_page(order)
    fulfil(session)
    close_attempt(order.attempts.get())
    assert [(call["method"], call["path"], call["params"]) for call in stripe.requests()[1:]] == [
        ("GET", f"{SESSIONS}/{session}", {"expand": ["payment_intent.latest_charge"]}),
        ("POST", f"{SESSIONS}/{session}/expire", {}),
        ("GET", f"{SESSIONS}/{session}", {"expand": ["payment_intent.latest_charge"]}),
    ]
    assert {call["status"] for call in stripe.requests()} == {200}


def test_request_says_what_is_bought_in_ore_and_whose_it_is(
    stripe: Simulator, user: User, fakturaklip: Product
) -> None:
    order = place(user, (fakturaklip, 1000), (support(), 2), method=PaymentMethod.CARD).order
    open_page(order)
    [call] = created(stripe)
    params, attempt = call["params"], order.attempts.get()
    items = [(each["price_data"]["product_data"]["name"], each["price_data"]) for each in params["line_items"]]
    assert [(name, data["unit_amount"], data["currency"]) for name, data in items] == [
        ("1.000 stk. Fakturaklip", 225_000, "dkk"),
        ("2 time B2B fakturamodtagersupport", 170_000, "dkk"),
        ("Moms", 98_750, "dkk"),
    ]
    assert stripe.sessions()[0]["amount_total"] == 493_750 == order.total * 100
    own = {"order": str(order.pk), "attempt": str(attempt.pk), "key": str(attempt.key)}
    assert (params["metadata"], params["payment_intent_data"]["metadata"]) == (own, own)
    assert params["client_reference_id"] == str(order.pk)
    assert user.email not in json.dumps(call)
    assert params["success_url"] == f"http://testserver/ordrer/{order.pk}/betal/retur/?session={{CHECKOUT_SESSION_ID}}"
    assert params["cancel_url"] == f"http://testserver/ordrer/{order.pk}/betal/?afbrudt=1"
    assert call["idempotency_key"] == str(attempt.key)


@pytest.mark.parametrize("card_type", ["visa", "mastercard", "american_express"])
def test_page_for_a_card_type_takes_no_other_brand(stripe: Simulator, order: Order, card_type: str) -> None:
    open_page(order, CardType(card_type))
    params = created(stripe)[0]["params"]
    restrictions = params["payment_method_options"]["card"]["restrictions"]
    assert set(restrictions["brands_blocked"]) == ALL_BRANDS - {card_type}
    assert params["allowed_payment_method_types"] == ["card"]


def test_page_for_mobilepay_takes_no_card(stripe: Simulator, order: Order) -> None:
    open_page(order, CardType.MOBILEPAY)
    params = created(stripe)[0]["params"]
    assert params["allowed_payment_method_types"] == ["mobilepay"]
    assert "payment_method_options" not in params


def test_repeated_request_is_the_same_to_the_byte_whatever_changed_since(
    stripe: Simulator, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = sent_bodies(monkeypatch)
    stripe.fail_next("500", times=2, method="POST", path=SESSIONS)
    with pytest.raises(StripeUnavailable):
        open_page(order)
    User.objects.filter(pk=order.placed_by_id).update(email="ny@firma.example")
    Product.objects.update(name="Et andet navn")
    with override_settings(SITE_URL="https://nyt.example"):
        open_page(Order.objects.get(pk=order.pk))
    assert len(bodies) == 3
    assert len(set(bodies)) == 1
    assert b"ny%40firma" not in bodies[0]
    assert len(stripe.sessions()) == 1


def sent_bodies(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Write down each body that leaves the shop, on its way through the library that carries it."""
    bodies: list[bytes] = []
    sessions = pytest.importorskip("requests").sessions
    send = sessions.Session.send

    def watched(own: Any, request: Any, **settings: Any) -> Any:
        if API_KEY in request.headers.get("Authorization", "") and request.method == "POST":
            bodies.append(request.body if isinstance(request.body, bytes) else str(request.body).encode())
        return send(own, request, **settings)

    monkeypatch.setattr(sessions.Session, "send", watched)
    return bodies
