"""Measure a reconciliation of a shop with 1,000,000 ledger entries.

Run by hand, from the project's folder: `var/venv/bin/python -m benchmarks.reconciliation sqlite`, or `postgresql` for
the server of `TEST_POSTGRES_URL`. It makes a database of its own, fills it (`large_shop.py`), runs `manage.py afstem`
three times in a process of its own, and drops the database. Filling takes some minutes and 5 GB of disk.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.operations.servers import new_database

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3


@contextmanager
def database(vendor: str) -> Iterator[str]:
    """Make an empty database, give its address, and drop it."""
    if vendor == "postgresql":
        with new_database() as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        yield f"sqlite:///{folder}/shop.sqlite3"


def manage(url: str, *arguments: str) -> None:
    """Run `manage.py` upon the database."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_DATABASE_URL": url}
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True)


def main(vendor: str) -> None:
    """Measure and print."""
    with database(vendor) as url:
        manage(url, "migrate", "--verbosity=0")
        manage(url, "shell", "--no-imports", "--command", "from benchmarks.large_shop import fill; fill()")
        seconds = []
        for _ in range(RUNS):
            began = time.monotonic()
            manage(url, "afstem")
            seconds.append(time.monotonic() - began)
    peak, load = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, os.getloadavg()[0]
    print(f"{vendor}: {', '.join(f'{each:.1f}' for each in seconds)} s at a load of {load:.0f}")
    print(f"most memory of a process, filling included: {peak:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1])
