"""What the simulator knows: JSON objects in memory under one lock, written through to a small SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

from demo.stripe_simulator import Json

# `checkout` is what a session does not show: its line items, the payment's data, a 3-D Secure that waits for an answer.
Kind = Literal[
    "session", "checkout", "payment_intent", "payment_method", "charge", "event", "delivery", "answer", "setting"
]


class Store:
    """Objects by kind and id, in the order in which they were made.

    Look at them and change them only inside `changing()`: all of it is kept, or after an error nothing.
    """

    def __init__(self, file: Path) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self._dirty: dict[tuple[Kind, str], Json | None] = {}
        self._file = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS object"
            " (position INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,"
            " UNIQUE (kind, id))"
        )
        self._objects: dict[Kind, dict[str, Json]] = {}
        self._load()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock; at the outermost end write what was put, or after an error forget it."""
        with self.lock:
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._write()
            except BaseException:
                if self._depth == 1 and self._dirty:
                    self._load()
                raise
            finally:
                self._depth -= 1

    def put(self, kind: Kind, name: str, value: Json) -> Json:
        """Keep an object, new or changed, and return it."""
        self._objects[kind][name] = value
        self._dirty[kind, name] = value
        return value

    def remove(self, kind: Kind, name: str) -> None:
        """Forget an object that may be there."""
        self._objects[kind].pop(name, None)
        self._dirty[kind, name] = None

    def find(self, kind: Kind, name: str) -> Json | None:
        """Return an object, or None."""
        return self._objects[kind].get(name)

    def get(self, kind: Kind, name: str) -> Json:
        """Return an object that must be there."""
        return self._objects[kind][name]

    def all(self, kind: Kind) -> list[Json]:
        """Return all objects of a kind, oldest first."""
        return list(self._objects[kind].values())

    def setting(self, name: str, default: Any) -> Any:
        """Return a remembered value."""
        return self._objects["setting"].get(name, {"value": default})["value"]

    def set_setting(self, name: str, value: Any) -> None:
        """Remember a value."""
        self.put("setting", name, {"value": value})

    def empty(self) -> None:
        """Forget everything."""
        self._file.execute("DELETE FROM object")
        self._load()

    def _load(self) -> None:
        self._dirty = {}
        self._objects = {kind: {} for kind in get_args(Kind)}
        for kind, name, body in self._file.execute("SELECT kind, id, body FROM object ORDER BY position"):
            self._objects[kind][name] = json.loads(body)

    def _write(self) -> None:
        if not self._dirty:
            return
        self._file.execute("BEGIN IMMEDIATE")
        for (kind, name), value in self._dirty.items():
            if value is None:
                self._file.execute("DELETE FROM object WHERE kind = ? AND id = ?", (kind, name))
            else:
                self._file.execute(
                    "INSERT INTO object (kind, id, body) VALUES (?, ?, ?)"
                    " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                    (kind, name, json.dumps(value)),
                )
        self._file.execute("COMMIT")
        self._dirty = {}
