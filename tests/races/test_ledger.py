"""Clips that are used, taken back and expired at the same moment."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError

from accounts.ledger import (
    MoreThanWasBought,
    NewEntry,
    NotEnoughClips,
    expire_account,
    post_entry,
    reverse_purchase,
    use_clips,
)
from accounts.models import ClipAccount, ClipEntry, EntryKind
from tests.factories import ClipTypeFactory, CompanyFactory
from tests.races.threads import at_once, met_before, without_row_locks

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 4
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
TOO_LATE = NOON.replace(year=2028)


def bought(quantity: int, account: ClipAccount | None = None) -> ClipEntry:
    account = account or ClipAccount.objects.create(company=CompanyFactory.create(), clip_type=ClipTypeFactory.create())
    key = f"bought:{account.pk}:{account.last_seq}"
    return post_entry(account, NewEntry(EntryKind.PURCHASE, quantity, key, NOON, date(2027, 11, 23)))


def use(entry: ClipEntry, quantity: int, key: str) -> Callable[[], str]:
    return lambda: use_clips(account=entry.account, quantity=quantity, key=f"{key}:{entry.pk}", now=NOON).kind


def take_back(entry: ClipEntry, quantity: int, key: str) -> Callable[[], str]:
    return lambda: reverse_purchase(entry=entry, quantity=quantity, key=f"{key}:{entry.pk}", now=NOON).kind


def names(answers: list[str | Exception]) -> list[str]:
    return sorted(answer if isinstance(answer, str) else type(answer).__name__ for answer in answers)


def deltas(account: ClipAccount) -> list[int]:
    """Return the account's changes, after a look at whether they add up."""
    running = 0
    found = list(account.entries.order_by("seq"))
    for number, entry in enumerate(found, start=1):
        running += entry.delta
        assert (entry.seq, entry.balance_after) == (number, running)
    account.refresh_from_db()
    assert (account.balance, account.last_seq) == (running, len(found))
    return [entry.delta for entry in found]


def test_two_uses_at_once_meet_an_error_without_the_lock() -> None:
    """The numbering of the entries keeps even then what both have read from being spent twice."""
    entry = bought(100)
    with without_row_locks(), met_before("accounts.ledger._append", parties=2):
        answers = at_once(use(entry, 60, "a"), use(entry, 60, "b"))
    assert names(answers) == ["IntegrityError", "use"]
    [refused] = [answer for answer in answers if isinstance(answer, IntegrityError)]
    assert "entries_of_an_account_are_numbered" in str(refused)


@pytest.mark.fault(24)
def test_of_two_uses_at_once_one_finds_the_clips() -> None:
    for _ in range(ROUNDS):
        entry = bought(100)
        answers = at_once(use(entry, 60, "a"), use(entry, 60, "b"))
        assert names(answers) == [NotEnoughClips.__name__, "use"]
        assert deltas(entry.account) == [100, -60]


def test_one_use_that_is_sent_twice_at_once_is_one_use() -> None:
    for _ in range(ROUNDS):
        entry = bought(100)
        assert names(at_once(use(entry, 30, "a"), use(entry, 30, "a"))) == ["use", "use"]
        assert deltas(entry.account) == [100, -30]


@pytest.mark.fault(24)
def test_taking_back_against_using_is_never_negative() -> None:
    for _ in range(ROUNDS):
        entry = bought(100)
        answers = at_once(take_back(entry, 100, "a"), use(entry, 1, "b"))
        assert names(answers) in ([NotEnoughClips.__name__, "use"], [NotEnoughClips.__name__, "reversal"])
        assert deltas(entry.account) in ([100, -100], [100, -1])


@pytest.mark.fault(22)
def test_of_two_reversals_at_once_one_succeeds_although_there_are_clips_for_both() -> None:
    for _ in range(ROUNDS):
        entry = bought(100)
        bought(1000, entry.account)
        answers = at_once(take_back(entry, 100, "a"), take_back(entry, 100, "b"))
        assert names(answers) == [MoreThanWasBought.__name__, "reversal"]
        assert deltas(entry.account) == [100, 1000, -100]


@pytest.mark.fault(60)
def test_expiry_jobs_at_once_meet_an_error_without_the_lock() -> None:
    entry = bought(100)
    with without_row_locks(), met_before("accounts.ledger._append", parties=2):
        answers = at_once(*[lambda: expire_account(entry.account, now=TOO_LATE)] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["IntegrityError", "NoneType"]
    assert deltas(entry.account) == [100, -100]
