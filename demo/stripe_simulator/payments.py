"""The life of a session: made, paid or declined, late, expired; and the events that tell of it."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from demo.stripe_simulator import Json, clock
from demo.stripe_simulator.cards import Decline, Method
from demo.stripe_simulator.errors import ApiError
from demo.stripe_simulator.events import NOBODY, record_event
from demo.stripe_simulator.objects import (
    customer_details,
    fail,
    new_charge,
    new_line_item,
    new_payment_intent,
    new_payment_method,
    new_session,
)
from demo.stripe_simulator.store import Store

LATE_NEXT = "late_next"
CORRUPT_NEXT = "corrupt_next"

_SHORTEST = 30 * 60
_LONGEST = 24 * 60 * 60
_SMALLEST = {"dkk": 250, "eur": 50, "sek": 300, "usd": 50}
_LARGEST = 99_999_999


class SessionIsNotOpen(Exception):
    """Only an open session can be paid."""


def create_session(store: Store, asked: Json, *, page: str) -> Json:
    """Make and return an open session for what was asked; `page` is the address below which its page lies."""
    created = clock.now(store)
    _check_expiry(asked.setdefault("expires_at", created + _LONGEST), created)
    items = [new_line_item(item, created=created) for item in asked["line_items"]]
    amount = sum(item["amount_total"] for item in items)
    _check_amount(amount, items)
    session = new_session(asked, page=page, amount=amount, created=created)
    store.put("checkout", session["id"], {"items": items, "payment_intent_data": asked.get("payment_intent_data", {})})
    store.put("session", session["id"], session)
    corrupt_session(store, session, store.setting(CORRUPT_NEXT, {}))
    store.set_setting(CORRUPT_NEXT, {})
    return session


def _check_expiry(expires_at: int, created: int) -> None:
    if not _SHORTEST <= expires_at - created <= _LONGEST:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise ApiError(message, param="expires_at")


def _check_amount(amount: int, items: list[Json]) -> None:
    if not items:
        raise ApiError("Missing required param: line_items.", code="parameter_missing", param="line_items")
    currency = items[0]["currency"]
    if any(item["currency"] != currency for item in items):
        raise ApiError("All line items must have the same currency.", param="line_items")
    least = _SMALLEST[currency]
    if amount < least:
        message = f"The Checkout Session's total amount due must add up to at least {least / 100:.2f} {currency}"
        raise ApiError(message, code="amount_too_small", param="line_items")
    if amount > _LARGEST:
        message = f"The Checkout Session's total amount due must be no more than {_LARGEST / 100:,.2f} {currency}"
        raise ApiError(message, code="amount_too_large", param="line_items")


def corrupt_session(store: Store, session: Json, fields: Json) -> None:
    """Make a session, and its payment and charge if there are any, differ from what was asked for."""
    session |= {name: fields[name] for name in fields if name not in _OF_A_CHARGE}
    store.put("session", session["id"], session)
    paid = {"amount" if name == "amount_total" else name: fields[name] for name in fields if name in _OF_A_PAYMENT}
    charged = paid | {name: fields[name] for name in fields if name in _OF_A_CHARGE}
    for thing in _paid_for(store, session) if charged else ():
        store.put(thing["object"], thing["id"], thing | (charged if thing["object"] == "charge" else paid))


_OF_A_PAYMENT = ("amount_total", "currency", "livemode")
_OF_A_CHARGE = ("amount_refunded", "refunded", "disputed")


def _paid_for(store: Store, session: Json) -> Iterator[Json]:
    payment = store.find("payment_intent", session["payment_intent"] or "")
    if payment:
        yield payment
        if payment["latest_charge"]:
            yield store.get("charge", payment["latest_charge"])


def expire_session(store: Store, session: Json, *, request: Json = NOBODY) -> Json:
    """Expire an open session and return it; an error as the API words it when it is not open."""
    if session["status"] != "open":
        message = (
            f'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
        raise ApiError(message, is_outcome=True)
    session.update(status="expired", url=None)
    store.put("session", session["id"], session)
    payment = store.find("payment_intent", session["payment_intent"] or "")
    if payment:
        payment.update(status="canceled", cancellation_reason="expired", canceled_at=clock.now(store), next_action=None)
        store.put("payment_intent", payment["id"], payment)
    record_event(store, "checkout.session.expired", session, request=request)
    return session


def expire_due_sessions(store: Store) -> None:
    """Expire the open sessions whose time has passed."""
    now = clock.now(store)
    for session in store.all("session"):
        if session["status"] == "open" and session["expires_at"] <= now:
            expire_session(store, session)


def ask_3d_secure(store: Store, session: Json, method: Method) -> None:
    """Wait for the answer of the card's owner before anything is paid."""
    _check_open(session)
    payment = _payment_of(store, session)
    payment["status"] = "requires_action"
    payment["next_action"] = {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": session["url"], "url": f"{session['url']}/3ds"},
    }
    store.put("payment_intent", payment["id"], payment)
    store.put("checkout", session["id"], store.get("checkout", session["id"]) | {"asked": asdict(method)})


def asked_method(store: Store, session: Json) -> Method | None:
    """Return the card that waits for an answer to 3-D Secure."""
    asked: dict[str, Any] | None = store.get("checkout", session["id"]).get("asked")
    if asked is None:
        return None
    decline = asked["decline"] and Decline(**asked["decline"])
    return Method(**(asked | {"decline": decline}))


def pay_session(store: Store, session: Json, method: Method) -> Decline | None:
    """Pay an open session, and return why it was declined, if it was; SessionIsNotOpen when it cannot be paid."""
    _check_open(session)
    store.put("checkout", session["id"], store.get("checkout", session["id"]) | {"asked": None})
    payment = _payment_of(store, session)
    payment["next_action"] = None
    if method.decline:
        _decline(store, session, payment, method, method.decline)
        return method.decline
    session.update(status="complete", url=None, customer_details=customer_details(session["customer_email"]))
    if store.setting(LATE_NEXT, False):
        _wait_for_outcome(store, session, payment, method)
    else:
        _succeed(store, session, payment, method)
    record_event(store, "checkout.session.completed", session)
    return None


def finish_late_payment(store: Store, session: Json, *, succeeds: bool) -> None:
    """Bring a late payment to its end; SessionIsNotOpen when the session waits for none."""
    payment = store.find("payment_intent", session["payment_intent"] or "")
    method = asked_method(store, session)
    if payment is None or payment["status"] != "processing" or method is None:
        raise SessionIsNotOpen(session["id"])
    if succeeds:
        _succeed(store, session, payment, method)
        record_event(store, "checkout.session.async_payment_succeeded", session)
    else:
        _decline(store, session, payment, method, _FAILED_LATE)
        record_event(store, "checkout.session.async_payment_failed", session)


_FAILED_LATE = Decline("card_declined", "generic_decline", "The payment failed.", "Betalingen mislykkedes.")


def _check_open(session: Json) -> None:
    if session["status"] != "open":
        raise SessionIsNotOpen(session["id"])


def _payment_of(store: Store, session: Json) -> Json:
    payment = store.find("payment_intent", session["payment_intent"] or "")
    if payment is None:
        data = store.get("checkout", session["id"])["payment_intent_data"]
        payment = new_payment_intent(session, data, created=clock.now(store))
        session["payment_intent"] = payment["id"]
        store.put("session", session["id"], session)
    return store.put("payment_intent", payment["id"], payment)


def _wait_for_outcome(store: Store, session: Json, payment: Json, method: Method) -> None:
    store.set_setting(LATE_NEXT, False)
    payment["status"] = "processing"
    store.put("payment_intent", payment["id"], payment)
    store.put("session", session["id"], session)
    store.put("checkout", session["id"], store.get("checkout", session["id"]) | {"asked": asdict(method)})


def _succeed(store: Store, session: Json, payment: Json, method: Method) -> None:
    charge = _charge(store, session, payment, method)
    payment.update(status="succeeded", amount_received=payment["amount"], last_payment_error=None)
    payment.update(latest_charge=charge["id"], payment_method=charge["payment_method"])
    session["payment_status"] = "paid"
    store.put("session", session["id"], session)
    record_event(store, "charge.succeeded", charge)
    record_event(store, "payment_intent.succeeded", store.put("payment_intent", payment["id"], payment))


def _decline(store: Store, session: Json, payment: Json, method: Method, decline: Decline) -> None:
    charge = _charge(store, session, payment, method)
    fail(charge, code=decline.code, decline_code=decline.decline_code, message=decline.message)
    payment.update(status="requires_payment_method", payment_method=None, latest_charge=charge["id"])
    payment["last_payment_error"] = {
        "charge": charge["id"],
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": decline.message,
        "payment_method": store.get("payment_method", charge["payment_method"]),
        "type": "card_error" if method.type == "card" else "invalid_request_error",
    }
    record_event(store, "payment_intent.payment_failed", store.put("payment_intent", payment["id"], payment))


def _charge(store: Store, session: Json, payment: Json, method: Method) -> Json:
    created, email = clock.now(store), session["customer_email"]
    used = new_payment_method(method, email=email, livemode=payment["livemode"], created=created)
    store.put("payment_method", used["id"], used)
    charge = new_charge(payment, method, payment_method=used, created=created)
    return store.put("charge", charge["id"], charge)
