"""The demo's folder: held by one demo at a time, with a key of its own, and emptied only when nobody uses it."""

import subprocess
import sys
from pathlib import Path

import pytest

from demo.environment import demo_environment
from demo.home import DemoRuns, Home

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def run_demo(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the launcher to its end."""
    command = [sys.executable, "-m", "demo", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)


def test_secret_key_is_made_once_and_readable_by_its_owner_only(home: Home, tmp_path: Path) -> None:
    key = home.secret_key()

    assert len(key) >= 50
    assert home.secret_key() == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_second_demo_in_the_folder_is_refused(home: Home, tmp_path: Path) -> None:
    with home.held(), pytest.raises(DemoRuns), Home(tmp_path).held():
        pass


def test_the_folder_is_free_again_afterwards(home: Home, tmp_path: Path) -> None:
    with home.held():
        pass
    with Home(tmp_path).held():
        pass


def test_empty_removes_the_data_and_keeps_what_was_installed(home: Home, tmp_path: Path) -> None:
    for name in ("venv/bin", "pycache", "mail", "log", "static", "tmp"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("shop.sqlite3", "shop.sqlite3-wal", "broker.sqlite3", "beat-schedule.db", "secret_key", "mail/a.eml"):
        (tmp_path / name).write_text("x")
    for name in ("stripe.sqlite3", "stripe.sqlite3-wal", "stripe_port"):
        (tmp_path / name).write_text("x")

    home.empty()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["pycache", "venv"]


def test_prepare_folders_keeps_data_and_drops_messages(home: Home, tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    for name in ("shop.sqlite3", "broker.sqlite3", "broker.sqlite3-journal", "mail/a.eml"):
        (tmp_path / name).write_text("x")

    home.prepare_folders()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "mail", "shop.sqlite3", "static", "tmp"]
    assert (tmp_path / "mail/a.eml").exists()


def test_environment_inherits_no_setting(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "DATABASE_URL",
        "CELERY_BROKER_URL",
        "EMAIL_URL",
        "SECRET_KEY",
        "STRIPE_API_KEY",
        "STRIPE_API_BASE",
        "STRIPE_WEBHOOK_SECRETS",
        "TRUSTED_PROXY_COUNT",
    ):
        monkeypatch.setenv(name, "from outside")

    environment = demo_environment(home, 8000, 8001)

    assert "from outside" not in environment.values()
    assert (environment["STRIPE_API_BASE"], environment["STRIPE_CHECKOUT_ORIGIN"]) == ("http://127.0.0.1:8001",) * 2
    assert environment["STRIPE_API_KEY"].startswith("sk_test_")
    assert environment["DATABASE_URL"] == f"sqlite:///{home.folder}/shop.sqlite3"


def test_reset_is_refused_while_a_demo_runs(home: Home, tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite3").write_text("x")
    with home.held():
        result = run_demo("--var", str(tmp_path), "--reset")

    assert result.returncode == 1
    assert result.stderr == f"A demo runs in {tmp_path}. Stop it first, with Ctrl-C in its terminal.\n"
    assert (tmp_path / "shop.sqlite3").exists()


def test_reset_empties_the_folder(tmp_path: Path) -> None:
    (tmp_path / "shop.sqlite3").write_text("x")

    result = run_demo("--var", str(tmp_path), "--reset")

    assert result.returncode == 0
    assert not (tmp_path / "shop.sqlite3").exists()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80 00", "http"])
def test_a_port_that_is_none_is_refused_with_a_sentence(port: str, tmp_path: Path) -> None:
    result = run_demo("--var", str(tmp_path), f"--port={port}")

    assert result.returncode == 1
    assert result.stderr == f"PORT must be a number from 1 to 65535, not {port!r}.\n"
