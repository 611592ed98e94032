"""The control API for tests, below `/_control/`: JSON in and out. tests/simulator.py is its client and says what each
call does."""

import copy
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from demo.stripe_simulator import Json, calls, clock
from demo.stripe_simulator.cards import MOBILEPAY, Refused, read_card
from demo.stripe_simulator.events import (
    DROP_NEXT,
    DUPLICATE_NEXT,
    deliver_again,
    deliver_in_reverse,
    mark_delivered,
)
from demo.stripe_simulator.payments import (
    CORRUPT_NEXT,
    LATE_NEXT,
    SessionIsNotOpen,
    corrupt_session,
    expire_due_sessions,
    expire_session,
    finish_late_payment,
    pay_session,
)
from demo.stripe_simulator.running import Running, running_in
from demo.stripe_simulator.webhooks import HELD, LOOPBACK, SECRETS, TARGET, signed_delivery


@csrf_exempt
def answer(request: HttpRequest, what: str) -> JsonResponse:
    """Do what a test asks for."""
    running = running_in(request)
    steps = what.split("/")
    try:
        if request.method == "GET":
            return JsonResponse({"data": _READS[what](running, request)})
        # No page of another site can make a browser send this type without asking first.
        if request.content_type != "application/json":
            return _error("Send JSON.")
        asked = json.loads(request.body)
        with running.changing():
            if len(steps) == _STEPS_OF_A_SESSION:
                return JsonResponse(_change_session(running, steps[1], steps[2], asked))
            done = _CHANGES[what](running, **asked)
        return JsonResponse(done or {})
    except (KeyError, TypeError, ValueError, Refused, SessionIsNotOpen) as error:
        return _error(f"{type(error).__name__}: {error}")


_STEPS_OF_A_SESSION = 3


def _error(sentence: str) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=400)


def _reset(running: Running, *, webhook: str, secrets: list[str]) -> None:
    running.store.empty()
    running.requests.clear()
    _deliver_to(running, url=webhook)
    _set_secrets(running, secrets=secrets)


def _advance(running: Running, *, seconds: int) -> Json:
    clock.advance(running.store, seconds=seconds)
    expire_due_sessions(running.store)
    return {"now": clock.now(running.store)}


def _deliver_to(running: Running, *, url: str) -> None:
    if url and (urlsplit(url).scheme != "http" or urlsplit(url).hostname not in LOOPBACK):
        raise ValueError("an http address on this machine, please")
    running.store.set_setting(TARGET, url)
    running.webhooks.forget_waits()


def _hold(running: Running) -> None:
    running.store.set_setting(HELD, True)


def _release(running: Running, *, reverse: bool) -> None:
    if reverse:
        deliver_in_reverse(running.store)
    running.store.set_setting(HELD, False)
    running.webhooks.forget_waits()


def _duplicate(running: Running) -> None:
    running.store.set_setting(DUPLICATE_NEXT, 1)


def _drop(running: Running, *, count: int) -> None:
    running.store.set_setting(DROP_NEXT, count)


def _resend(running: Running, *, event: str) -> None:
    deliver_again(running.store, running.store.get("event", event))


def _fail(running: Running, *, kind: str, times: int, seconds: float, method: str, path: str) -> None:
    if kind not in {"500", "slow", "timeout", "error_after"}:
        raise ValueError(f"no such fault: {kind}")
    fault = {"kind": kind, "times": times, "seconds": seconds, "method": method, "path": path}
    running.store.set_setting(calls.FAULTS, [*running.store.setting(calls.FAULTS, []), fault])


def _late(running: Running) -> None:
    running.store.set_setting(LATE_NEXT, True)


def _set_secrets(running: Running, *, secrets: list[str]) -> None:
    running.store.set_setting(SECRETS, secrets)


_CORRUPTIBLE = {
    *("amount_total", "currency", "livemode", "client_reference_id"),
    *("amount_refunded", "refunded", "disputed"),
}


def _corrupt(running: Running, *, session: str, fields: Json) -> None:
    if not fields.keys() <= _CORRUPTIBLE:
        raise ValueError(f"only {', '.join(sorted(_CORRUPTIBLE))}, please")
    if session:
        corrupt_session(running.store, running.store.get("session", session), fields)
    else:
        running.store.set_setting(CORRUPT_NEXT, fields)


def _delivered(running: Running, *, deliveries: list[str]) -> None:
    for name in deliveries:
        mark_delivered(running.store, name)


_CHANGES: dict[str, Callable[..., Json | None]] = {
    "reset": _reset,
    "clock": _advance,
    "webhook": _deliver_to,
    "hold": _hold,
    "release": _release,
    "duplicate": _duplicate,
    "drop": _drop,
    "resend": _resend,
    "fail": _fail,
    "late": _late,
    "secrets": _set_secrets,
    "corrupt": _corrupt,
    "delivered": _delivered,
}


def _change_session(running: Running, name: str, verb: str, asked: Json) -> Json:
    """Pay, expire or finish a session, and return it."""
    session = running.store.get("session", name)
    outcome: Json = {}
    if verb == "pay":
        outcome["error"] = _pay(running, session, **asked)
    elif verb == "finish":
        finish_late_payment(running.store, session, succeeds=asked["succeeds"])
    elif session["status"] == "open":
        expire_session(running.store, session)
    return {**copy.deepcopy(session), "simulator": outcome}


def _pay(running: Running, session: Json, *, card: str, approve: bool) -> str:
    """Return the code of what went wrong; an empty text when the session is paid."""
    method = MOBILEPAY
    if card:
        cvc = "1234" if card.startswith("3") else "123"
        blocked = session["payment_method_options"]["card"].get("restrictions", {}).get("brands_blocked", [])
        method = read_card(number=card, expiry="12/34", cvc=cvc, blocked=blocked, today=(0, 0))
    if method.type not in session["payment_method_types"]:
        raise Refused(f"The session does not allow {method.type}.")
    if method.asks_3d_secure or method.type == "mobilepay":
        method = method.answered(approved=approve)
    decline = pay_session(running.store, session, method)
    return decline.code if decline else ""


def _deliveries(running: Running, request: HttpRequest) -> list[Json]:
    timestamp = int(request.GET["timestamp"]) if "timestamp" in request.GET else None
    found = []
    with running.changing() as store:
        for delivery in store.all("delivery"):
            body, signature = signed_delivery(store, delivery, timestamp=timestamp)
            kind = store.get("event", delivery["event"])["type"]
            found.append({**delivery, "type": kind, "body": body.decode(), "signature": signature})
    return found


def _sessions(running: Running, request: HttpRequest) -> list[Json]:
    with running.changing() as store:
        return copy.deepcopy(store.all("session"))


def _events(running: Running, request: HttpRequest) -> list[Json]:
    with running.changing() as store:
        return copy.deepcopy(store.all("event"))


def _requests(running: Running, request: HttpRequest) -> list[Any]:
    return list(running.requests)


_READS: dict[str, Callable[[Running, HttpRequest], list[Any]]] = {
    "deliveries": _deliveries,
    "sessions": _sessions,
    "events": _events,
    "requests": _requests,
}
