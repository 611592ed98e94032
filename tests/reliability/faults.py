"""The 60 cases of what must not go wrong, and the tests that show each: `@pytest.mark.fault(n)` names the case.

`python -m tests.reliability.faults` prints the table of docs/reliability.md.
"""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent

CASES = {
    1: "the webhook comes before the member does",
    2: "the member comes back before the webhook",
    3: "one webhook twice, one after the other",
    4: "one webhook twice, at the same moment",
    5: "the webhook never comes",
    6: "events in the wrong order",
    7: "a webhook that nobody signed, or the wrong one",
    8: "an old signed webhook, sent again by a stranger",
    9: "clocks too far apart",
    10: "another amount or currency than the order's",
    11: "completed at Stripe, but not paid",
    12: "no answer when a session is made",
    13: "no answer when a refund is made",
    14: "a try is repeated a day later",
    15: "the payment page expires",
    16: "one invoice paid by card and by bank",
    17: "a card holder disputes",
    18: "a test event in a live shop",
    19: "two of staff, and the bank's file, mark one order paid",
    20: "fifty invoices at once",
    21: "a rollback after a number was taken",
    22: "two whole refunds of one order",
    23: "a refund of more clips than are left",
    24: "a refund while clips are used",
    25: "two transactions wait for each other",
    26: "a transaction that another has overtaken",
    27: "many writers on SQLite",
    28: "a double click on “Afsend bestilling”",
    29: "a price that changes between cart and order",
    30: "the broker is down at the checkout",
    31: "Redis is down",
    32: "the worker is killed before it sends",
    33: "the worker is killed when the mail server has the mail",
    34: "a task that comes twice",
    35: "a transaction that is rolled back",
    36: "a full disk while a PDF is made",
    37: "the mail server is down",
    38: "killed in the middle of settling",
    39: "SQLite killed while it writes",
    40: "a backup is restored",
    41: "quantities that are none",
    42: "fields that no form has",
    43: "one field twice",
    44: "the way back without paying",
    45: "somebody else's order or document",
    46: "a reader who buys",
    47: "a user who was removed",
    48: "the session's id at log-on",
    49: "a way on that leads to another host",
    50: "a flood of log-ons",
    51: "a one-time code twice",
    52: "a statement with an outside entity",
    53: "a statement that is a bomb",
    54: "one statement twice",
    55: "a reference that is wrong, or part of the sum",
    56: "a company named like a formula",
    57: "a name that fetches files",
    58: "line breaks in a name or an address",
    59: "a person is erased",
    60: "the expiry job twice, across a change of clocks",
}

# What a case waits for, wholly or in part.
WAITS = {
    13: "refunds",
    17: "refunds and disputes at Stripe; a dispute is shown to staff already",
    19: "the import of bank files; staff and a line of a bank are tried",
    22: "refunds",
    23: "refunds; the ledger refuses it already (tests/accounts/test_use_and_reversal.py)",
    24: "refunds and the platform's API; the ledger is tried (tests/races/test_ledger.py)",
    46: "roles and invitations; reader and buyer are tried",
    47: "roles and invitations",
    50: "the hardening of log-on",
    51: "two-factor",
    52: "the import of bank files",
    53: "the import of bank files",
    54: "the import of bank files",
    55: "the import of bank files",
    56: "exports",
    59: "erasure of a person's data",
}


@cache
def shown_by_case() -> dict[int, tuple[str, ...]]:
    """Return the tests of each case, as file::name; a mark of a whole file counts for each of its tests."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text())
        of_the_file = [number for node in tree.body if _is_pytestmark(node) for number in _cases_named_in(node)]
        for test in (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")):
            own = [number for mark in test.decorator_list for number in _cases_named_in(mark)]
            for number in dict.fromkeys([*of_the_file, *own]):
                found[number].append(f"{path.relative_to(TESTS.parent)}::{test.name}")
    return {number: tuple(tests) for number, tests in found.items()}


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"


def _cases_named_in(marks: ast.AST) -> list[int]:
    return [
        int(argument.value)
        for mark in ast.walk(marks)
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    ]


def table() -> list[str]:
    """Return the lines of the table in the docs."""
    return [f"| {number} | {case} | {_shown(number)} |" for number, case in CASES.items()]


def _shown(number: int) -> str:
    tests = [f"`{test.removeprefix('tests/')}`" for test in shown_by_case().get(number, ())]
    return "<br>".join([*tests, *([f"waits for: {WAITS[number]}"] if number in WAITS else [])])


if __name__ == "__main__":
    print("| case | what happens | shown by |", "|---|---|---|", *table(), sep="\n")
