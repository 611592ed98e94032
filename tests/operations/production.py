"""The shop in production, without containers: the very commands of docker-compose.yml, with other addresses."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from demo.processes import die_with_parent
from tests import simulator
from tests.browser.demo_server import DemoServer, free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET_KEY = "only-for-this-test-and-long-enough-0123456789-0123456789"
SUPERUSER = {
    "DJANGO_SUPERUSER_USERNAME": "chef",
    "DJANGO_SUPERUSER_PASSWORD": "en lang adgang 2026",
    "DJANGO_SUPERUSER_EMAIL": "chef@truelink.example",
}
_PROGRAMS = ("web", "worker", "beat")


class Production(DemoServer):
    """Running processes with their address, mailbox and logs."""

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.processes = {name: self._start(name, folder, port) for name in _PROGRAMS}
        super().__init__(self.processes["web"], folder, port)

    def stop(self) -> None:
        """End every process with the signal that Docker sends, and fail when one does not heed it."""
        for process in self.processes.values():
            process.terminate()
        try:
            codes = {name: process.wait(timeout=30) for name, process in self.processes.items()}
        finally:
            for process in self.processes.values():
                _kill_group(process)
        assert codes == dict.fromkeys(_PROGRAMS, 0)

    def has_started(self) -> bool:
        """Whether each process is up: one that is ended while it starts does not end in order."""
        beat_has = list(self.folder.glob("beat.d*"))  # its schedule, whichever kind of file the machine's dbm makes
        return bool(self.answers() and " ready." in self.log("worker") and beat_has)

    def log(self, name: str) -> str:
        """Return all that a process has written."""
        return (self.folder / f"{name}.log").read_text()

    def log_lines(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of a process's log; an error when one is no JSON object."""
        return [json.loads(line) for line in self.log(name).splitlines()]

    def _start(self, name: str, folder: Path, port: int) -> "subprocess.Popen[bytes]":
        with (folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                command_of(name, folder, port),
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 (tests have no threads here)
            )


def start_production(folder: Path, *, database: str, broker: str, stripe: str) -> Production:
    """Prepare an empty database as docs/operations.md says, start the processes, and wait until the shop answers."""
    port = free_port()
    (folder / "mail").mkdir()
    environment = environment_of(folder, port, database=database, broker=broker, stripe=stripe)
    prepare(environment, set_up=["-m", "tests.operations.set_up_shop"])
    running = Production(folder, port, environment)
    wait_for(running.has_started, what="The shop", seconds=120)
    return running


def prepare(environment: dict[str, str], *, set_up: list[str]) -> None:
    """Prepare an empty database and the static files, and have Python run what fills the shop."""
    for command in ("migrate --no-input", "collectstatic --no-input", "createsuperuser --no-input"):
        _run(["manage.py", *command.split(), "--verbosity=0"], environment | SUPERUSER)
    _run(set_up, environment)


def command_of(name: str, folder: Path, port: int) -> list[str]:
    """Return a service's command from docker-compose.yml, with this Python, a port and places of this test."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    program, *arguments = services[name]["command"]
    places = {
        "--bind=0.0.0.0:8000": f"--bind=127.0.0.1:{port}",
        "--schedule=/tmp/beat-schedule": f"--schedule={folder}/beat",
    }
    return [sys.executable, "-m", program, *(places.get(argument, argument) for argument in arguments)]


def environment_of(folder: Path, port: int, *, database: str, broker: str, stripe: str) -> dict[str, str]:
    """Return production's settings for processes on loopback whose files lie in the folder."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "truelink_shop.settings",
        "SECRET_KEY": SECRET_KEY,
        "DEBUG": "false",
        "LOG_JSON": "true",
        "TRUSTED_PROXY_COUNT": "1",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "EMAIL_URL": f"filemail:///{folder}/mail",
        "MAIL_BACKEND": "demo.mailbox.MailboxBackend",
        "STATIC_ROOT": f"{folder}/static",
        "STRIPE_API_KEY": simulator.API_KEY,
        "STRIPE_WEBHOOK_SECRETS": simulator.WEBHOOK_SECRET,
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": broker,
        "STRIPE_API_BASE": stripe,
        "STRIPE_CHECKOUT_ORIGIN": stripe,
    }


def _run(arguments: list[str], environment: Mapping[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
