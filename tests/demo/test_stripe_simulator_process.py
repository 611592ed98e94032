"""The simulator as a process: what its file keeps and must not keep, and where it refuses to start."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.demo.stripe_orders import an_order
from tests.simulator import VISA, start_simulator, stripe_client

pytestmark = pytest.mark.processes
_ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    data = tmp_path / "stripe.sqlite3"
    running = start_simulator(data=data)
    client = stripe_client(running.simulator)
    asked = an_order()
    session = client.v1.checkout.sessions.create(asked, {"idempotency_key": "one"})
    running.simulator.pay(session.id, card=VISA)
    events = running.simulator.events()
    running.process.kill()
    running.stop()

    running = start_simulator(data=data)
    client = stripe_client(running.simulator)
    paid: Any = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (paid.payment_status, paid.payment_intent.latest_charge.paid) == ("paid", True)
    assert client.v1.checkout.sessions.create(asked, {"idempotency_key": "one"}).id == session.id
    assert running.simulator.events() == events
    assert [one.event for one in running.simulator.deliveries()] == [event["id"] for event in events]
    running.stop()


def test_no_card_number_is_kept(tmp_path: Path) -> None:
    running = start_simulator(data=tmp_path / "stripe.sqlite3")
    session = stripe_client(running.simulator).v1.checkout.sessions.create(an_order())
    typed = {"method": "card", "number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "987"}
    assert requests.post(str(session.url), typed, timeout=5, allow_redirects=False).status_code == 303
    running.stop()

    with sqlite3.connect(tmp_path / "stripe.sqlite3") as database:
        bodies = [body for (body,) in database.execute("SELECT body FROM object")]
    database.close()
    assert any(json.loads(body).get("amount_received") == 31250 for body in bodies)
    assert not any("42424242" in body or '"987"' in body for body in bodies)


@pytest.mark.parametrize(
    ("environment", "webhook", "sentence"),
    [
        ({"STRIPE_API_KEY": "sk_live_x", "STRIPE_WEBHOOK_SECRETS": "whsec_x"}, "", "must be a test key"),
        ({"STRIPE_API_KEY": "sk_test_x"}, "", "at least one secret"),
        (
            {"STRIPE_API_KEY": "sk_test_x", "STRIPE_WEBHOOK_SECRETS": "whsec_x"},
            "http://example.com/hook/",
            "on this machine",
        ),
    ],
)
def test_it_refuses_to_start_where_it_must_not(
    tmp_path: Path, environment: dict[str, str], webhook: str, sentence: str
) -> None:
    command = [sys.executable, "-m", "demo.stripe_simulator", "--port", "0", "--data", str(tmp_path / "x.sqlite3")]
    environment = {"PATH": os.environ["PATH"]} | environment
    result = subprocess.run(
        [*command, "--webhook", webhook],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert result.returncode == 1
    assert sentence in result.stderr
