"""The API below `/v1/`: sessions are made, read and expired; payments, charges and events are read."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from demo.stripe_simulator import API_VERSION, Json, calls, parameters
from demo.stripe_simulator.answers import expanded, line_items, page_of
from demo.stripe_simulator.calls import Answer, Call
from demo.stripe_simulator.errors import ApiError, no_such
from demo.stripe_simulator.forms import Fields
from demo.stripe_simulator.payments import create_session, expire_session
from demo.stripe_simulator.store import Kind

_BROKEN = ApiError("An unknown error occurred.", status=HTTPStatus.INTERNAL_SERVER_ERROR, kind="api_error")


@csrf_exempt
def answer_call(request: HttpRequest) -> HttpResponseBase:
    """Carry a call out, or spoil it as a test has asked for, and answer."""
    call = calls.read_call(request)
    with call.running.changing() as store:
        fault = calls.take_fault(store, call) or {"kind": "", "seconds": 0}
    if fault["kind"] == "500":
        answer = Answer(_BROKEN.status, _BROKEN.body)
    else:
        answer = _carry_out(call, wait=fault["seconds"] if fault["kind"] == "slow" else 0)
    if fault["kind"] == "error_after":
        answer = replace(answer, status=_BROKEN.status, body=_BROKEN.body)
    _remember(call, answer, status=0 if fault["kind"] == "timeout" else answer.status)
    if fault["kind"] == "timeout":
        return StreamingHttpResponse(map(_hang_up_after, [fault["seconds"]]))
    return _response(call, answer)


def _carry_out(call: Call, *, wait: float) -> Answer:
    try:
        calls.check_caller(call)
        if call.key:
            return _carry_out_once(call, wait=wait)
        time.sleep(wait)
        return Answer(HTTPStatus.OK, _perform(call))
    except ApiError as error:
        return Answer(error.status, error.body)


def _carry_out_once(call: Call, *, wait: float) -> Answer:
    """Carry a call with an idempotency key out, unless that has been done or is being done."""
    running = call.running
    with running.flight:
        with running.changing() as store:
            kept = calls.kept_answer(store, call)
        if kept:
            return kept
        if call.key in running.keys_in_flight:
            raise calls.key_in_flight(call)
        running.keys_in_flight.add(call.key)
    try:
        time.sleep(wait)
        with running.changing() as store:
            try:
                answer = Answer(HTTPStatus.OK, _perform(call))
            except ApiError as error:
                if not error.is_outcome:
                    raise
                answer = Answer(error.status, error.body)
            calls.keep_answer(store, call, answer)
        return answer
    finally:
        with running.flight:
            running.keys_in_flight.discard(call.key)


def _perform(call: Call) -> Json:
    """Do what the call asks for and return the object or the list."""
    route, found = _route(call)
    with call.running.changing() as store:
        call.asked = route.accepts.clean(call.params)
        answer = route.handler(call, **found.groupdict())
        return expanded(store, answer, call.asked.get("expand", ()))


def _create_session(call: Call) -> Json:
    asked = {name: value for name, value in call.asked.items() if name != "expand"}
    return create_session(call.running.store, asked, page=call.running.page)


def _expire_session(call: Call, name: str) -> Json:
    return expire_session(call.running.store, _get(call, "session", name), request=call.cause)


def _list_sessions(call: Call) -> Json:
    return _list(call, "session", "status", "payment_intent")


def _list_line_items(call: Call, name: str) -> Json:
    items = line_items(call.running.store, _get(call, "session", name)["id"])
    return page_of(items["data"], call.asked, url=call.path)


def _list_events(call: Call) -> Json:
    types = call.asked.get("types", [])
    return _list(call, "event", "type", keep=lambda event: not types or event["type"] in types)


def _get(call: Call, kind: Kind, name: str) -> Json:
    found = call.running.store.find(kind, name)
    if found is None:
        word, param = _WORDS[kind]
        raise no_such(word, name, param=param)
    return found


_WORDS: dict[Kind, tuple[str, str]] = {
    "session": ("checkout.session", "session"),
    "payment_intent": ("payment_intent", "intent"),
    "charge": ("charge", "id"),
    "event": ("event", "id"),
}


def _list(call: Call, kind: Kind, *filters: str, keep: Callable[[Json], bool] = lambda _: True) -> Json:
    asked = {name: call.asked[name] for name in filters if name in call.asked}
    newest_first = reversed(call.running.store.all(kind))
    rows = [one for one in newest_first if keep(one) and all(one[name] == asked[name] for name in asked)]
    return page_of(rows, call.asked, url=call.path)


class _Route(NamedTuple):
    method: str
    path: str
    accepts: Fields
    handler: Callable[..., Json]


def _reads(path: str, kind: Kind, accepts: Fields, *filters: str) -> list[_Route]:
    """Return the routes of a kind that can only be read."""
    return [
        _Route("GET", path, accepts, lambda call: _list(call, kind, *filters)),
        _Route("GET", f"{path}/(?P<name>[^/]+)", parameters.NOTHING_MORE, lambda call, name: _get(call, kind, name)),
    ]


_SESSIONS = "/v1/checkout/sessions"
_SESSION = f"{_SESSIONS}/(?P<name>[^/]+)"
_ROUTES = [
    _Route("POST", _SESSIONS, parameters.CREATE_SESSION, _create_session),
    _Route("POST", f"{_SESSION}/expire", parameters.NOTHING_MORE, _expire_session),
    _Route("GET", f"{_SESSION}/line_items", parameters.LIST_LINE_ITEMS, _list_line_items),
    _Route("GET", _SESSIONS, parameters.LIST_SESSIONS, _list_sessions),
    _Route("GET", _SESSION, parameters.NOTHING_MORE, lambda call, name: _get(call, "session", name)),
    _Route("GET", "/v1/events", parameters.LIST_EVENTS, _list_events),
    *_reads("/v1/payment_intents", "payment_intent", parameters.LIST_PAYMENT_INTENTS),
    *_reads("/v1/charges", "charge", parameters.LIST_CHARGES, "payment_intent"),
    *_reads("/v1/events", "event", parameters.LIST_EVENTS)[1:],
]


def _route(call: Call) -> tuple[_Route, re.Match[str]]:
    for route in _ROUTES:
        found = re.fullmatch(route.path, call.path)
        if found and route.method == call.method:
            return route, found
    raise ApiError(f"Unrecognized request URL ({call.method}: {call.path}).", status=HTTPStatus.NOT_FOUND)


def _remember(call: Call, answer: Answer, *, status: int) -> None:
    call.running.requests.append(
        {
            "id": call.id,
            "method": call.method,
            "path": call.path,
            "params": call.asked or call.params,
            "idempotency_key": call.key,
            "api_version": call.version,
            "status": status,
            "body": answer.body,
            "replayed": answer.replayed,
        }
    )


def _hang_up_after(seconds: float) -> bytes:
    """Never answer: the server closes the connection of an answer that is broken off."""
    time.sleep(seconds)
    raise ConnectionAbortedError


def _response(call: Call, answer: Answer) -> HttpResponse:
    headers = {"Request-Id": call.id, "Stripe-Version": API_VERSION, "Cache-Control": "no-cache, no-store"}
    if call.key:
        headers["Idempotency-Key"] = call.key
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    text = json.dumps(answer.body, ensure_ascii=False)
    return HttpResponse(text, status=answer.status, headers=headers, content_type="application/json")
