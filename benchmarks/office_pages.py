"""Measure the office's pages in a shop with 210,000 orders, documents and files and 210,000 mails.

Run by hand, from the project's folder: `var/venv/bin/python -m benchmarks.office_pages sqlite`, or `postgresql` for the
server of `TEST_POSTGRES_URL`. It makes a database of its own, fills it (`office_shop.py`), asks for each page with
session, person and template but without a network, prints a table, and drops the database.
"""

import sys

from benchmarks.reconciliation import database, manage


def main(vendor: str) -> None:
    """Measure and print."""
    with database(vendor) as url:
        manage(url, "migrate", "--verbosity=0")
        command = "from benchmarks.office_shop import fill, measure; fill(); measure()"
        manage(url, "shell", "--no-imports", "--command", command)


if __name__ == "__main__":
    main(sys.argv[1])
