"""The shop's machines: PostgreSQL, Redis, Stripe's simulator, web, two workers and beat, each killed by itself."""

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis
import requests

from demo import stripe_simulator
from tests.operations.production import ROOT, command_of, environment_of, prepare
from tests.simulator import Simulator
from tests.storm.cluster import Cluster
from tests.storm.programs import Program, Supervisor, quiet_port

WORKERS = ("worker 1", "worker 2")
_READY_SECONDS = 180.0


class Machines:
    """All programs of the storm, with the addresses at which people and proof reach them."""

    def __init__(self, folder: Path, *, members: int) -> None:
        self.folder = folder
        self._members = members
        self._web_port, stripe_port = quiet_port(), quiet_port()
        self._cluster = Cluster(folder / "postgresql", folder, quiet_port())
        redis_port = quiet_port()
        self.broker = f"redis://127.0.0.1:{redis_port}/0"
        self.url = f"http://127.0.0.1:{self._web_port}"
        self.database = self._cluster.url
        self.stripe = Simulator(f"http://127.0.0.1:{stripe_port}")
        self.environment = environment_of(
            folder, self._web_port, database=self.database, broker=self.broker, stripe=self.stripe.url
        )
        self.supervisor = Supervisor(
            [
                self._cluster.program,
                self._program("redis", _redis_command(redis_port)),
                self._program("simulator", self._simulator_command(stripe_port), self.environment),
                self._shop_program("web"),
                *(self._shop_program(name) for name in WORKERS),
                self._shop_program("beat"),
            ]
        )

    @property
    def webhook(self) -> str:
        """Where the shop takes Stripe's events."""
        return f"{self.url}/stripe/webhook/"

    def start(self) -> None:
        """Make the cluster, fill the shop and start everything; returns when the shop answers."""
        (self.folder / "mail").mkdir()
        self._cluster.create()
        environment = self.environment | {"STORM_MEMBERS": str(self._members)}
        prepare(environment, set_up=["-m", "tests.storm.set_up"])
        for name, program in self.supervisor.programs.items():
            if name != "postgresql":
                program.start()
        wait_until(self.is_ready, seconds=_READY_SECONDS, what="the shop")

    def is_ready(self) -> bool:
        """Whether everything that can be asked answers."""
        try:
            psycopg.connect(self.database, connect_timeout=3).close()
            redis.Redis.from_url(self.broker, socket_timeout=3).ping()
            self.stripe.deliveries()
            return requests.get(f"{self.url}/sundhed/", timeout=5).ok
        except (psycopg.Error, redis.RedisError, OSError):
            return False

    def stop(self) -> None:
        """End everything and delete the cluster; logs and mails stay."""
        self.supervisor.stop()
        self._cluster.remove()

    def _program(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> Program:
        log = self.folder / f"{name.replace(' ', '-')}.log"
        return Program(name, command, environment or {"PATH": os.environ["PATH"]}, ROOT, log)

    def _shop_program(self, name: str) -> Program:
        """Return a service with the command of docker-compose.yml; two workers on one machine need two names."""
        command = command_of(name.partition(" ")[0], self.folder, self._web_port)
        if name in WORKERS:
            command.append(f"--hostname={name.replace(' ', '-')}@storm")
        return self._program(name, command, self.environment)

    def _simulator_command(self, port: int) -> list[str]:
        data = self.folder / "stripe.sqlite3"
        places = ["--port", str(port), "--data", str(data), "--webhook", self.webhook]
        return [sys.executable, "-m", stripe_simulator.__name__, *places]


def wait_until(ready: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait until `ready` says so; TimeoutError names what did not come."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} was not there within {seconds:.0f} seconds")
        time.sleep(0.2)


def _redis_command(port: int) -> list[str]:
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("Redis is missing: apt-get install redis-server")
    return [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
