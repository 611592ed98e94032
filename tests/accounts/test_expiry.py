"""Clips that have outlived their last day: taken away once, at midnight in Copenhagen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.ledger import NewEntry, expire_account, expire_due_accounts, post_entry, use_clips
from accounts.models import ClipAccount, ClipEntry, EntryKind
from tests.factories import ClipTypeFactory, CompanyFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
LAST_DAY = date(2027, 11, 23)


@pytest.fixture
def account() -> ClipAccount:
    return ClipAccount.objects.create(company=CompanyFactory.create(), clip_type=ClipTypeFactory.create())


def purchase(delta: int, key: str, *, at: datetime = NOON, valid_until: date = LAST_DAY) -> NewEntry:
    return NewEntry(kind=EntryKind.PURCHASE, delta=delta, key=key, event_at=at, valid_until=valid_until)


def entries(account: ClipAccount) -> list[tuple[int, str, int, int]]:
    return list(account.entries.order_by("seq").values_list("seq", "kind", "delta", "balance_after"))


def stored(account: ClipAccount) -> tuple[int, date | None, int]:
    fresh = ClipAccount.objects.get(pk=account.pk)
    return fresh.balance, fresh.expires_on, fresh.last_seq


@pytest.mark.fault(60)
@pytest.mark.parametrize(
    ("last_day", "expires_at"),
    [
        (date(2027, 3, 27), datetime(2027, 3, 27, 23, 0, tzinfo=UTC)),  # the night before summer time: still winter's
        (date(2027, 3, 28), datetime(2027, 3, 28, 22, 0, tzinfo=UTC)),  # the day that has 23 hours
        (date(2027, 10, 30), datetime(2027, 10, 30, 22, 0, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 10, 31, 23, 0, tzinfo=UTC)),  # the day that has 25 hours
        (date(2027, 12, 31), datetime(2027, 12, 31, 23, 0, tzinfo=UTC)),
    ],
)
def test_clips_expire_at_midnight_in_copenhagen_once(
    account: ClipAccount, last_day: date, expires_at: datetime
) -> None:
    post_entry(account, purchase(100, "a", valid_until=last_day))
    expire_account(account, now=expires_at - timedelta(microseconds=1))
    assert entries(account) == [(1, "purchase", 100, 100)]
    for _ in range(2):
        expire_account(account, now=expires_at)
    assert entries(account) == [(1, "purchase", 100, 100), (2, "expiry", -100, 0)]
    expiry = account.entries.get(seq=2)
    assert (expiry.event_at, expiry.valid_until, expiry.key) == (
        expires_at,
        None,
        f"expiry:{account.pk}:{last_day.isoformat()}:1",
    )
    assert stored(account) == (0, last_day, 2)


def test_clips_that_were_bought_after_an_expiry_expire_too(account: ClipAccount) -> None:
    post_entry(account, purchase(100, "a"))
    expire_account(account, now=NOON.replace(year=2028))
    post_entry(account, purchase(70, "b", at=NOON.replace(year=2028), valid_until=date(2029, 11, 23)))
    expire_account(account, now=NOON.replace(year=2030))
    assert entries(account) == [
        (1, "purchase", 100, 100),
        (2, "expiry", -100, 0),
        (3, "purchase", 70, 70),
        (4, "expiry", -70, 0),
    ]


@pytest.mark.fault(60)
def test_clips_that_are_put_back_after_an_expiry_expire_on_the_same_day_again(account: ClipAccount) -> None:
    """A clock ran ahead, and staff put the clips back as they were. Keys of older entries are not in the way."""
    post_entry(account, purchase(100, "a"))
    old_key = f"expiry:{account.pk}:{LAST_DAY.isoformat()}"
    post_entry(account, NewEntry(EntryKind.EXPIRY, -100, old_key, NOON))
    for number in range(3):
        post_entry(account, purchase(100, f"put back {number}"))
        for _ in range(2):
            expire_account(account, now=NOON.replace(year=2028))
        assert stored(account) == (0, LAST_DAY, 4 + 2 * number)
    keys = account.entries.filter(kind=EntryKind.EXPIRY).order_by("seq").values_list("key", flat=True)
    assert list(keys) == [old_key, *(f"{old_key}:{seq}" for seq in (3, 5, 7))]


@pytest.mark.fault(60)
def test_expire_due_accounts_takes_those_whose_last_day_is_over(account: ClipAccount) -> None:
    running = ClipAccount.objects.create(company=account.company, clip_type=ClipTypeFactory.create())
    empty = ClipAccount.objects.create(company=CompanyFactory.create(), clip_type=account.clip_type)
    post_entry(account, purchase(100, "a"))
    post_entry(running, purchase(100, "b", valid_until=date(2027, 11, 24)))
    post_entry(empty, purchase(100, "c"))
    use_clips(account=empty, quantity=100, key="d", now=NOON)
    night = datetime(2027, 11, 23, 23, 5, tzinfo=UTC)  # five past midnight in Copenhagen
    assert expire_due_accounts(now=night) == 1
    assert expire_due_accounts(now=night) == 0
    assert [stored(each)[0] for each in (account, running, empty)] == [0, 100, 0]
    assert ClipEntry.objects.filter(note="Klip udløbet").count() == 1
