"""Running PostgreSQL's own programs, which read the password from their environment and not from the command line."""

import os
import shutil
import subprocess  # nosec B404
from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

# A restore waits so long for a process that still uses the tables, and then changes nothing.
_LOCK_TIMEOUT = "10s"


class ProgramFailed(Exception):
    """PostgreSQL's program is not installed, or it ended with an error; the text says which."""


def run_program(connection: BaseDatabaseWrapper, name: str, arguments: Sequence[str]) -> str:
    """Run `pg_dump`, `pg_restore` or `psql` against the connection's database, and return what it said.

    Raises ProgramFailed.
    """
    path = shutil.which(name)
    if path is None:
        raise ProgramFailed(f"{name} is not installed: apt-get install postgresql-client")
    result = subprocess.run(  # noqa: S603  # nosec B603
        [path, *arguments],
        env=_environment(connection),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise ProgramFailed(f"{name}: {_first_error(result.stderr)}")
    return result.stdout


def _environment(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Return all that the programs see: where the database is, in the variables that libpq reads."""
    settings = connection.settings_dict
    found = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
        "PGSSLMODE": settings["OPTIONS"].get("sslmode"),
        "PGSSLROOTCERT": settings["OPTIONS"].get("sslrootcert"),
    }
    named = {name: str(value) for name, value in found.items() if value}
    return named | {"PATH": os.defpath, "LC_ALL": "C", "PGOPTIONS": f"-c lock_timeout={_LOCK_TIMEOUT}"}


def _first_error(stderr: str) -> str:
    """Return the first line that tells an error; a following DETAIL could show a member's row."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[0] if lines else "no reason given")
