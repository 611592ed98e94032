"""The database of the shop: PostgreSQL or SQLite, each with the options that keep money safe."""

from typing import Any

import environ

# WAL lets readers go on while one writes; FULL means that a commit is on the disk when it returns. Without recursive
# triggers, INSERT OR REPLACE would delete a row past the trigger that keeps it (SQLite, CREATE TRIGGER, "REPLACE").
_SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;"

# No member waits for ever for what another process holds (every order takes its number from one row), and a process
# that stopped in the middle of a transaction holds nothing for long. Our transactions do nothing but talk to the
# database, so a minute without a word is a process that hangs. `migrate` has no such limits (truelink_shop/apps.py).
POSTGRESQL_LIMITS = {
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "statement_timeout": "300s",
}


def database_from_url(url: str) -> dict[str, Any]:
    """Return Django's settings for the database at `url` (`postgres://…` or `sqlite:///…`).

    SQLite transactions are IMMEDIATE: a deferred one that reads first and writes later loses its place to another
    writer and fails, an immediate one waits its turn (up to 20 s). Any other kind of database is refused.
    """
    config: dict[str, Any] = environ.Env.db_url_config(url)
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": _SQLITE_PRAGMAS,
        }
    elif config["ENGINE"] == "django.db.backends.postgresql":
        # A connection that the server has closed is found out before a member meets it.
        config["CONN_HEALTH_CHECKS"] = True
        config["OPTIONS"] = {
            "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
            "options": " ".join(f"-c {name}={limit}" for name, limit in POSTGRESQL_LIMITS.items()),
        }
    else:
        raise RuntimeError(f"DATABASE_URL must name PostgreSQL or SQLite, not {config['ENGINE']}")
    return config
