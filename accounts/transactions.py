"""Transactions that the database gives up for the sake of others: run again as a whole, a few times.

PostgreSQL ends one of two transactions that wait for each other (deadlock, SQLSTATE 40P01), and one whose reads another
has overtaken (serialization failure, 40001). Nothing of it has happened then, and the same call succeeds moments later.
SQLite has neither: its transactions are IMMEDIATE and wait their turn at BEGIN. When even that wait has ended in
"database is locked", a second one would be longer than any member stays, so it is not begun.
"""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from django.db import OperationalError, connection

log = structlog.get_logger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

MOST_RUNS = 5
_SHORTEST_PAUSE_SECONDS = 0.02
_TO_BE_RUN_AGAIN = {"40P01", "40001"}
# Lock timeout and statement timeout (truelink_shop/database.py): somebody held on too long.
_WAITED_TOO_LONG = {"55P03", "57014"}


def retried(service: Callable[P, R]) -> Callable[P, R]:
    """Decorate a service whose whole work is one transaction of its own, so that it is run again when it must give way.

    Inside somebody else's transaction the error goes up: what is lost there is more than this service. Whatever must
    not happen twice belongs into `transaction.on_commit`, which a run that was given up never reaches. After MOST_RUNS
    runs the error goes up too.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        runs = 1 if connection.in_atomic_block else MOST_RUNS
        for number in range(1, runs):
            try:
                return service(*args, **kwargs)
            except OperationalError as error:
                code = _sqlstate(error)
                if code not in _TO_BE_RUN_AGAIN:
                    raise
                log.warning("transaction_run_again", service=service.__qualname__, sqlstate=code, run=number)
            _pause(number)
        return service(*args, **kwargs)

    return run


def is_busy(error: OperationalError) -> bool:
    """Return whether the database works, but others kept this transaction from its turn: nothing of it has happened."""
    return _sqlstate(error) in _TO_BE_RUN_AGAIN | _WAITED_TOO_LONG or "database is locked" in str(error)


def _sqlstate(error: OperationalError) -> str:
    return str(getattr(error.__cause__, "sqlstate", None) or "")


def _pause(number: int) -> None:
    """Wait a little, longer each time and not as long as the other: else both would meet again."""
    longest = _SHORTEST_PAUSE_SECONDS * 2**number
    time.sleep(random.uniform(_SHORTEST_PAUSE_SECONDS, longest))  # noqa: S311  # nosec B311
