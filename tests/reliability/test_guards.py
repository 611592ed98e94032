"""No guard without a test: what the code has is what tests/reliability/guards.py lists, and what the docs show."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from accounts.append_only import guarded_models, trigger_names
from tests.database import ROOMS, constraints_of
from tests.reliability.guards import CONSTRAINTS, LOCKS, TRIGGERS, UNIQUE_COLUMNS, rows, table

ROOT = Path(__file__).resolve().parent.parent.parent
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Transactions of functions that are not run again when the database gives them up, each with its reason.
NOT_RETRIED = {
    "accounts/admin/user.py:send_link",  # it answers a request, to which it adds messages
    "accounts/membership.py:create_company_with_user",  # they save the caller's own objects, which a failed run changes
    "accounts/membership.py:create_user",
    "billing/reconciliation/snapshot.py:snapshot",  # it only reads, and what its block has seen is of no more use
}


def production() -> Iterator[tuple[str, ast.Module]]:
    """Yield every file of the shop's rooms with its syntax tree."""
    for room in (*ROOMS, "checkout", "truelink_shop"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def calls(node: ast.AST, name: str) -> bool:
    """Whether `….name(…)` is called anywhere below the node."""
    return any(
        isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == name
        for each in ast.walk(node)
    )


def functions_that_call(name: str) -> dict[str, ast.FunctionDef]:
    """Return the functions that call `….name(…)`, as file:function."""
    return {
        f"{path}:{node.name}": node
        for path, tree in production()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and calls(node, name)
    }


def decorators(function: ast.FunctionDef) -> set[str]:
    return {each.id for each in function.decorator_list if isinstance(each, ast.Name)}


def test_every_lock_is_listed() -> None:
    assert set(functions_that_call("select_for_update")) == set(LOCKS)


def test_every_constraint_is_listed() -> None:
    assert {name for room in ROOMS for name in constraints_of(room)} == set(CONSTRAINTS)


def test_every_unique_column_is_listed() -> None:
    found = {
        f"{model._meta.label}.{field.name}"
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
        for field in model._meta.concrete_fields
        if field.unique and not field.primary_key and not model._meta.proxy
    }
    assert found == set(UNIQUE_COLUMNS)


def test_every_trigger_is_listed() -> None:
    assert {name for model in guarded_models() for name in trigger_names(model, "postgresql")} == set(TRIGGERS)


@cache
def functions_in(path: str) -> set[str]:
    return {node.name for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, FUNCTIONS)}


@pytest.mark.parametrize("test", sorted({test for _, _, tests in rows() for test in tests}))
def test_every_test_that_is_listed_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert name in functions_in(path)


def test_docs_show_the_lists() -> None:
    """`python -m tests.reliability.guards` prints the table."""
    docs = "".join(path.read_text() for path in sorted((ROOT / "docs").glob("reliability*.md"))).splitlines()
    assert [line for line in table() if line not in docs] == []


# --- transactions -----------------------------------------------------------------------------------------------------


def test_every_transaction_is_run_again_or_says_why_not() -> None:
    own = functions_that_call("atomic")
    assert {name for name, function in own.items() if "retried" not in decorators(function)} == NOT_RETRIED


def test_what_is_run_again_calls_nothing_before_or_after_its_transaction_but_the_database() -> None:
    """A mail that is sent, or Stripe that is called, would be so twice."""
    outside: dict[str, set[str]] = {}
    for name, function in functions_that_call("atomic").items():
        if "retried" in decorators(function):
            around = [each for each in ast.walk(function) if isinstance(each, ast.Call)]
            within = {id(call) for block in _transactions(function) for call in ast.walk(block)}
            outside[name] = {ast.unparse(call.func) for call in around if id(call) not in within}
    last_names = {name.rpartition(".")[2] for found in outside.values() for name in found}
    assert last_names == {"filter", "exclude", "exists", "error", "type"}, outside  # queries, and lines of the log


def _transactions(function: ast.FunctionDef) -> Iterator[ast.With]:
    for node in ast.walk(function):
        if isinstance(node, ast.With) and any(calls(item.context_expr, "atomic") for item in node.items):
            yield node


def test_no_model_is_left_out() -> None:
    """The rooms named above are those that have tables."""
    with_tables = {model._meta.app_label for model in apps.get_models() if issubclass(model, models.Model)}
    assert set(ROOMS) == {label for label in with_tables if (ROOT / label).is_dir()}
