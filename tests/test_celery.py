"""How tasks travel: by name, at once, and without bringing the worker's libraries into web processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis

SEND = """
import sys
from truelink_shop.celery import app

try:
    app.send_task("billing.send_mail", args=[1])
    outcome = "sent"
except Exception as error:
    outcome = type(error).__name__
loaded = [name for name in ("billing.tasks", "weasyprint", "sqlalchemy") if name in sys.modules]
print(outcome, loaded)
"""


def send_through(broker: str) -> str:
    """Send a task from a fresh process; return its outcome, and what it loaded of the worker."""
    environment = {**os.environ, "CELERY_BROKER_URL": broker, "DJANGO_SETTINGS_MODULE": "truelink_shop.settings"}
    result = subprocess.run([sys.executable, "-c", SEND], env=environment, capture_output=True, text=True, check=True)
    return result.stdout.strip()


def test_sending_loads_nothing_of_the_worker(tmp_path: Path) -> None:
    assert send_through(f"sqlite:///{tmp_path}/broker.sqlite3") == "sent []"


@pytest.mark.fault(31)
def test_a_redis_that_is_down_is_an_error_and_no_wait() -> None:
    """What bounds the wait is shown in tests/reliability/test_redis.py."""
    assert send_through("redis://127.0.0.1:1") == "OperationalError []"


def test_sending_through_redis(redis_url: str) -> None:
    server = redis.Redis.from_url(f"{redis_url}/15")
    server.delete("truelink")

    assert send_through(f"{redis_url}/15") == "sent []"
    assert server.llen("truelink") == 1
    server.delete("truelink")
