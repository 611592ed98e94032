"""The moment of the database that a reconciliation looks at, while the shop goes on selling."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from accounts.models import Company
from billing.models import Document, Reconciliation
from billing.reconciliation import numbers
from billing.reconciliation.running import reconcile
from billing.reconciliation.snapshot import snapshot
from tests.factories import CompanyFactory, UserFactory, open_shop, pay, place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def buy() -> Callable[[], None]:
    """Somebody else buys, in a thread of their own, and is done when this returns."""
    fakturaklip, user = open_shop(), UserFactory.create()

    def order_and_pay() -> None:
        try:
            pay(place(user, (fakturaklip, 100)).order)
        finally:
            connections.close_all()

    def in_a_thread() -> None:
        thread = Thread(target=order_and_pay, daemon=True)
        thread.start()
        thread.join(60)
        assert not thread.is_alive()

    in_a_thread()
    return in_a_thread


@contextmanager
def just_before(table: str, act: Callable[[], None]) -> Iterator[None]:
    """Let something happen once, just before the first statement that reads the table."""
    waiting = [act]

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if waiting and f'FROM "{table}"' in sql:
            waiting.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield
    assert not waiting


def test_without_the_snapshot_a_sale_between_two_statements_looks_like_a_difference(buy: Callable[[], None]) -> None:
    with just_before("billing_numberseries", buy):
        found = numbers.numbers(timezone.now())
    assert found.sentences == ("Faktura 10002 findes ikke, og ingen har skrevet hvorfor.",)


def test_a_sale_between_two_statements_is_no_difference(buy: Callable[[], None]) -> None:
    """It goes on unhindered, on SQLite too, and is seen by the next one."""
    with just_before("billing_numberseries", buy):
        run = reconcile(with_stripe=False)
    assert (run.differences, Document.objects.count()) == (0, 2)
    assert reconcile(with_stripe=False).differences == 0


def test_the_snapshot_sees_one_moment(buy: Callable[[], None]) -> None:
    with snapshot():
        before = Document.objects.count()
        buy()
        assert Document.objects.count() == before == 1
    assert Document.objects.count() == 2


def test_the_snapshot_refuses_to_write_and_afterwards_all_is_as_before() -> None:
    company = CompanyFactory.create()
    with pytest.raises(DatabaseError), snapshot():
        Company.objects.filter(pk=company.pk).update(name="Nyt navn")
    Company.objects.filter(pk=company.pk).update(name="Andet navn")
    assert Company.objects.get().name == "Andet navn"
    if connection.vendor == "sqlite":
        assert connection.transaction_mode == "IMMEDIATE"  # type: ignore[attr-defined]


def test_the_snapshot_needs_a_transaction_of_its_own() -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(), snapshot():
        pass
    assert Reconciliation.objects.count() == 0
