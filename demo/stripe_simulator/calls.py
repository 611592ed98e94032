"""One call of the API: who makes it, how it may be spoilt, and what an idempotency key remembers of it."""

import hashlib
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, QueryDict

from demo.stripe_simulator import API_VERSION, Json, clock
from demo.stripe_simulator.errors import ApiError
from demo.stripe_simulator.forms import parse_form
from demo.stripe_simulator.objects import new_id
from demo.stripe_simulator.running import Running, running_in
from demo.stripe_simulator.store import Store

FAULTS = "faults"
_KEY_LIVES = 24 * 60 * 60
_LONGEST_KEY = 255


@dataclass
class Call:
    """A request to the API: `params` as it came, and `asked` when it has been checked."""

    running: Running
    id: str
    method: str
    path: str
    params: Json
    key: str
    version: str
    authorization: str
    asked: Json = field(default_factory=dict)

    @property
    def cause(self) -> Json:
        """What events name as the request that caused them."""
        return {"id": self.id, "idempotency_key": self.key or None}

    @property
    def fingerprint(self) -> str:
        """The same for the same call, and useless for anything else."""
        text = json.dumps([self.method, self.path, self.params], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a call is answered with."""

    status: int
    body: Json
    replayed: bool = False


def read_call(request: HttpRequest) -> Call:
    """Return the call that a request makes; ApiError never, so that each call can be logged."""
    posted = request.method == "POST"
    given = QueryDict(request.body) if posted else request.GET
    pairs = [(key, str(value)) for key, values in given.lists() for value in values]
    headers = request.headers
    return Call(
        running=running_in(request),
        id=new_id("req"),
        method=request.method or "",
        path=request.path,
        params=_parsed(pairs),
        key=headers.get("Idempotency-Key", "") if posted else "",
        version=headers.get("Stripe-Version", ""),
        authorization=headers.get("Authorization", ""),
    )


def _parsed(pairs: list[tuple[str, str]]) -> Json:
    try:
        return parse_form(pairs)
    except ApiError:
        # Contradicting keys: no parameter is called so, which makes the call fail as one with an unknown parameter.
        return dict(pairs)


def check_caller(call: Call) -> None:
    """Raise ApiError unless the key is right and the version is the one that the simulator speaks."""
    scheme, _, key = call.authorization.partition(" ")
    if scheme != "Bearer" or not key:
        message = "You did not provide an API key. Provide it in the Authorization header, using Bearer auth."
        raise ApiError(message, status=HTTPStatus.UNAUTHORIZED)
    if key != call.running.api_key:
        shown = f"{key[:8]}{'*' * 8}{key[-4:]}"
        raise ApiError(f"Invalid API Key provided: {shown}", status=HTTPStatus.UNAUTHORIZED)
    if call.version not in {"", API_VERSION}:
        raise ApiError(f"Invalid Stripe API version: {call.version}. The simulator speaks {API_VERSION}.")


def take_fault(store: Store, call: Call) -> Json | None:
    """Return how the call is to be spoilt, and count it."""
    faults: list[Json] = store.setting(FAULTS, [])
    found = next((fault for fault in faults if _concerns(fault, call)), None)
    if found is not None:
        found["times"] -= 1
        store.set_setting(FAULTS, [fault for fault in faults if fault["times"] > 0])
    return found


def _concerns(fault: Json, call: Call) -> bool:
    return fault["method"] in {"", call.method} and call.path.startswith(fault["path"])


def kept_answer(store: Store, call: Call) -> Answer | None:
    """Return what the call's idempotency key has been answered with; ApiError for another call with the key."""
    if len(call.key) > _LONGEST_KEY:
        raise ApiError(f"Idempotency-Key must be at most {_LONGEST_KEY} characters.", kind="idempotency_error")
    kept = store.find("answer", call.key)
    if kept is None or kept["created"] + _KEY_LIVES <= clock.now(store):
        return None
    if kept["fingerprint"] != call.fingerprint:
        message = (
            "Keys for idempotent requests can only be used for the same endpoint and with the same parameters they were"
            f" first used with. Try using a key other than '{call.key}' if you meant to execute a different request."
        )
        raise ApiError(message, kind="idempotency_error")
    return Answer(kept["status"], kept["body"], replayed=True)


def keep_answer(store: Store, call: Call, answer: Answer) -> None:
    """Remember the answer under the call's idempotency key; the same call again gets it."""
    kept: dict[str, Any] = {"fingerprint": call.fingerprint, "status": answer.status, "body": answer.body}
    store.put("answer", call.key, kept | {"created": clock.now(store)})


def key_in_flight(call: Call) -> ApiError:
    """Return the error for a key whose first call is still being carried out."""
    message = "There is currently another in-progress request using this Idempotent Key. Please try again later."
    return ApiError(message, status=HTTPStatus.CONFLICT, kind="idempotency_error", code="idempotency_key_in_use")
