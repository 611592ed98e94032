"""Measure the page of a clip account with 200,000 entries, and the file of them all.

Run by hand, from the project's folder: `var/venv/bin/python -m benchmarks.clip_account sqlite`, or `postgresql` for the
server of `TEST_POSTGRES_URL`. It makes a database of its own, fills it (`large_account.py`), and drops it.
"""

import sys

from benchmarks.reconciliation import database, manage

if __name__ == "__main__":
    with database(sys.argv[1]) as url:
        manage(url, "migrate", "--verbosity=0")
        manage(url, "shell", "--no-imports", "--command", "from benchmarks.large_account import measure; measure()")
