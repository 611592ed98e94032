"""Processes that are killed with SIGKILL while they write: all or nothing, and what was committed is there."""

import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from billing.models import ArchiveStatus, Document, Order, PaymentMethod
from billing.services.archiving import LEASE, archives_to_make, make_archive
from billing.services.settling import Outcome, Received, settle_order
from tests.card.shop import PAID, UNTRIED, Standing, standing
from tests.documents.archives import YEAR, books, pdfs_of, zip_of
from tests.factories import UserFactory, open_shop, place
from tests.reliability.child import PARTS, ROWS
from tests.reliability.processes import start

pytestmark = pytest.mark.django_db(transaction=True)

SETTLED = replace(PAID, attempts=())
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="it is about SQLite's file")


@pytest.fixture
def order() -> Order:
    """100 clips, to be paid by card: settling also issues the invoice."""
    return place(UserFactory.create(), (open_shop(), 100), method=PaymentMethod.CARD).order


def settle_in_a_process_that_dies(order: Order, moment: str, *more: str) -> Standing:
    """Let a process settle the order and be killed at the moment; return how the order stands then."""
    child = start("-m", "tests.reliability.child", "settle", str(order.pk), moment, *more)
    _, errors = child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL, errors
    return standing(order)


def settle(order: Order) -> Outcome:
    """Bring the same money again, as Stripe does."""
    from_stripe = Received(PaymentMethod.CARD, order.total, date(2026, 11, 23), f"stripe:cs_{order.pk}")
    return settle_order(order_id=order.pk, received=from_stripe)


@pytest.mark.fault(38)
@pytest.mark.parametrize("moment", [*ROWS, "before commit"])
def test_killed_while_settling_leaves_nothing_and_the_repeat_settles_once(order: Order, moment: str) -> None:
    assert settle_in_a_process_that_dies(order, moment) == UNTRIED
    assert [settle(order), settle(order)] == [Outcome.SETTLED, Outcome.ALREADY]
    assert standing(order) == SETTLED


@pytest.mark.fault(38)
def test_killed_after_the_commit_leaves_everything(order: Order) -> None:
    assert settle_in_a_process_that_dies(order, "after commit") == SETTLED
    assert settle(order) is Outcome.ALREADY
    assert standing(order) == SETTLED


@pytest.mark.fault(38)
def test_killed_while_settling_leaves_half_without_the_transaction(order: Order) -> None:
    left = settle_in_a_process_that_dies(order, "entry", "torn")
    assert (left.payments, left.clips, left.invoices, left.mails) == (SETTLED.payments, SETTLED.clips, (), ())


@pytest.mark.fault(38)
@pytest.mark.parametrize("moment", ["before commit", "after commit", *PARTS])
def test_killed_while_making_a_zip_file_loses_nothing_and_doubles_nothing(moment: str) -> None:
    shop = books()
    asked = shop.ask()
    child = start("-m", "tests.reliability.child", "archive", str(asked.pk), moment)
    _, errors = child.communicate(timeout=120)
    assert child.returncode == -signal.SIGKILL, errors
    asked.refresh_from_db()
    assert asked.status == ArchiveStatus.QUEUED
    # Nobody else may take it before the lease has passed, unless the dead one never had it.
    claimed = moment != "before commit"
    assert archives_to_make() == ([] if claimed else [asked.pk])
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        assert archives_to_make() == [asked.pk]
        assert [make_archive(asked.pk), make_archive(asked.pk)] == [True, False]
    opened = zip_of(asked)
    assert [opened.read(name) for name in opened.namelist()[1:]] == pdfs_of(shop.company, YEAR)
    assert list(asked.parts.order_by("position").values_list("position", flat=True)) == [0, 1, 2]


@on_sqlite
@pytest.mark.fault(39)
def test_sqlite_killed_while_it_writes_keeps_what_was_committed() -> None:
    """Killing the process shows that a commit is complete once the shop has answered, and that half a transaction is
    gone. A true power cut, which may also take what the disk only pretended to have written, cannot be shown here:
    against it stands `synchronous=FULL`.
    """
    user, fakturaklip = UserFactory.create(), open_shop()
    told: list[int] = []
    for number_of_orders in (3, 11, 26):
        child = start("-m", "tests.reliability.child", "place", str(user.pk), str(fakturaklip.pk))
        assert child.stdout is not None
        told += [int(child.stdout.readline()) for _ in range(number_of_orders)]
        os.kill(child.pid, signal.SIGKILL)
        rest, _ = child.communicate(timeout=120)
        told += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        assert child.returncode == -signal.SIGKILL
        kept = list(Order.objects.order_by("pk").values_list("pk", flat=True))
        # The last one may have been committed, and the process killed before it could tell.
        assert kept[: len(told)] == told
        assert len(kept) - len(told) <= 1
        told = kept
        numbers = Document.objects.order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(10001, 10001 + len(kept)))
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert place(user, (fakturaklip, 100)).invoice is not None
