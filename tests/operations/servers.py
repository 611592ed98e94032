"""Empty databases for a test, on the servers that tests may use."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
import redis
from psycopg import sql

from tests import services

_DATABASES_OF_REDIS = range(14, 0, -1)


def postgresql_url(name: str) -> str:
    """Return the address of a database on the server that tests use."""
    return f"{services.POSTGRES_URL.rpartition('/')[0]}/{name}"


@contextmanager
def new_database() -> Iterator[str]:
    """Make an empty PostgreSQL database, give its address, and drop it."""
    name = f"test_truelink_scratch_{uuid4().hex[:12]}"
    with psycopg.connect(services.POSTGRES_URL, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield postgresql_url(name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def empty_redis(server_url: str) -> Iterator[str]:
    """Give the address of a numbered database of Redis that holds nothing, and empty it at the end."""
    for number in _DATABASES_OF_REDIS:
        database = redis.Redis.from_url(f"{server_url}/{number}")
        if database.dbsize() == 0:
            yield f"{server_url}/{number}"
            database.flushdb()
            return
    pytest.fail("Every database of Redis is in use.")
