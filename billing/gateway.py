"""Stripe: the only module that talks to it. Øre as whole numbers live here and nowhere else.

Every call may take seconds, so none belongs inside a database transaction. What comes back are plain values; what the
shop makes of them is decided by `billing.services`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from threading import BoundedSemaphore
from typing import Any

import stripe
from django.conf import settings

API_VERSION = "2026-10-28.endive"
# Stripe answers in a second or two. Who waits longer holds a thread of the web server, and each call can be repeated.
SECONDS_FOR_A_CALL = 6.0
_SECONDS_TO_CONNECT = 3.05
_RETRIES = 1
# While Stripe hangs, half of a web process's threads go on serving everybody else.
_MOST_CALLS_AT_ONCE = BoundedSemaphore(2)
_SECONDS_FOR_A_TURN = 3.0
# What Stripe takes for one payment in Danish kroner: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
SMALLEST_PAYMENT = Decimal("2.50")
LARGEST_PAYMENT = Decimal("999999.99")

stripe.enable_telemetry = False


class StripeTrouble(Exception):
    """Stripe did not do what was asked; the text says what it answered, without anything personal."""


class StripeUnavailable(StripeTrouble):
    """Stripe could not be asked or did not answer: whether it acted is unknown. Ask again, with the same key."""


class StripeRefused(StripeTrouble):
    """Stripe answered that it will not do this."""


class SessionUnknown(StripeRefused):
    """Stripe knows no such session."""


class SessionNotOpen(StripeRefused):
    """The session is complete or expired already: look at it to learn which."""


class BadEvent(Exception):
    """What was sent to the webhook is not an event that Stripe signed for this shop, now."""


@dataclass(frozen=True)
class Session:
    """A Checkout Session as Stripe sees it now. `amount` is kroner with VAT."""

    id: str
    status: str
    payment_status: str
    amount: Decimal
    currency: str
    livemode: bool
    url: str
    order_reference: str
    metadata: Mapping[str, str]
    payment_intent_id: str
    intent_status: str
    paid_at: datetime | None
    paid_with: str
    refusal: str
    is_refunded: bool
    is_disputed: bool

    @property
    def is_paid(self) -> bool:
        """Whether the money is there."""
        return self.status == "complete" and self.payment_status == "paid"

    @property
    def has_failed(self) -> bool:
        """Whether the session was completed, but its money will never come."""
        return self.status == "complete" and self.intent_status in {"requires_payment_method", "canceled"}

    @property
    def summary(self) -> str:
        """What Stripe said, in a line for staff."""
        said = [f"{self.status}/{self.payment_status}", self.paid_with, self.refusal]
        return ", ".join(part for part in said if part)


@dataclass(frozen=True)
class Event:
    """A signed event. Only what it is about is believed; how that stands now is asked from Stripe."""

    id: str
    type: str
    livemode: bool
    happened_at: datetime
    object_id: str
    session_id: str
    payment_intent_id: str


def is_live() -> bool:
    """Whether the shop takes real money."""
    return "_live_" in settings.STRIPE_API_KEY


def to_ore(kroner: Decimal) -> int:
    """Return kroner as øre; the amount has no fraction of an øre."""
    return int(kroner * 100)


def create_session(parameters: Mapping[str, Any], *, key: str) -> Session:
    """Make a session. The same key with the same parameters answers with the same session, for a day.

    Raises StripeUnavailable and StripeRefused.
    """
    sessions = _client().v1.checkout.sessions
    # PostgreSQL keeps JSON, but not the order of its names: sorted, a repeated call is the same to the byte.
    body = json.loads(json.dumps(parameters, sort_keys=True))
    return _session(_answer(lambda: sessions.create(body, {"idempotency_key": key})))


def retrieve_session(session_id: str, *, impatient: bool = False) -> Session:
    """Return the session as it is now; who is impatient asks once, not twice.

    Raises SessionUnknown, StripeUnavailable, StripeRefused.
    """
    sessions = _client(0 if impatient else _RETRIES).v1.checkout.sessions
    return _session(_answer(lambda: sessions.retrieve(session_id, {"expand": ["payment_intent.latest_charge"]})))


def expire_session(session_id: str) -> Session:
    """Close the session, so that nobody can pay it. Raises SessionNotOpen when it is closed or paid already."""
    sessions = _client().v1.checkout.sessions
    try:
        return _session(_answer(lambda: sessions.expire(session_id)))
    except SessionUnknown:
        raise
    except StripeRefused as refusal:
        raise SessionNotOpen(str(refusal)) from refusal


def find_session(key: str, *, created_after: datetime) -> Session | None:
    """Return the session that was made with the key although its answer never came; None when there is none."""
    for found in _pages({"created": {"gte": int(created_after.timestamp())}}):
        if _text_map(found.metadata).get("key") == key:
            return _session(found)
    return None


def complete_sessions(created_after: datetime) -> Iterator[Session]:
    """Yield the sessions of the account that were made since and are complete, with their payments, the newest first.

    Other systems' are among them, and those that are not paid yet. Raises StripeUnavailable and StripeRefused.
    """
    since = {"gte": int(created_after.timestamp())}
    asked = {"created": since, "status": "complete", "expand": ["data.payment_intent.latest_charge"]}
    return map(_session, _pages(asked))


def _pages(asked: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what a list of sessions holds, page by page."""
    sessions = _client().v1.checkout.sessions
    following: dict[str, Any] = {**asked, "limit": 100}
    while True:
        page = _answer(lambda asked=following: sessions.list(asked))
        yield from page.data
        if not page.has_more:
            return
        following = {**following, "starting_after": page.data[-1].id}


def session_of_payment(payment_intent_id: str) -> str:
    """Return the id of the session that the payment belongs to; an empty text when it belongs to none."""
    sessions = _client().v1.checkout.sessions
    page = _answer(lambda: sessions.list({"payment_intent": payment_intent_id, "limit": 1}))
    return str(page.data[0].id) if page.data else ""


def read_event(payload: bytes, signature: str) -> Event:
    """Return the event of a webhook call, once a known secret is shown to have signed it within five minutes.

    Raises BadEvent.
    """
    try:
        text = payload.decode()
        _verify(text, signature)
        return _event(json.loads(text))
    except stripe.SignatureVerificationError as error:
        raise BadEvent("signature") from error
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise BadEvent("content") from error


def _verify(text: str, signature: str) -> None:
    """Accept any of the secrets: while one is rolled there are two."""
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(text, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE)
            return
        except stripe.SignatureVerificationError:
            continue
    raise stripe.SignatureVerificationError("no secret fits", signature)  # type: ignore[no-untyped-call]


def _event(content: dict[str, Any]) -> Event:
    thing = content["data"]["object"]
    kind, intent = str(thing["object"]), thing.get("payment_intent")
    identity = str(thing.get("id") or "")  # a balance has none
    if not str(content["id"]):
        raise ValueError("an event has an id")
    return Event(
        id=str(content["id"]),
        type=str(content["type"]),
        livemode=content["livemode"] is True,
        happened_at=datetime.fromtimestamp(int(content["created"]), UTC),
        object_id=identity,
        session_id=identity if kind == "checkout.session" else "",
        payment_intent_id=identity if kind == "payment_intent" else str(intent or ""),
    )


@cache
def _client_for(api_key: str, base: str, retries: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        api_key,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else {},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=(_SECONDS_TO_CONNECT, SECONDS_FOR_A_CALL)),
    )


def _client(retries: int = _RETRIES) -> stripe.StripeClient:
    return _client_for(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE, retries)


def _answer(call: Any) -> Any:
    """Make the call when it is its turn, and tell what Stripe's many errors mean for the shop."""
    if not _MOST_CALLS_AT_ONCE.acquire(timeout=_SECONDS_FOR_A_TURN):
        raise StripeUnavailable("too many calls are waiting for Stripe")
    try:
        return call()
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise SessionUnknown(_said(error)) from error
        raise StripeRefused(_said(error)) from error
    except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as error:
        raise StripeUnavailable(_said(error)) from error
    except stripe.StripeError as error:
        if error.http_status == 409:  # noqa: PLR2004 (the same call is still being carried out)
            raise StripeUnavailable(_said(error)) from error
        raise StripeRefused(_said(error)) from error
    finally:
        _MOST_CALLS_AT_ONCE.release()


def _said(error: stripe.StripeError) -> str:
    """Return what kind of error it is and Stripe's number for the request; its sentence may quote what was sent."""
    known = (type(error).__name__, error.code, getattr(error, "param", None), error.request_id)
    return " ".join(str(part) for part in known if part)[:300]


def _session(found: Any) -> Session:
    intent: Any = found.payment_intent if isinstance(found.payment_intent, stripe.StripeObject) else None
    charge: Any = intent.latest_charge if intent is not None and not isinstance(intent.latest_charge, str) else None
    return Session(
        id=found.id,
        status=str(found.status),
        payment_status=str(found.payment_status),
        amount=_kroner(found.amount_total),
        currency=str(found.currency),
        livemode=bool(found.livemode),
        url=str(found.url or ""),
        order_reference=str(found.client_reference_id or ""),
        metadata=_text_map(found.metadata),
        payment_intent_id=str(intent.id if intent is not None else found.payment_intent or ""),
        intent_status=str(intent.status) if intent is not None else "",
        paid_at=datetime.fromtimestamp(charge.created, UTC) if charge is not None and charge.paid else None,
        paid_with=_paid_with(charge),
        refusal=_refusal(intent),
        is_refunded=charge is not None and bool(charge.amount_refunded),
        is_disputed=charge is not None and bool(charge.disputed),
    )


def _kroner(ore: int | None) -> Decimal:
    return Decimal(ore or 0) / 100


def _text_map(found: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.to_dict().items()} if found else {}


def _paid_with(charge: Any) -> str:
    details = charge.payment_method_details if charge is not None else None
    if details is None:
        return ""
    if details.type == "card" and details.card is not None:
        return f"{details.card.brand} •••• {details.card.last4}"
    return str(details.type)


def _refusal(intent: Any) -> str:
    error = intent.last_payment_error if intent is not None and "last_payment_error" in intent else None
    if error is None:
        return ""
    said = error.to_dict()  # a StripeObject has no `get`
    parts = (said[name] for name in ("code", "decline_code") if said.get(name))
    return "afvist: " + " ".join(map(str, parts))
