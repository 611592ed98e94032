"""Measure "Ordrer og fakturaer" for a company with 10,000 orders among 200,000 of others.

Run by hand, from the project's folder: `var/venv/bin/python -m benchmarks.orders_page sqlite`, or `postgresql` for the
server of `TEST_POSTGRES_URL`. It makes a database of its own, fills it (`many_orders.py`), asks for each page with
session, person and template but without a network, prints a table, and drops the database. `plans` after the
database's name prints the plans of three queries too.
"""

import sys

from benchmarks.reconciliation import database, manage

_COMMAND = "from benchmarks.many_orders import fill, measure; fill(); measure(plans={plans})"


def main(vendor: str, *more: str) -> None:
    """Measure and print."""
    with database(vendor) as url:
        manage(url, "migrate", "--verbosity=0")
        manage(url, "shell", "--no-imports", "--command", _COMMAND.format(plans="plans" in more))


if __name__ == "__main__":
    main(*sys.argv[1:])
