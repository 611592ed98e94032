"""PostgreSQL: `pg_dump` in its custom format (one snapshot, compressed), and back in one transaction."""

import re
import tempfile
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from billing.backup.checks import TABLES
from billing.backup.programs import ProgramFailed, run_program

# The whole schema goes and comes in the restore's own transaction: a table that the backup does not know cannot stay
# and stand in the way of the next migrate, and after a failure everything is as before.
_EMPTY = (
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public AUTHORIZATION pg_database_owner",
    "GRANT USAGE ON SCHEMA public TO PUBLIC",
)
# `215; 0 16385 TABLE DATA public billing_order shop`
_TABLE_DATA = re.compile(r"TABLE DATA \S+ (\S+)")
_AS_THE_SHOP = ("--no-owner", "--no-privileges")


def dump(connection: BaseDatabaseWrapper, file: Path) -> None:
    """Write the database to `file`, which exists and is empty; raises ProgramFailed."""
    run_program(connection, "pg_dump", ["--format=custom", *_AS_THE_SHOP, "--no-password", f"--file={file}"])


def load(connection: BaseDatabaseWrapper, file: Path) -> None:
    """Replace all tables by those of `file`, or change nothing; raises ProgramFailed.

    The SQL is unpacked to a temporary file first (`TMPDIR`): a pipe that breaks half-way looks like a good end to psql.
    """
    connection.close()
    listed = run_program(connection, "pg_restore", ["--list", str(file)])
    if not TABLES <= set(_TABLE_DATA.findall(listed)):
        raise ProgramFailed("The file holds no shop.")
    with tempfile.TemporaryDirectory(prefix="restore-") as folder:
        script = Path(folder) / "backup.sql"
        run_program(connection, "pg_restore", [*_AS_THE_SHOP, f"--file={script}", str(file)])
        first = [f"--command={statement}" for statement in _EMPTY]
        options = ["--no-psqlrc", "--quiet", "--no-password", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        run_program(connection, "psql", [*options, *first, f"--file={script}"])
