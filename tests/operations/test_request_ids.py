"""Each line in the log says whose request it belongs to."""

import json
import os
import re
import subprocess
import sys
from typing import Any

# Neither host is the shop's: Django says so in the log, before it asks the database anything.
REQUESTS = """
import django
django.setup()
from django.test import Client
client = Client()
client.get("/", headers={"Host": "one.example", "X-Request-Id": "from-the-proxy-1"})
client.get("/", headers={"Host": "two.example", "X-Request-Id": "jens@example.dk"})
import structlog
structlog.get_logger("shop").info("between_requests")
"""
TASK = """
import structlog
from celery import Celery
import truelink_shop.task_ids
from truelink_shop.logs import logging_config
logging_config(as_json=True, level="INFO")
app = Celery(broker="memory://")

@app.task(name="trial")
def trial():
    structlog.get_logger("shop").info("inside")

trial.apply(task_id="the-task")
structlog.get_logger("shop").info("after")
"""


def lines_of(code: str, **settings: str) -> list[dict[str, Any]]:
    """Run the code as a process that logs JSON, and return its lines of the log."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", **settings}
    program = (
        f"import tests.settings\nfrom truelink_shop.logs import logging_config\n"
        f"from django.conf import settings\nsettings.ALLAUTH_TRUSTED_PROXY_COUNT = {settings.get('PROXIES', '0')}\n"
        f"logging_config(as_json=True, level='INFO')\n{code}"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in result.stderr.splitlines()]


def ids_of(lines: list[dict[str, Any]]) -> list[str]:
    """Return the ids of the requests in the order of the log, each once, and "none" for a line without."""
    return list(dict.fromkeys(line.get("request_id", "none") for line in lines))


def test_a_trusted_proxy_names_the_request() -> None:
    first, second, between = ids_of(lines_of(REQUESTS, PROXIES="1"))

    assert first == "from-the-proxy-1"
    assert re.fullmatch("[0-9a-f]{32}", second)
    assert between == "none"


def test_nobody_else_names_the_request() -> None:
    first, second, _ = ids_of(lines_of(REQUESTS))

    assert re.fullmatch("[0-9a-f]{32}", first)
    assert re.fullmatch("[0-9a-f]{32}", second)


def test_a_task_is_named_while_it_runs() -> None:
    inside, after = [line for line in lines_of(TASK) if line["logger"] == "shop"]

    assert (inside["task_id"], inside["task"]) == ("the-task", "trial")
    assert "task_id" not in after


def test_an_address_or_a_password_link_in_the_words_of_others_is_left_out() -> None:
    code = """
import logging
logging.getLogger("smtplib").error("550 <jens@post.example.dk>: unknown user")
logging.getLogger("django.request").error("Internal Server Error: %s", "/kodeord/1a-d3b0-738400/")
"""
    address, link = lines_of(code)

    assert address["event"] == "550 <(address left out)>: unknown user"
    assert link["event"] == "Internal Server Error: /kodeord/(left out)/"
