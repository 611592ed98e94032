"""A client for the Stripe simulator's control API, and the fixtures that start one.

`simulator` is an empty one, `stripe` is the same after the shop was told to take it for Stripe.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal, cast

import pytest
import requests
from django.test import override_settings
from jsonschema import Draft202012Validator
from stripe import RequestsClient, StripeClient

Json = dict[str, Any]

API_KEY = "sk_test_simulator"
WEBHOOK_SECRET = "whsec_simulator"
VISA = "4242424242424242"
MASTERCARD = "5555555555554444"
AMEX = "378282246310005"
DECLINED = "4000000000000002"
NO_FUNDS = "4000000000009995"
EXPIRED = "4000000000000069"
WRONG_CVC = "4000000000000127"
THREE_D_SECURE = "4000002760003184"
THREE_D_SECURE_DECLINED = "4000008400001629"
DISPUTED_LATER = "4000000000000259"

_ROOT = Path(__file__).resolve().parent.parent
_SCHEMA = _ROOT.parent / "shared" / "stripe" / "schema.json"
_SECONDS = 30.0

Fault = Literal["500", "slow", "timeout", "error_after"]


@dataclass(frozen=True)
class Delivery:
    """A webhook that waits, as a signed request: post `body` with the header `Stripe-Signature: signature`."""

    id: str
    event: str
    type: str
    body: bytes
    signature: str
    attempts: int


class Simulator:
    """One running simulator. Where no other unit is named, times are seconds and amounts are øre."""

    def __init__(self, url: str, api_key: str = API_KEY) -> None:
        self.url = url
        self.api_key = api_key

    def reset(self, *, webhook: str = "", secrets: Sequence[str] = (WEBHOOK_SECRET,)) -> None:
        """Forget everything, and deliver webhooks to the address from now on; without one they wait."""
        self._control("reset", webhook=webhook, secrets=list(secrets))

    def advance(self, *, seconds: int) -> int:
        """Move the simulator's clock, let sessions expire by it, and return its time (Unix seconds)."""
        return cast(int, self._control("clock", seconds=seconds)["now"])

    def deliver_to(self, url: str) -> None:
        """Deliver webhooks to the address from now on, those that wait included; with an empty one they wait."""
        self._control("webhook", url=url)

    def hold(self) -> None:
        """Keep webhooks waiting until `release`."""
        self._control("hold")

    def release(self, *, reverse: bool = False) -> None:
        """Deliver what waits, in the order of events or the reverse of it."""
        self._control("release", reverse=reverse)

    def duplicate_next(self) -> None:
        """Deliver the next event twice."""
        self._control("duplicate")

    def drop_next(self, *, count: int = 1) -> None:
        """Never deliver the next events (they can still be resent)."""
        self._control("drop", count=count)

    def resend(self, event: str) -> None:
        """Deliver an event once more."""
        self._control("resend", event=event)

    def fail_next(self, kind: Fault, *, times: int = 1, seconds: float = 30, method: str = "", path: str = "") -> None:
        """Spoil the next API calls (of a method, or to paths that begin with `path`, where given).

        `500`: nothing is carried out, the answer is 500. `slow`: it takes `seconds`, and its idempotency key is in
        flight meanwhile. `timeout`: it is carried out, but the connection hangs for `seconds` and closes without an
        answer. `error_after`: it is carried out, but the answer is 500. stripe-python tries again by itself: `times`.
        """
        self._control("fail", kind=kind, times=times, seconds=seconds, method=method, path=path)

    def make_next_payment_late(self) -> None:
        """Let the next payment complete its session unpaid, until `finish_late`."""
        self._control("late")

    def finish_late(self, session: str, *, succeeds: bool) -> Json:
        """Let a late payment succeed or fail, and return the session."""
        return self._control(f"sessions/{session}/finish", succeeds=succeeds)

    def roll_secrets(self, *secrets: str) -> None:
        """Sign with these secrets from now on, with one `v1` each."""
        self._control("secrets", secrets=list(secrets))

    def pay(self, session: str, *, card: str = VISA, mobilepay: bool = False, approve: bool = True) -> Json:
        """Pay a session as the hosted page does, and return it.

        `approve` is the answer to 3-D Secure or in MobilePay. A payment that fails raises nothing: look at the
        session's `status`. An empty `error` in the answer's `simulator` means that it went well.
        """
        return self._control(f"sessions/{session}/pay", card="" if mobilepay else card, approve=approve)

    def expire(self, session: str) -> Json:
        """Expire an open session at once, as if its time had passed, and return it."""
        return self._control(f"sessions/{session}/expire")

    def corrupt(self, *, session: str = "", **fields: Any) -> None:
        """Make fields of a session, or of the next one that is made, differ from what was asked for.

        Fields: `amount_total` (øre), `currency`, `livemode`, `client_reference_id`, which payment and charge follow;
        `amount_refunded` (øre), `refunded`, `disputed` of the charge, as if that had happened at Stripe.
        """
        self._control("corrupt", session=session, fields=fields)

    def requests(self, *, method: str = "", path: str = "") -> list[Json]:
        """Return the API requests so far (of a method, and a path that begins so, where given), oldest first.

        Each has `method`, `path`, `params` (typed as Stripe documents them; raw text when refused), `idempotency_key`,
        `api_version`, `status` (0: no answer given), `body` (the answer), and `replayed`.
        """
        found: list[Json] = self._read("requests")["data"]
        return [one for one in found if one["path"].startswith(path) and method in {"", one["method"]}]

    def sessions(self) -> list[Json]:
        """Return all sessions, oldest first."""
        return cast(list[Json], self._read("sessions")["data"])

    def events(self) -> list[Json]:
        """Return all events, oldest first."""
        return cast(list[Json], self._read("events")["data"])

    def deliveries(self, *, timestamp: int | None = None) -> list[Delivery]:
        """Return the webhooks that wait, signed now (or at `timestamp`, Unix seconds), in the order of events."""
        found = self._read("deliveries", **({} if timestamp is None else {"timestamp": timestamp}))["data"]
        return [Delivery(**{**one, "body": one["body"].encode()}) for one in found]

    def take_deliveries(self, *, timestamp: int | None = None) -> list[Delivery]:
        """Return the webhooks that wait, as `deliveries` does, and count them as delivered."""
        taken = self.deliveries(timestamp=timestamp)
        self._control("delivered", deliveries=[one.id for one in taken])
        return taken

    def _read(self, path: str, /, **parameters: Any) -> Json:
        return _answer(requests.get(f"{self.url}/_control/{path}", params=parameters, timeout=_SECONDS))

    def _control(self, path: str, /, **parameters: Any) -> Json:
        return _answer(requests.post(f"{self.url}/_control/{path}", json=parameters, timeout=_SECONDS))


def _answer(response: requests.Response) -> Json:
    assert response.ok, f"{response.status_code}: {response.text}"
    return cast(Json, response.json())


@dataclass(frozen=True)
class SimulatorProcess:
    """A simulator that runs as a process of its own."""

    simulator: Simulator
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """End it and wait."""
        self.process.terminate()
        self.process.wait(timeout=_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()


def start_simulator(*, data: Path, webhook: str = "", port: int = 0) -> SimulatorProcess:
    """Start a simulator that keeps its state in the file, and return it when it answers."""
    command = [sys.executable, "-m", "demo.stripe_simulator", "--port", str(port), "--data", str(data)]
    environment = {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPYCACHEPREFIX") if name in os.environ},
        "STRIPE_API_KEY": API_KEY,
        "STRIPE_WEBHOOK_SECRETS": WEBHOOK_SECRET,
    }
    process = subprocess.Popen([*command, "--webhook", webhook], cwd=_ROOT, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "The simulator did not start; what it said stands above."
    return SimulatorProcess(Simulator(f"http://127.0.0.1:{json.loads(line)['port']}"), process)


def stripe_client(
    simulator: Simulator, *, retries: int = 0, api_key: str = API_KEY, seconds: float = 20
) -> StripeClient:
    """Return Stripe's own client, talking to the simulator; it waits `seconds` for an answer."""
    return StripeClient(
        api_key,
        stripe_version="2026-10-28.endive",
        base_addresses={"api": simulator.url},
        max_network_retries=retries,
        http_client=RequestsClient(timeout=seconds),
    )


def complaints_of_schema(simulator: Simulator) -> list[str]:
    """Return what Stripe's published shapes say against the sessions asked for, the answers and the events so far.

    The test is skipped where the file with the shapes is not there.
    """
    if not _SCHEMA.exists():
        pytest.skip(f"Stripe's shapes are not on this machine: {_SCHEMA}")
    asked, answered = [], []
    for request in simulator.requests():
        if request["status"] == HTTPStatus.OK:
            if (request["method"], request["path"]) == ("POST", "/v1/checkout/sessions"):
                asked.append(("checkout.session.create", request["params"]))
            answered += _objects_in(request["body"])
    answered += [(one["object"], one) for one in (event["data"]["object"] for event in simulator.events())]
    return [
        f"{root}: {'.'.join(map(str, error.path))}: {error.message[:200]}"
        for root, value in [*asked, *answered]
        for error in _validator(root).iter_errors(value)
    ]


def _objects_in(answer: Json) -> list[tuple[str, Json]]:
    """Return what of an answer has a published shape, by its name."""
    found = answer["data"] if answer["object"] == "list" else [answer]
    return [(one["object"], one) for one in found if one["object"] in _published()["roots"]]


@functools.cache
def _published() -> Json:
    schema: Json = json.loads(_SCHEMA.read_text())
    _allow_nothing_else(schema["$defs"])
    return schema


def _allow_nothing_else(shape: Any) -> None:
    """Make unknown names an error in every object of the shape."""
    if isinstance(shape, dict):
        if isinstance(shape.get("properties"), dict) and shape.get("type") == "object":
            shape.setdefault("additionalProperties", False)
        shape = list(shape.values())
    if isinstance(shape, list):
        for inner in shape:
            _allow_nothing_else(inner)


@functools.cache
def _validator(root: str) -> Draft202012Validator:
    schema = _published()
    return Draft202012Validator({"$defs": schema["$defs"], **schema["roots"][root]})


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    """One simulator for all tests of this worker."""
    with tempfile.TemporaryDirectory() as folder:
        running = start_simulator(data=Path(folder) / "stripe.sqlite3")
        yield running.simulator
        running.stop()


@pytest.fixture
def simulator(simulator_process: Simulator) -> Iterator[Simulator]:
    """An empty simulator whose webhooks wait, until the test calls `deliver_to` or posts them itself."""
    simulator_process.reset()
    yield simulator_process
    simulator_process.reset()


@pytest.fixture
def stripe(simulator: Simulator) -> Iterator[Simulator]:
    """The simulator, which the shop takes for Stripe."""
    with override_settings(STRIPE_API_BASE=simulator.url):
        yield simulator
