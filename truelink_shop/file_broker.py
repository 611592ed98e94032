"""A Celery broker in one SQLite file (`sqlite:////path/broker.sqlite3`): the demo's stand-in for Redis.

kombu brings a transport for SQLAlchemy, but loading SQLAlchemy costs every web process 25 MB, to write one row. Here a
message is a row that is deleted as it is delivered. One that was delivered to a worker that died is lost, as far as
this file goes: what is to be done stands in the shop's own tables, where beat's sweeps find it.
"""

import json
import sqlite3
from functools import cached_property
from queue import Empty
from typing import Any
from urllib.parse import unquote, urlsplit

from kombu.transport import virtual

_TABLE = (
    "CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL)"
)
_ANY = "SELECT 1 FROM message WHERE queue = ? LIMIT 1"
# One statement, so that no two workers are given the same message.
_TAKE = "DELETE FROM message WHERE id = (SELECT min(id) FROM message WHERE queue = ?) RETURNING body"
_WAIT_SECONDS = 5.0


class Channel(virtual.Channel):
    """Puts messages into the file and takes them out, the oldest first."""

    @cached_property
    def _file(self) -> sqlite3.Connection:
        transport: Any = self.connection
        path = unquote(urlsplit(transport.client.hostname).path).removeprefix("/")
        # kombu lends a channel to one thread at a time, but not always to the same one.
        file = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        # The file is thrown away at every start of the demo: what a power cut takes is not missed.
        file.execute("PRAGMA synchronous=OFF")
        file.execute(_TABLE)
        return file

    def _put(self, queue: str, message: dict[str, Any], **_: Any) -> None:
        self._file.execute("INSERT INTO message (queue, body) VALUES (?, ?)", [queue, json.dumps(message)])

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        # Looking first keeps an idle worker from locking the file four times a second.
        if not self._file.execute(_ANY, [queue]).fetchall():
            raise Empty
        taken = self._file.execute(_TAKE, [queue]).fetchall()
        if not taken:
            raise Empty
        message: dict[str, Any] = json.loads(taken[0][0])
        return message

    def _size(self, queue: str) -> int:
        return int(self._file.execute("SELECT count(*) FROM message WHERE queue = ?", [queue]).fetchall()[0][0])

    def _purge(self, queue: str) -> int:
        return self._file.execute("DELETE FROM message WHERE queue = ?", [queue]).rowcount

    def close(self) -> None:
        """Give back what was taken and not done, and let go of the file."""
        super().close()
        if "_file" in vars(self):
            vars(self).pop("_file").close()


class Transport(virtual.Transport):
    """What Celery loads when the broker is a file."""

    Channel = Channel
    can_parse_url = True
    polling_interval = 0.25
    driver_type = "sqlite"
    driver_name = "sqlite3"
    connection_errors = (*virtual.Transport.connection_errors, sqlite3.OperationalError)
