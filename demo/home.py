"""The folder that the demo lives in (`var/`): what lies where, who holds it, and how it is emptied."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DemoRuns(Exception):
    """Another demo holds the folder."""


class Home:
    """The demo's folder and the places in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.database = self.folder / "shop.sqlite3"
        self.broker = self.folder / "broker.sqlite3"
        self.beat_schedule = self.folder / "beat-schedule"
        self.stripe = self.folder / "stripe.sqlite3"
        self.stripe_port = self.folder / "stripe_port"
        self.mail = self.folder / "mail"
        self.logs = self.folder / "log"
        self.static = self.folder / "static"
        self.temporary = self.folder / "tmp"
        self._secret_key = self.folder / "secret_key"
        self._lock = self.folder / "demo.lock"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process, for as long as it lives; raises DemoRuns when another one holds it.

        The kernel lets go of the lock when the process ends, however it ends.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise DemoRuns from error
            yield

    def prepare_folders(self) -> None:
        """Make the folders, and take away the last start's messages, logs and temporary files."""
        _remove([*self._with_companions(self.broker), *self.logs.glob("*.log"), self.temporary])
        for folder in (self.mail, self.logs, self.static, self.temporary):
            folder.mkdir(exist_ok=True)

    def secret_key(self) -> str:
        """Return the key that signs sessions and links; made at the first start, readable by its owner only."""
        if not self._secret_key.exists():
            fresh = self._secret_key.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
            fresh.rename(self._secret_key)
        return self._secret_key.read_text()

    def empty(self) -> None:
        """Remove everything that the demo has written; what was installed stays."""
        _remove(
            [
                *self._with_companions(self.database),
                *self._with_companions(self.broker),
                *self._with_companions(self.beat_schedule),
                *self._with_companions(self.stripe),
                self.stripe_port,
                self.mail,
                self.logs,
                self.static,
                self.temporary,
                self._secret_key,
            ]
        )

    def _with_companions(self, path: Path) -> list[Path]:
        """Return the file and those that SQLite or shelve lay beside it (`-wal`, `-shm`, `.dat`, …)."""
        return list(self.folder.glob(f"{path.name}*"))


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
