"""SQLite: its online backup, which sees one state of a database that others go on writing (https://sqlite.org/backup.html)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db.backends.base.base import BaseDatabaseWrapper

from billing.backup.checks import TABLES


class CopyFailed(Exception):
    """The file is no whole database of a shop, or one of the two databases cannot be used."""


def dump(connection: BaseDatabaseWrapper, file: Path) -> None:
    """Write the database to `file`, which exists and is empty; raises CopyFailed."""
    database = Path(connection.settings_dict["NAME"])
    with _failing_as_one(), closing(_open(database, "ro")) as source, closing(_open(file, "rw")) as target:
        source.backup(target)
        # One file, with nothing beside it to forget when it is copied.
        target.execute("PRAGMA journal_mode=DELETE")
        _check(target)


def load(connection: BaseDatabaseWrapper, file: Path) -> None:
    """Replace the database's content by that of `file`, in one transaction; raises CopyFailed."""
    connection.close()
    database = Path(connection.settings_dict["NAME"])
    with _failing_as_one(), closing(_open(file, "ro")) as source:
        _check(source)
        with closing(_open(database, "rwc")) as target:
            source.backup(target)


def _open(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode={mode}", uri=True, timeout=20)


def _check(database: sqlite3.Connection) -> None:
    (answer,) = database.execute("PRAGMA integrity_check").fetchone()
    if answer != "ok":
        raise CopyFailed(answer)
    if not TABLES <= {name for (name,) in database.execute("SELECT name FROM sqlite_master")}:
        raise CopyFailed("The file holds no shop.")


@contextmanager
def _failing_as_one() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise CopyFailed(str(error)) from error
