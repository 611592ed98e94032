"""`python -m tests.mutations [NAME …]`: try each mutation in a copy of the tree, and print what caught it.

Exits with 1 when one goes unnoticed. The table is also written to `var/mutations/table.md`. Needs PostgreSQL (as
`TEST_POSTGRES_URL` says) for some.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests import services
from tests.mutations.billing import BILLING
from tests.mutations.card import CARD
from tests.mutations.ledger import LEDGER
from tests.mutations.mutation import ROOT, Database, Mutation

_FOLDER = ROOT / "var" / "mutations"
_TREE = _FOLDER / "tree"
_SECONDS = 900
_FAILED_TESTS = 1


def main(names: Sequence[str]) -> int:
    """Try the mutations of these names, or all, and return the exit code."""
    chosen = [mutation for mutation in (*LEDGER, *BILLING, *CARD) if not names or mutation.name in names]
    if not chosen:
        print("No such mutation.", file=sys.stderr)
        return 2
    _copy_tree()
    if not all(_is_green(database, chosen) for database in ("sqlite", "postgresql")):
        print("The tests fail without any mutation: nothing can be learnt.", file=sys.stderr)
        return 2
    rows = [_tried(mutation) for mutation in chosen]
    table = "\n".join(["| taken away | where | caught by | s |", "|---|---|---|---|", *(row for row, _ in rows)])
    (_FOLDER / "table.md").write_text(table + "\n")
    unnoticed = sum(not caught for _, caught in rows)
    print(f"{len(rows)} mutations, {len(rows) - unnoticed} caught, {unnoticed} unnoticed")
    return 1 if unnoticed else 0


def _copy_tree() -> None:
    """Lay a copy of what git knows of."""
    shutil.rmtree(_FOLDER, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 (the git of the machine)
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (_TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, _TREE / name)


def _is_green(database: Database, mutations: Iterable[Mutation]) -> bool:
    """Whether the tests pass as long as nothing is taken away."""
    tests = {test for mutation in mutations if mutation.database == database for test in mutation.tests}
    if not tests:
        return True
    code, words = _run(database, ["-n", "2", *sorted(tests)])
    if code:
        print(words[-3000:], file=sys.stderr)
    return code == 0


def _tried(mutation: Mutation) -> tuple[str, bool]:
    """Return the table's row, and whether a test failed."""
    problem = mutation.problem(_TREE)
    if problem:
        raise SystemExit(f"{mutation.name}: {problem}")
    began = time.monotonic()
    mutation.apply(_TREE)
    try:
        code, words = _run(mutation.database, mutation.tests)
    finally:
        mutation.undo(_TREE)
    caught = code == _FAILED_TESTS
    by = _first_failure(words) if caught else f"**nothing** (pytest ended with {code})"
    row = f"| {mutation.name} | {mutation.file} | {by} | {time.monotonic() - began:.0f} |"
    print(row, flush=True)
    return row, caught


def _run(database: Database, arguments: Sequence[str]) -> tuple[int, str]:
    url = services.POSTGRES_URL if database == "postgresql" else ""
    environment = {**os.environ, "TEST_DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("TEST_RUN", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--exitfirst", "--quiet", "--no-header", *arguments],
        cwd=_TREE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def _first_failure(words: str) -> str:
    found = re.search(r"^(?:FAILED|ERROR) (\S+)", words, re.MULTILINE)
    return f"`{Path(found[1].partition('::')[0]).name}::{found[1].rpartition('::')[2]}`" if found else "an error"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
