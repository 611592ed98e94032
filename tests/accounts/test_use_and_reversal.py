"""Clips that are used, and purchases that are taken back."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.ledger import (
    KeyReused,
    MoreThanWasBought,
    NewEntry,
    NotAPurchase,
    NotAQuantity,
    NotEnoughClips,
    expire_account,
    post_entry,
    reverse_purchase,
    use_clips,
)
from accounts.models import ClipAccount, ClipEntry, EntryKind
from tests.factories import ClipTypeFactory, CompanyFactory, StaffFactory

pytestmark = pytest.mark.django_db

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=COPENHAGEN)
IN_A_YEAR, IN_TWO = date(2027, 11, 23), date(2028, 11, 23)


@pytest.fixture
def account() -> ClipAccount:
    return ClipAccount.objects.create(company=CompanyFactory.create(), clip_type=ClipTypeFactory.create())


def buy(account: ClipAccount, quantity: int, key: str, valid_until: date = IN_A_YEAR) -> ClipEntry:
    return post_entry(account, NewEntry(EntryKind.PURCHASE, quantity, key, NOON, valid_until, note=f"Bestilling {key}"))


def use(account: ClipAccount, quantity: int, key: str = "u", now: datetime = NOON) -> ClipEntry:
    return use_clips(account=account, quantity=quantity, key=key, now=now)


def take_back(bought: ClipEntry, quantity: int, key: str = "r", now: datetime = NOON) -> ClipEntry:
    return reverse_purchase(entry=bought, quantity=quantity, key=key, now=now)


def entries(account: ClipAccount) -> list[tuple[str, int, int]]:
    return list(account.entries.order_by("seq").values_list("kind", "delta", "balance_after"))


def stored(account: ClipAccount) -> tuple[int, date | None, int]:
    fresh = ClipAccount.objects.get(pk=account.pk)
    return fresh.balance, fresh.expires_on, fresh.last_seq


# --- using -----------------------------------------------------------------------------------------------------------


def test_use_clips_takes_them_away_and_says_who_and_what_for(account: ClipAccount) -> None:
    buy(account, 100, "1")
    actor = StaffFactory.create()
    used = use_clips(account=account, quantity=40, key="u", now=NOON, actor=actor, note="Faktura 7")
    assert entries(account) == [("purchase", 100, 100), ("use", -40, 60)]
    assert (used.event_at, used.actor, used.note, used.reverses, used.valid_until) == (
        NOON,
        actor,
        "Faktura 7",
        None,
        None,
    )
    assert stored(account) == (60, IN_A_YEAR, 2)
    assert (account.balance, account.last_seq) == (60, 2)


def test_use_clips_takes_the_last_clip_and_not_one_more(account: ClipAccount) -> None:
    buy(account, 100, "1")
    with pytest.raises(NotEnoughClips):
        use(account, 101)
    use(account, 100)
    with pytest.raises(NotEnoughClips):
        use(account, 1, "u2")
    assert entries(account) == [("purchase", 100, 100), ("use", -100, 0)]


def test_use_clips_on_the_last_day_and_not_after_it(account: ClipAccount) -> None:
    buy(account, 100, "1")
    last_moment = datetime(2027, 11, 23, 23, 59, 59, tzinfo=COPENHAGEN)
    use(account, 1, "u1", last_moment)
    with pytest.raises(NotEnoughClips):
        use(account, 1, "u2", datetime(2027, 11, 24, tzinfo=COPENHAGEN))
    assert stored(account) == (99, IN_A_YEAR, 2)


def test_use_clips_again_with_the_key_is_the_same_use(account: ClipAccount) -> None:
    buy(account, 100, "1")
    first = use(account, 60)
    assert use(account, 60, now=NOON.replace(hour=13)) == first
    expire_account(account, now=NOON.replace(year=2028))
    assert use(account, 60, now=NOON.replace(year=2028)) == first
    assert entries(account) == [("purchase", 100, 100), ("use", -60, 40), ("expiry", -40, 0)]


def test_use_clips_again_with_the_key_tells_the_caller_how_the_account_stands(account: ClipAccount) -> None:
    buy(account, 100, "1")
    before = ClipAccount.objects.get(pk=account.pk)
    use(account, 60)
    use(before, 60)
    assert (before.balance, before.last_seq) == (40, 2)


@pytest.mark.parametrize("quantity", [0, -1, 1.5, 2.0, True])
def test_use_and_reversal_are_of_one_whole_clip_or_more(account: ClipAccount, quantity: int) -> None:
    bought = buy(account, 100, "1")
    with pytest.raises(NotAQuantity):
        use(account, quantity)
    with pytest.raises(NotAQuantity):
        take_back(bought, quantity)
    assert entries(account) == [("purchase", 100, 100)]


# --- taking back -----------------------------------------------------------------------------------------------------


def test_reverse_purchase_names_what_it_takes_back(account: ClipAccount) -> None:
    bought = buy(account, 100, "1")
    actor = StaffFactory.create()
    taken = reverse_purchase(entry=bought, quantity=30, key="r", now=NOON, actor=actor)
    assert (taken.reverses, taken.note, taken.actor, taken.event_at) == (bought, "Bestilling 1", actor, NOON)
    assert reverse_purchase(entry=bought, quantity=1, key="r2", now=NOON, note="Fejl").note == "Fejl"
    assert entries(account) == [("purchase", 100, 100), ("reversal", -30, 70), ("reversal", -1, 69)]
    assert stored(account) == (69, IN_A_YEAR, 3)


def test_reverse_purchase_never_takes_back_more_than_was_bought(account: ClipAccount) -> None:
    bought = buy(account, 100, "1")
    buy(account, 500, "2")
    with pytest.raises(MoreThanWasBought):
        take_back(bought, 101)
    take_back(bought, 60, "r1")
    with pytest.raises(MoreThanWasBought):
        take_back(bought, 41, "r2")
    take_back(bought, 40, "r3")
    with pytest.raises(MoreThanWasBought):
        take_back(bought, 1, "r4")
    assert [delta for _, delta, _ in entries(account)] == [100, 500, -60, -40]


@pytest.mark.fault(23)
def test_reverse_purchase_of_more_clips_than_are_left_is_refused(account: ClipAccount) -> None:
    bought = buy(account, 100, "1")
    use(account, 30)
    with pytest.raises(NotEnoughClips):
        take_back(bought, 71)
    take_back(bought, 70)
    assert entries(account) == [("purchase", 100, 100), ("use", -30, 70), ("reversal", -70, 0)]


def test_reverse_purchase_again_with_the_key_is_the_same_reversal(account: ClipAccount) -> None:
    bought = buy(account, 100, "1")
    first = take_back(bought, 100)
    assert take_back(bought, 100, now=NOON.replace(year=2030)) == first
    assert stored(account) == (0, None, 2)


def test_key_of_a_reversal_or_a_use_with_other_contents_is_refused(account: ClipAccount) -> None:
    first, second = buy(account, 100, "1"), buy(account, 100, "2")
    take_back(first, 10)
    use(account, 10)
    others: list[Callable[[], ClipEntry]] = [
        lambda: take_back(second, 10),
        lambda: take_back(first, 11),
        lambda: take_back(first, 10, "u"),
        lambda: use(account, 10, "r"),
        lambda: use(account, 11),
        lambda: use(account, 10, "1"),
    ]
    for again in others:
        with pytest.raises(KeyReused):
            again()
    assert stored(account) == (180, IN_A_YEAR, 4)


def test_only_a_purchase_of_the_account_is_reversed(account: ClipAccount) -> None:
    bought = buy(account, 100, "1")
    used, taken = use(account, 10), take_back(bought, 10)
    for other in (used, taken):
        with pytest.raises(NotAPurchase):
            take_back(other, 1, "x")
    elsewhere = ClipAccount.objects.create(company=account.company, clip_type=ClipTypeFactory.create())
    buy(elsewhere, 100, "2")
    for reverses in (bought, None):
        with pytest.raises(NotAPurchase):
            post_entry(elsewhere, NewEntry(EntryKind.REVERSAL, -1, "x", NOON, reverses=reverses))
    assert (len(entries(account)), len(entries(elsewhere))) == (3, 1)


# --- how long the others last ----------------------------------------------------------------------------------------


def test_account_whose_only_purchase_is_wholly_reversed_has_no_last_day(account: ClipAccount) -> None:
    bought = buy(account, 100, "1")
    take_back(bought, 99, "r1")
    assert stored(account) == (1, IN_A_YEAR, 2)
    take_back(bought, 1, "r2")
    assert stored(account) == (0, None, 3)
    assert account.entries.count() == 3
    buy(account, 10, "2", IN_TWO)
    assert stored(account) == (10, IN_TWO, 4)


def test_last_day_is_worked_out_from_the_purchases_that_are_left(account: ClipAccount) -> None:
    first, second = buy(account, 100, "1"), buy(account, 100, "2", IN_TWO)
    third = buy(account, 100, "3", date(2028, 1, 1))
    take_back(second, 99, "r1")
    assert stored(account) == (201, IN_TWO, 4)
    take_back(second, 1, "r2")
    assert stored(account) == (200, date(2028, 1, 1), 5)
    take_back(first, 100, "r3")
    assert stored(account) == (100, date(2028, 1, 1), 6)
    take_back(third, 100, "r4")
    assert stored(account) == (0, None, 7)


def test_reversal_after_an_expiry_finds_nothing_to_take_back(account: ClipAccount) -> None:
    bought = buy(account, 100, "1")
    with pytest.raises(NotEnoughClips):
        take_back(bought, 100, now=NOON.replace(year=2028))
    expire_account(account, now=NOON.replace(year=2028))
    with pytest.raises(NotEnoughClips):
        take_back(bought, 1, now=NOON.replace(year=2028))
    assert entries(account) == [("purchase", 100, 100), ("expiry", -100, 0)]


def test_clips_that_a_reversal_leaves_without_a_valid_day_expire_with_it(account: ClipAccount) -> None:
    """They were valid until now, so that is when they expire, although the purchase that is left ended earlier."""
    buy(account, 100, "1")
    second = buy(account, 100, "2", IN_TWO)
    later = NOON.replace(year=2028, month=5)
    use(account, 50, now=later)
    reversal = take_back(second, 100, now=later)
    assert entries(account)[2:] == [("use", -50, 150), ("reversal", -100, 50), ("expiry", -50, 0)]
    assert reversal.kind == "reversal"
    assert account.entries.get(seq=5).event_at == later
    assert stored(account) == (0, IN_A_YEAR, 5)
