"""The history of a balance: worked out by hand, and against a plain sum over all days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.balance_history import BalanceHistory, Change, DayBalance, Month, balance_history, history_of
from accounts.ledger import NewEntry, expire_account, lock_accounts, post_entry, reverse_purchase, use_clips
from accounts.models import ClipAccount, ClipEntry, EntryKind
from tests.factories import ClipTypeFactory, CompanyFactory

TODAY = date(2026, 11, 23)
FIRST = date(2025, 12, 1)


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.fixture
def account(db: None) -> ClipAccount:
    [account] = lock_accounts(CompanyFactory.create(), {ClipTypeFactory.create()})
    return account


def buy(account: ClipAccount, quantity: int, when: datetime, *, until: date = date(2028, 1, 1)) -> ClipEntry:
    key = f"purchase:{when.isoformat()}"
    return post_entry(account, NewEntry(EntryKind.PURCHASE, quantity, key, when, valid_until=until))


def use(account: ClipAccount, quantity: int, when: datetime) -> ClipEntry:
    return use_clips(account=account, quantity=quantity, key=f"use:{when.isoformat()}", now=when)


def history(account: ClipAccount) -> BalanceHistory:
    found = balance_history(account, today=TODAY)
    assert found is not None
    return found


def days(account: ClipAccount) -> list[tuple[date, int]]:
    return [(each.day, each.balance) for each in history(account).days]


def month(
    year: int, number: int, *, bought: int = 0, used: int = 0, back: int = 0, expired: int = 0, balance: int
) -> Month:
    return Month(date(year, number, 1), bought, used, back, expired, balance)


def test_year_is_as_worked_out_by_hand(account: ClipAccount) -> None:
    """Midnight in Copenhagen is 23.00 in UTC in winter and 22.00 in summer."""
    buy(account, 1000, at(2025, 10, 5, 12))
    use(account, 100, at(2025, 11, 30, 22, 59, 59))
    use(account, 40, at(2025, 11, 30, 23))
    use(account, 7, at(2026, 1, 31, 22, 59, 59))
    use(account, 3, at(2026, 1, 31, 23))
    purchase = buy(account, 500, at(2026, 3, 10, 8))
    reverse_purchase(entry=purchase, quantity=200, key="back", now=at(2026, 3, 10, 9))
    account.refresh_from_db()
    use(account, 50, at(2026, 10, 24, 21, 59, 59))
    use(account, 60, at(2026, 10, 24, 22))
    use(account, 30, at(2026, 11, 23, 11))
    assert days(account) == [
        (date(2025, 12, 1), 860),
        (date(2026, 1, 31), 853),
        (date(2026, 2, 1), 850),
        (date(2026, 3, 10), 1150),
        (date(2026, 10, 24), 1100),
        (date(2026, 10, 25), 1040),
        (date(2026, 11, 23), 1010),
    ]
    assert account.balance == 1010
    assert history(account).months == (
        month(2025, 12, used=40, balance=860),
        month(2026, 1, used=7, balance=853),
        month(2026, 2, used=3, balance=850),
        month(2026, 3, bought=500, back=200, balance=1150),
        *(month(2026, number, balance=1150) for number in range(4, 10)),
        month(2026, 10, used=110, balance=1040),
        month(2026, 11, used=30, balance=1010),
    )
    assert history(account).highest == DayBalance(date(2026, 3, 10), 1150)
    assert history(account).lowest == DayBalance(date(2026, 2, 1), 850)
    assert (history(account).has_reversals, history(account).has_expiries) == (True, False)


def test_account_without_entries_has_no_history(account: ClipAccount) -> None:
    assert balance_history(account, today=TODAY) is None


def test_young_account_begins_with_its_first_entry(account: ClipAccount) -> None:
    buy(account, 300, at(2026, 9, 30, 22))
    use(account, 20, at(2026, 11, 3))
    assert days(account) == [(date(2026, 10, 1), 300), (date(2026, 11, 3), 280)]
    assert history(account).months == (
        month(2026, 10, bought=300, balance=300),
        month(2026, 11, used=20, balance=280),
    )


def test_account_at_rest_is_level_for_12_months(account: ClipAccount) -> None:
    buy(account, 300, at(2025, 11, 30))
    assert days(account) == [(FIRST, 300)]
    assert [each.balance for each in history(account).months] == [300] * 12


def test_what_expired_falls_to_nothing_on_the_day_after_the_last(account: ClipAccount) -> None:
    buy(account, 300, at(2025, 9, 1), until=date(2026, 8, 31))
    expire_account(account, now=at(2026, 9, 4))
    account.refresh_from_db()
    assert days(account) == [(FIRST, 300), (date(2026, 9, 1), 0)]
    assert history(account).months[9] == month(2026, 9, expired=300, balance=0)
    assert history(account).has_expiries


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (date(2026, 11, 23), [(FIRST, 300)]),
        (date(2026, 11, 22), [(FIRST, 300), (TODAY, 0)]),
        (date(2025, 12, 1), [(FIRST, 300), (date(2025, 12, 2), 0)]),
        (date(2025, 11, 30), [(FIRST, 0)]),
        (date(2025, 6, 1), [(FIRST, 0)]),
    ],
)
def test_expiry_that_is_not_posted_yet_counts(
    account: ClipAccount, until: date, expected: list[tuple[date, int]]
) -> None:
    buy(account, 300, at(2025, 5, 1), until=until)
    assert days(account) == expected
    assert account.balance == 300


def test_expiry_of_a_young_account_that_is_not_posted_yet_counts(account: ClipAccount) -> None:
    buy(account, 300, at(2026, 10, 5), until=date(2026, 10, 31))
    assert days(account) == [(date(2026, 10, 5), 300), (date(2026, 11, 1), 0)]
    assert history(account).months[1] == month(2026, 11, expired=300, balance=0)


def test_clock_that_ran_ahead_changes_today(account: ClipAccount) -> None:
    buy(account, 300, at(2026, 11, 2))
    use(account, 10, at(2026, 12, 24))
    assert days(account) == [(date(2026, 11, 2), 300), (TODAY, 290)]


def test_use_that_is_dated_before_its_purchase_leaves_no_balance_below_nothing(account: ClipAccount) -> None:
    buy(account, 100, at(2026, 11, 9, 23, 0, 5))
    use(account, 10, at(2026, 11, 9, 22, 59, 58))
    assert days(account) == [(date(2026, 11, 9), 0), (date(2026, 11, 10), 90)]
    assert history(account).months == (month(2026, 11, bought=100, used=10, balance=90),)


def test_entries_that_step_back_stand_on_their_own_days(account: ClipAccount) -> None:
    buy(account, 100, at(2026, 11, 2))
    use(account, 10, at(2026, 11, 6))
    use(account, 5, at(2026, 11, 4))
    assert days(account) == [(date(2026, 11, 2), 100), (date(2026, 11, 4), 95), (date(2026, 11, 6), 85)]


def test_history_ends_with_the_balance_that_was_read(account: ClipAccount) -> None:
    """However many clips are used between reading the account and reading its entries."""
    buy(account, 100, at(2026, 11, 2))
    read = ClipAccount.objects.get()
    use(account, 10, at(2026, 11, 6))
    assert days(read) == [(date(2026, 11, 2), 100)]
    assert days(account) == [(date(2026, 11, 2), 100), (date(2026, 11, 6), 90)]


def test_other_accounts_are_left_alone(account: ClipAccount) -> None:
    [other] = lock_accounts(account.company, {ClipTypeFactory.create()})
    buy(account, 100, at(2026, 11, 2))
    buy(other, 900, at(2026, 11, 3))
    assert days(account) == [(date(2026, 11, 2), 100)]


def test_many_entries_are_added_up_by_the_database(account: ClipAccount) -> None:
    entries = [
        ClipEntry(
            account=account,
            seq=number,
            kind="purchase" if number == 1 else "use",
            delta=9000 if number == 1 else -1,
            balance_after=9001 - number,
            valid_until=date(2028, 1, 1) if number == 1 else None,
            key=f"k{number}",
            event_at=at(2026, 11, 1) + timedelta(seconds=number),
        )
        for number in range(1, 3001)
    ]
    ClipEntry.objects.bulk_create(entries)
    account.balance, account.last_seq = 6001, 3000
    with CaptureQueriesContext(connection) as queries:
        assert days(account) == [(date(2026, 11, 1), 6001)]
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute(queries[0]["sql"])
        assert len(cursor.fetchall()) == 2  # one hour, two kinds


# --- against a plain sum ---------------------------------------------------------------------------------------------

_CHANGES = st.lists(
    st.builds(
        Change,
        day=st.dates(FIRST, TODAY),
        kind=st.sampled_from(EntryKind.values),
        delta=st.integers(-(2**31), 2**31),
        entries=st.just(1),
    ),
    max_size=30,
)


@given(changes=_CHANGES, opening=st.integers(0, 2**31))
def test_every_day_has_the_sum_of_what_came_before_it_ended(changes: list[Change], opening: int) -> None:
    balance = opening + sum(change.delta for change in changes)
    found = history_of(changes, balance=balance, begins=FIRST, today=TODAY)
    for number in range((TODAY - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        expected = opening + sum(change.delta for change in changes if change.day <= day)
        assert [each.balance for each in found.days if each.day <= day][-1] == max(expected, 0)
    assert found.days[-1].balance == max(balance, 0)
    assert found.months[-1].balance == max(balance, 0)
    net = sum(each.bought - each.used - each.reversed - each.expired for each in found.months)
    assert net == balance - opening
    assert [each.first_day.month for each in found.months] == [12, *range(1, 12)]
