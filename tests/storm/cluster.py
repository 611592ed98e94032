"""A PostgreSQL cluster of the storm's own, as a user without privileges: initdb and postgres refuse root."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from tests.storm.programs import Program, group_of

_START_SECONDS = 120.0
# What is proved is that a commit survives kill -9 of every process of the server; a power cut cannot be tried here.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "log_line_prefix": "%m [%p] ",
}


class Cluster:
    """The cluster's place, its program and its address."""

    def __init__(self, folder: Path, logs: Path, port: int) -> None:
        self._user = _unprivileged_user()
        self._folder = _folder_for(self._user, folder)
        self._port = port
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        command = [_binary("postgres"), "-D", str(self._data), "-p", str(port), *settings]
        self.program = Program(
            "postgresql", command, _environment(), self._folder, logs / "postgresql.log", user=self._user
        )

    @property
    def url(self) -> str:
        """The address of the shop's database."""
        return f"postgres://shop@127.0.0.1:{self._port}/shop"

    def create(self) -> None:
        """Make the cluster, start it, and make an empty database in it."""
        command = [_binary("initdb"), "-D", str(self._data), "--auth=trust", "--username=shop"]
        made = subprocess.run(
            [*command, "--encoding=UTF8", "--locale=C.UTF-8"],
            cwd=self._folder, env=_environment(), capture_output=True, text=True, check=False,
            user=self._user, group=group_of(self._user), extra_groups=[] if self._user else None,
        )  # fmt: skip
        if made.returncode:
            raise SystemExit(f"PostgreSQL's initdb failed: {made.stderr.strip()}")
        self.program.start()
        self._wait()
        with psycopg.connect(self.url.rpartition("/")[0] + "/postgres", autocommit=True) as server:
            server.execute("CREATE DATABASE shop")

    def remove(self) -> None:
        """Delete the cluster's files."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url.rpartition("/")[0] + "/postgres", connect_timeout=3).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > end or not self.program.is_running:
                    raise
                time.sleep(0.1)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _unprivileged_user() -> str | None:
    """Return whom the server runs as; None: as oneself."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _folder_for(user: str | None, wanted: Path) -> Path:
    """Make a folder that the user owns and reaches: the wanted one, or one in the system's place for such folders."""
    if user is not None and not all(parent.stat().st_mode & 0o001 for parent in wanted.parents if parent.exists()):
        wanted = Path(tempfile.mkdtemp(prefix="truelink-storm-"))
    wanted.mkdir(parents=True, exist_ok=True)
    if user is not None:
        shutil.chown(wanted, user)
    wanted.chmod(0o700)
    return wanted


def _binary(name: str) -> str:
    """Return where a program of PostgreSQL's server is: Debian keeps them off the path, a folder for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if found:
        return str(found[-1])
    on_path = shutil.which(name)
    if on_path is None:
        raise SystemExit(f"PostgreSQL's {name} is missing: apt-get install postgresql")
    return on_path
