"""What all tests share: which of them run on which database, what they need of the machine, and how they clean up."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.test import TransactionTestCase, override_settings
from hypothesis import settings as hypothesis_settings

from accounts.append_only import install_triggers, uninstall_triggers
from tests import services
from tests.broker import broker_down
from tests.simulator import simulator, simulator_process, stripe

# Fixtures for all tests; a simulator starts with the first test that asks for one.
__all__ = ["broker_down", "simulator", "simulator_process", "stripe"]

# Playwright keeps an event loop in the thread of the test, which makes Django suspect async code. There is none.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# The suite says the same each time that it runs. `--hypothesis-profile=deep` looks further, and elsewhere each time.
hypothesis_settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis_settings.register_profile("deep", deadline=None, max_examples=3000)
hypothesis_settings.load_profile("suite")

_ONLY_ON_POSTGRESQL = {"postgresql"}
# They run programs that look at no database of the test, so that once is enough.
_ONLY_ON_SQLITE = {"processes", "browser"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--require-services`, which CI implies."""
    parser.addoption(
        "--require-services",
        action="store_true",
        default=services.REQUIRED,
        help="fail, instead of leaving tests out, when PostgreSQL, Redis or Chromium is missing",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that belong to the run on the other database."""
    on_sqlite = django_settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
    elsewhere = _ONLY_ON_POSTGRESQL if on_sqlite else _ONLY_ON_SQLITE
    deselected = [item for item in items if any(item.get_closest_marker(name) for name in elsewhere)]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if item not in deselected]


@pytest.fixture(autouse=True)
def _shop_as_in_production() -> Iterator[None]:
    """Undo what test runners do to Django: mails go through the outbox, and nothing is remembered between tests."""
    with override_settings(EMAIL_BACKEND="billing.outbox.OutboxBackend"):
        caches["process"].clear()
        yield
        caches["process"].clear()


@pytest.fixture(scope="session", autouse=True)
def _emptying_may_delete_what_is_written_once() -> Iterator[None]:
    """Take the triggers of append-only tables away while Django empties the database after a transactional test."""
    empty: Callable[[TransactionTestCase], None] = vars(TransactionTestCase)["_fixture_teardown"]

    def empty_without_triggers(case: TransactionTestCase) -> None:
        uninstall_triggers()
        try:
            empty(case)
        finally:
            install_triggers()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_without_triggers)
        yield


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """The Redis server that tests may use; a test without one is left out, or fails where services are required."""
    return _needed(request, services.without_redis(), services.REDIS_URL)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    request: pytest.FixtureRequest, browser_type_launch_args: dict[str, Any]
) -> dict[str, Any]:
    """Let Playwright drive the machine's own Chromium: it cannot bring one."""
    path = _needed(request, services.without_chromium(), services.chromium_path())
    # Chromium refuses to run as root with its sandbox on.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return {**browser_type_launch_args, "executable_path": path, "args": [*sandbox, *quiet]}


def _needed(request: pytest.FixtureRequest, sentence: str, value: str) -> str:
    if sentence and request.config.getoption("--require-services"):
        pytest.fail(sentence)
    if sentence:
        pytest.skip(sentence)
    return value
