"""Real threads that start together, and guards that can be taken away to see what they guard against."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pkgutil import resolve_name
from threading import Barrier, BrokenBarrierError, Thread
from time import monotonic, sleep
from typing import Any, TypeVar

import psycopg
import pytest
from django.db import connection, connections
from django.db.models import Model, QuerySet
from psycopg import sql

T = TypeVar("T")
_LONGEST_SECONDS = 30


def at_once(*calls: Callable[[], T]) -> list[T | Exception]:
    """Run each call in a thread with a database connection of its own, all released at one moment.

    Returns what each call returned or raised, in the order of the calls.
    """
    start = Barrier(len(calls))
    answers: list[T | Exception] = [TimeoutError("never finished") for _ in calls]

    def run(number: int, call: Callable[[], T]) -> None:
        try:
            start.wait(_LONGEST_SECONDS)
            answers[number] = call()
        except Exception as error:
            answers[number] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=each, daemon=True) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_LONGEST_SECONDS)
    return answers


def meet(barrier: Barrier) -> None:
    """Wait for the other threads where a guard would have kept them out; go on alone when they never come."""
    try:
        barrier.wait(3)
    except BrokenBarrierError:
        pass


@contextmanager
def without_row_locks() -> Iterator[None]:
    """Take every `SELECT … FOR UPDATE` away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
        yield


@contextmanager
def met_before(target: str, parties: int) -> Iterator[None]:
    """Let that many threads meet just before they call the function `target` ("module.name")."""
    barrier = Barrier(parties)
    with pytest.MonkeyPatch.context() as patch:
        found: Callable[..., Any] = resolve_name(target)

        def after_meeting(*args: Any, **kwargs: Any) -> Any:
            meet(barrier)
            return found(*args, **kwargs)

        patch.setattr(target, after_meeting)
        yield


@contextmanager
def without_retry() -> Iterator[None]:
    """Run every transaction once, also one that the database gives up for the sake of another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("accounts.transactions.MOST_RUNS", 1)
        yield


def connect_past_django(**options: Any) -> "psycopg.Connection[Any]":
    """Open another session of PostgreSQL on the database under test."""
    place = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    known: dict[str, Any] = {name: str(place[key]) for name, key in names.items() if place[key]}
    return psycopg.connect(**known | options)


@contextmanager
def held(row: Model, **options: Any) -> "Iterator[psycopg.Connection[Any]]":
    """Let another session, which does nothing more, hold the lock of a row."""
    with connect_past_django(**options) as session:
        query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s FOR UPDATE")
        names = sql.Identifier(row._meta.db_table), sql.Identifier(str(row._meta.pk.column))
        session.execute(query.format(*names), [row.pk])
        yield session


def wait_for_waiting(sessions: int) -> None:
    """Return when so many sessions of the database under test wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    end = monotonic() + _LONGEST_SECONDS
    with connect_past_django(autocommit=True) as watcher:
        while (found := watcher.execute(query).fetchone()) != (sessions,):
            assert monotonic() < end, f"{found} wait, not {sessions}"
            sleep(0.02)
