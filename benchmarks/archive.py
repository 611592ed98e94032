"""Measure the zip file of a year with 10,000 PDFs of 30 kB: making it, and four members who fetch it at once.

Run by hand, from the project's folder: `var/venv/bin/python -m benchmarks.archive sqlite`, or `postgresql` for the
server of `TEST_POSTGRES_URL`. It makes a database of its own, fills it, makes the zip file in a process of its own,
starts gunicorn as in production, fetches the file four times at once, and drops the database. It takes 1.5 GB of disk.
"""

import os
import sys
import time
from threading import Thread

from benchmarks.reconciliation import database, manage
from benchmarks.web_process import BASE, Visitor, resident_megabytes, web

AT_ONCE = 4
# Of tests.factories, which cannot be imported without settings.
PASSWORD = "klip-test-100"  # noqa: S105 (nobody's)
_SHELL = ("shell", "--no-imports", "--command")


def fetch(visitor: Visitor, address: str, sizes: list[int]) -> None:
    """Fetch the file as a slow reader does, keeping nothing of it."""
    size = 0
    with visitor.stream(address) as answer:
        while piece := answer.read(1 << 16):
            size += len(piece)
    sizes.append(size)


def main(vendor: str) -> None:
    """Measure and print."""
    with database(vendor) as url:
        manage(url, "migrate", "--verbosity=0")
        manage(url, *_SHELL, "from benchmarks.year_of_documents import fill; fill()")
        manage(url, *_SHELL, "from benchmarks.year_of_documents import make; make()")
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_DATABASE_URL": url}
        with web(environment) as (process, _seconds):
            visitor = Visitor()
            visitor.get("/log-paa/")
            visitor.post("/log-paa/", login="regnskab", password=PASSWORD)
            before, began = resident_megabytes(process), time.monotonic()
            sizes: list[int] = []
            address = f"{BASE}/ordrer/bilag/{time.localtime().tm_year}/zip/"
            threads = [Thread(target=fetch, args=(visitor, address, sizes)) for _ in range(AT_ONCE)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            print(f"fetched {AT_ONCE} times at once in {time.monotonic() - began:.0f} s: {sizes} bytes")
            print("resident before, MB:", ", ".join(f"{size:.0f}" for size in before))
            print("resident after, MB:", ", ".join(f"{size:.0f}" for size in resident_megabytes(process)))


if __name__ == "__main__":
    main(sys.argv[1])
