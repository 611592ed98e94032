"""The database at one moment, for reading only, while others go on writing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# What is compared, a million rows at a time, stays in memory instead of going to files.
_POSTGRESQL = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET LOCAL work_mem = '64MB'",
)
_SQLITE = ("PRAGMA query_only = ON", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -65536")
_SQLITE_AS_BEFORE = ("PRAGMA query_only = OFF", "PRAGMA temp_store = DEFAULT", "PRAGMA cache_size = -2000")


@contextmanager
def snapshot() -> Iterator[None]:
    """Let the block see the database as it is at its first query, and refuse to write. Nobody else has to wait.

    Raises RuntimeError inside a transaction, whose earlier queries have seen another moment.
    """
    if connection.vendor == "sqlite":
        with _deferred(), transaction.atomic(durable=True):
            yield
        return
    with transaction.atomic(durable=True):
        _run(_POSTGRESQL)
        yield


@contextmanager
def _deferred() -> Iterator[None]:
    """Begin like a reader: the shop's usual IMMEDIATE transaction would keep all writers out while it lasts."""
    connection.ensure_connection()
    usual = connection.transaction_mode  # type: ignore[attr-defined]  # of SQLite's connections
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    _run(_SQLITE)
    try:
        yield
    finally:
        _run(_SQLITE_AS_BEFORE)
        connection.transaction_mode = usual  # type: ignore[attr-defined]


def _run(statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
