"""The ledger of clips: what may be posted, once, and when clips expire."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.ledger import (
    KeyReused,
    NewEntry,
    NotEnoughClips,
    add_months,
    expire_account,
    lock_accounts,
    post_entry,
)
from accounts.models import ClipAccount, ClipEntry, EntryKind
from tests.factories import ClipTypeFactory, CompanyFactory, UserFactory

pytestmark = pytest.mark.django_db

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=COPENHAGEN)
LAST_DAY = date(2027, 11, 23)


@pytest.fixture
def account() -> ClipAccount:
    return ClipAccount.objects.create(company=CompanyFactory.create(), clip_type=ClipTypeFactory.create())


def purchase(
    delta: int, key: str, *, at: datetime = NOON, valid_until: date = LAST_DAY, kind: EntryKind = EntryKind.PURCHASE
) -> NewEntry:
    return NewEntry(kind=kind, delta=delta, key=key, event_at=at, valid_until=valid_until)


def use(delta: int, key: str, *, at: datetime = NOON) -> NewEntry:
    return NewEntry(kind=EntryKind.USE, delta=delta, key=key, event_at=at)


def entries(account: ClipAccount) -> list[tuple[int, str, int, int]]:
    return list(account.entries.order_by("seq").values_list("seq", "kind", "delta", "balance_after"))


def stored(account: ClipAccount) -> tuple[int, date | None, int]:
    fresh = ClipAccount.objects.get(pk=account.pk)
    return fresh.balance, fresh.expires_on, fresh.last_seq


# --- posting ---------------------------------------------------------------------------------------------------------


def test_post_entry_writes_the_entry_and_the_balance(account: ClipAccount) -> None:
    actor = UserFactory.create()
    entry = NewEntry(EntryKind.PURCHASE, 250, "order-line:7", NOON, LAST_DAY, actor, "Bestilling 3")
    posted = post_entry(account, entry)
    read = ClipEntry.objects.get(pk=posted.pk)
    assert (read.account, read.seq, read.kind, read.delta, read.balance_after) == (account, 1, "purchase", 250, 250)
    assert (read.key, read.event_at, read.valid_until) == ("order-line:7", NOON, LAST_DAY)
    assert (read.actor, read.note) == (actor, "Bestilling 3")
    assert stored(account) == (250, LAST_DAY, 1)
    assert (account.balance, account.expires_on, account.last_seq) == (250, LAST_DAY, 1)


def test_post_entry_numbers_entries_without_holes(account: ClipAccount) -> None:
    for number in range(1, 6):
        post_entry(account, purchase(number, f"k{number}"))
    with pytest.raises(NotEnoughClips):
        post_entry(account, use(-16, "for-mange"))
    post_entry(account, use(-15, "alt"))
    post_entry(account, purchase(6, "k6"))
    assert entries(account) == [
        (1, "purchase", 1, 1),
        (2, "purchase", 2, 3),
        (3, "purchase", 3, 6),
        (4, "purchase", 4, 10),
        (5, "purchase", 5, 15),
        (6, "use", -15, 0),
        (7, "purchase", 6, 6),
    ]


def test_post_entry_trusts_the_database_and_not_a_stale_account(account: ClipAccount) -> None:
    stale = ClipAccount.objects.get(pk=account.pk)
    post_entry(account, purchase(100, "a"))
    post_entry(stale, purchase(50, "b"))
    assert entries(account) == [(1, "purchase", 100, 100), (2, "purchase", 50, 150)]
    assert stale.balance == 150


def test_post_entry_with_a_known_key_returns_what_was_posted(account: ClipAccount) -> None:
    """Whoever posts it again may do so later, be somebody else, and use other words."""
    first = post_entry(account, purchase(100, "order-line:1"))
    later = replace(purchase(100, "order-line:1", at=NOON.replace(year=2027)), actor=UserFactory.create(), note="Igen")
    assert post_entry(account, later) == first
    assert entries(account) == [(1, "purchase", 100, 100)]
    assert stored(account) == (100, LAST_DAY, 1)


@pytest.mark.parametrize(
    "other",
    [
        purchase(101, "order-line:1"),
        purchase(-100, "order-line:1"),
        use(100, "order-line:1"),
        purchase(100, "order-line:1", valid_until=date(2028, 11, 23)),
    ],
    ids=["more", "less", "kind", "valid until"],
)
def test_post_entry_refuses_a_known_key_with_other_contents(account: ClipAccount, other: NewEntry) -> None:
    post_entry(account, purchase(100, "order-line:1"))
    with pytest.raises(KeyReused, match="order-line:1"):
        post_entry(account, other)
    assert entries(account) == [(1, "purchase", 100, 100)]


def test_post_entry_refuses_a_key_that_another_account_has(account: ClipAccount) -> None:
    post_entry(account, purchase(100, "order-line:1"))
    other = ClipAccount.objects.create(company=CompanyFactory.create(), clip_type=account.clip_type)
    with pytest.raises(KeyReused):
        post_entry(other, purchase(100, "order-line:1"))
    assert (entries(other), stored(other)) == ([], (0, None, 0))


def test_post_entry_refuses_more_than_there_is(account: ClipAccount) -> None:
    post_entry(account, purchase(100, "a"))
    with pytest.raises(NotEnoughClips):
        post_entry(account, use(-101, "b"))
    assert entries(account) == [(1, "purchase", 100, 100)]
    assert stored(account) == (100, LAST_DAY, 1)
    post_entry(account, use(-100, "b"))
    assert stored(account) == (0, LAST_DAY, 2)


def test_entry_of_a_clock_that_stepped_back_is_posted_after_what_is_there(account: ClipAccount) -> None:
    post_entry(account, purchase(100, "a"))
    post_entry(account, use(-10, "b", at=NOON - timedelta(days=400)))
    assert entries(account) == [(1, "purchase", 100, 100), (2, "use", -10, 90)]
    assert account.entries.get(seq=2).event_at == NOON - timedelta(days=400)


# --- how long clips last ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 23), 12, date(2027, 11, 23)),
        (date(2026, 11, 23), 24, date(2028, 11, 23)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 24, date(2030, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2027, 2, 28), 12, date(2028, 2, 28)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 0, date(2026, 1, 31)),
    ],
)
def test_add_months_keeps_the_day_or_takes_the_months_last(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


def test_new_purchase_extends_all_unused_clips(account: ClipAccount) -> None:
    post_entry(account, purchase(100, "a"))
    post_entry(account, purchase(50, "b", at=NOON.replace(year=2027), valid_until=date(2028, 11, 23)))
    assert stored(account) == (150, date(2028, 11, 23), 2)


def test_new_purchase_never_shortens(account: ClipAccount) -> None:
    """24 months for many clips, then 12 months for few, a day later: all of them keep the 24 months."""
    post_entry(account, purchase(5001, "a", valid_until=date(2028, 11, 23)))
    post_entry(account, purchase(100, "b", at=NOON.replace(day=24), valid_until=date(2027, 11, 24)))
    assert stored(account) == (5101, date(2028, 11, 23), 2)


def test_clips_last_through_their_last_day(account: ClipAccount) -> None:
    post_entry(account, purchase(100, "a"))
    last_moment = datetime(2027, 11, 23, 23, 59, 59, tzinfo=COPENHAGEN)
    expire_account(account, now=last_moment)
    post_entry(account, purchase(200, "b", at=last_moment, valid_until=date(2028, 11, 23)))
    assert stored(account) == (300, date(2028, 11, 23), 2)


def test_post_entry_first_expires_what_is_due(account: ClipAccount) -> None:
    """A purchase that comes too late does not wake what has expired, even if the nightly job has not run."""
    post_entry(account, purchase(100, "a"))
    midnight = datetime(2027, 11, 24, 0, 0, tzinfo=COPENHAGEN)
    post_entry(account, purchase(200, "b", at=midnight, valid_until=date(2028, 11, 24)))
    assert entries(account) == [(1, "purchase", 100, 100), (2, "expiry", -100, 0), (3, "purchase", 200, 200)]
    assert stored(account) == (200, date(2028, 11, 24), 3)


def test_post_entry_that_is_refused_posts_no_expiry_either(account: ClipAccount) -> None:
    post_entry(account, purchase(100, "a"))
    with pytest.raises(NotEnoughClips):
        post_entry(account, use(-50, "b", at=NOON.replace(year=2028)))
    assert entries(account) == [(1, "purchase", 100, 100)]
    assert stored(account) == (100, LAST_DAY, 1)


def test_account_without_clips_has_nothing_to_expire(account: ClipAccount) -> None:
    post_entry(account, purchase(100, "a"))
    post_entry(account, use(-100, "b"))
    expire_account(account, now=NOON.replace(year=2030))
    assert len(entries(account)) == 2
    post_entry(account, purchase(10, "c", at=NOON.replace(year=2030), valid_until=date(2031, 11, 23)))
    assert stored(account) == (10, date(2031, 11, 23), 3)


# --- accounts --------------------------------------------------------------------------------------------------------


def test_lock_accounts_makes_what_is_missing_and_sorts_by_id() -> None:
    company, other = CompanyFactory.create(), CompanyFactory.create()
    first, second, third = ClipTypeFactory.create(), ClipTypeFactory.create(), ClipTypeFactory.create()
    of_other = lock_accounts(other, {first})
    [of_third] = lock_accounts(company, {third})
    post_entry(of_third, purchase(100, "a"))
    locked = lock_accounts(company, [second, third, first])
    assert [account.pk for account in locked] == sorted(account.pk for account in locked)
    assert {(account.clip_type, account.balance) for account in locked} == {(first, 0), (second, 0), (third, 100)}
    assert lock_accounts(company, [first, second, third]) == locked
    assert lock_accounts(other, [first]) == of_other
    assert ClipAccount.objects.count() == 4


def test_lock_accounts_makes_them_in_one_order_however_they_are_named() -> None:
    """Two transactions that insert the same rows in opposite orders would wait for each other for ever."""
    types = [ClipTypeFactory.create() for _ in range(5)]
    for named in (types, types[::-1]):
        assert [account.clip_type for account in lock_accounts(CompanyFactory.create(), named)] == types


def test_lock_accounts_of_no_clips_is_nothing() -> None:
    assert lock_accounts(CompanyFactory.create(), set()) == []
