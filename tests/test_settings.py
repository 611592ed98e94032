"""Settings come from the environment, `.env.example` names each of them, and a forgotten one stops the start."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from truelink_shop.database import database_from_url

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "SECRET_KEY": "0123456789" * 5,
    "ALLOWED_HOSTS": "shop.example",
    "SITE_URL": "https://shop.example",
    "DATABASE_URL": "postgres://shop@127.0.0.1/shop",
    "CELERY_BROKER_URL": "redis://127.0.0.1",
    "EMAIL_URL": "smtp+tls://mail.example:587",
    "STRIPE_API_KEY": "sk_live_0123456789",
    "STRIPE_WEBHOOK_SECRETS": "whsec_0123456789",
}


def names_in_settings() -> set[str]:
    """Return the names of all variables that settings.py reads with django-environ."""
    return set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', (ROOT / "truelink_shop/settings.py").read_text()))


SHOWN = ("DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "EMAIL_BACKEND")


def load_settings(environment: dict[str, str], *shown: str) -> "subprocess.CompletedProcess[str]":
    """Load the settings in a process of its own, with nothing else in its environment, and print some of them."""
    shown = shown or SHOWN
    code = f"from truelink_shop import settings; print([getattr(settings, name) for name in {shown}])"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_env_example_names_every_variable() -> None:
    documented = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(documented) == sorted(names_in_settings())


def test_no_other_file_of_production_reads_the_environment() -> None:
    rooms = ("truelink_shop", "checkout", "billing", "accounts", "catalog")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    reading = re.compile(r"\bos\.environ\b|\bgetenv\b|\bimport .*\benviron\b|\bfrom environ\b")
    readers = {str(path.relative_to(ROOT)) for path in files if reading.search(path.read_text())}

    # Entry points name the settings module; database.py borrows the parser of URLs.
    assert readers <= {f"truelink_shop/{name}.py" for name in ("settings", "database", "wsgi", "celery")}


def test_production_starts_with_what_it_needs() -> None:
    result = load_settings(PRODUCTION)

    assert result.stderr == ""
    assert result.stdout == "[False, True, True, True, 'billing.outbox.OutboxBackend']\n"


@pytest.mark.parametrize("name", PRODUCTION)
def test_production_does_not_start_without(name: str) -> None:
    result = load_settings({key: value for key, value in PRODUCTION.items() if key != name})

    assert result.returncode == 1
    assert result.stderr.endswith(f"Set the {name} environment variable\n")


def test_production_does_not_start_with_a_short_secret_key() -> None:
    result = load_settings(PRODUCTION | {"SECRET_KEY": "x" * 49})

    assert result.returncode == 1
    assert result.stderr.endswith("SECRET_KEY must be at least 50 characters\n")


@pytest.mark.parametrize(
    "missing",
    [{"STRIPE_API_KEY": ""}, {"STRIPE_WEBHOOK_SECRETS": ""}, {"STRIPE_WEBHOOK_SECRETS": ","}],
)
def test_production_does_not_start_with_an_empty_secret_of_stripe(missing: dict[str, str]) -> None:
    result = load_settings(PRODUCTION | missing)

    assert result.returncode == 1
    assert result.stderr.endswith("STRIPE_API_KEY and STRIPE_WEBHOOK_SECRETS must not be empty\n")


@pytest.mark.parametrize("key", ["sk_live_0123456789", "rk_live_0123456789"])
def test_a_live_key_goes_nowhere_but_to_stripe(key: str) -> None:
    simulator = {"STRIPE_API_BASE": "http://127.0.0.1:8001"}
    refused = load_settings(PRODUCTION | simulator | {"STRIPE_API_KEY": key})
    test_key = load_settings(PRODUCTION | simulator | {"STRIPE_API_KEY": key.replace("_live_", "_test_")})

    assert refused.returncode == 1
    assert refused.stderr.endswith("A live STRIPE_API_KEY goes to Stripe itself: take STRIPE_API_BASE away\n")
    assert test_key.stderr == ""


def test_webhook_secrets_are_two_while_one_is_rolled() -> None:
    rolled = PRODUCTION | {"STRIPE_WEBHOOK_SECRETS": "whsec_old,whsec_new"}

    assert load_settings(rolled, "STRIPE_WEBHOOK_SECRETS").stdout == "[['whsec_old', 'whsec_new']]\n"


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(RuntimeError, match="must name PostgreSQL or SQLite"):
        database_from_url("mysql://shop@127.0.0.1/shop")


def test_sqlite_waits_for_its_turn_and_for_the_disk() -> None:
    options = database_from_url("sqlite:////var/lib/shop.sqlite3")["OPTIONS"]

    assert options == {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
    }
