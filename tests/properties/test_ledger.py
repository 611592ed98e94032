"""The ledger, beside books kept on paper: buy, use, take back, expire, and everything once more, in any order.

More runs than the ordinary suite makes: see the package's docstring.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from accounts.ledger import (
    KeyReused,
    MoreThanWasBought,
    NewEntry,
    NotEnoughClips,
    expire_account,
    expire_due_accounts,
    post_entry,
    reverse_purchase,
    use_clips,
)
from accounts.models import ClipAccount, ClipEntry, EntryKind
from tests.factories import ClipTypeFactory, CompanyFactory
from tests.properties.book import POSTED, TOO_FEW, TOO_MANY, Book, day_of, years_after
from tests.properties.machine import UndoneMachine, one_of, run

pytestmark = pytest.mark.django_db

_ACCOUNTS = 3
_STARTS = [
    datetime(2026, 3, 28, 22, 30, tzinfo=UTC),  # clips that last until a day of 23 hours
    datetime(2026, 10, 31, 11, 0, tzinfo=UTC),  # and until a day of 25 hours
    datetime(2028, 2, 29, 11, 0, tzinfo=UTC),
]
_STEPS = [
    timedelta(minutes=90),
    timedelta(days=1),
    timedelta(days=31),
    timedelta(days=200),
    timedelta(days=366),
    timedelta(hours=-3),  # a clock that is set right
    timedelta(days=-800),  # and one that had run far ahead
]
_REFUSALS = {TOO_FEW: NotEnoughClips, TOO_MANY: MoreThanWasBought}
accounts = st.integers(0, _ACCOUNTS - 1)
some = st.integers(0, 99)


@dataclass(frozen=True)
class Posting:
    """What one key stands for."""

    kind: EntryKind
    account: int
    quantity: int
    last_day: date | None = None
    reverses: str = ""


class Ledger(UndoneMachine):
    def __init__(self) -> None:
        super().__init__()
        company = CompanyFactory.create()
        self.accounts = [
            ClipAccount.objects.create(company=company, clip_type=ClipTypeFactory.create()) for _ in range(_ACCOUNTS)
        ]
        self.books = [Book() for _ in range(_ACCOUNTS)]
        self.posted: dict[str, Posting] = {}
        self.entries: dict[str, ClipEntry] = {}
        self.now = _STARTS[0]

    @initialize(start=st.sampled_from(_STARTS))
    def begin(self, start: datetime) -> None:
        self.now = start

    # --- what people do ---

    @rule(account=accounts, quantity=st.integers(1, 6000), years=st.sampled_from([1, 2]))
    def buy(self, account: int, quantity: int, years: int) -> None:
        posting = Posting(EntryKind.PURCHASE, account, quantity, years_after(day_of(self.now), years))
        key, book = self._new_key(), self.books[account]
        assert posting.last_day is not None
        self._expect(book.buy(key, quantity, posting.last_day, self.now), key, posting)

    @rule(account=accounts, percent=st.integers(0, 110))
    def use(self, account: int, percent: int) -> None:
        book = self.books[account]
        quantity = max(1, book.balance * percent // 100)
        self._expect(book.use(quantity, self.now), self._new_key(), Posting(EntryKind.USE, account, quantity))

    @precondition(lambda self: self._purchases())
    @rule(number=some, percent=st.sampled_from([1, 50, 100, 100, 101]))
    def take_back(self, number: int, percent: int) -> None:
        bought = one_of(self._purchases(), number)
        account = self.posted[bought].account
        quantity = max(1, self.posted[bought].quantity * percent // 100)
        posting = Posting(EntryKind.REVERSAL, account, quantity, reverses=bought)
        self._expect(self.books[account].take_back(bought, quantity, self.now), self._new_key(), posting)

    @rule(account=accounts)
    def put_back(self, account: int) -> None:
        """Staff correct the account without making anything last longer, also after an expiry that came too early."""
        book = self.books[account]
        if book.last_day is not None:
            posting = Posting(EntryKind.PURCHASE, account, 10, book.last_day)
            key = self._new_key()
            self._expect(book.buy(key, 10, book.last_day, self.now), key, posting)

    # --- time ---

    @rule(step=st.sampled_from(_STEPS))
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @precondition(lambda self: any(book.last_day for book in self.books))
    @rule(number=some, seconds=st.sampled_from([-1, 0, 1]))
    def night_comes_after_a_last_day(self, number: int, seconds: int) -> None:
        last_day = one_of([book.last_day for book in self.books if book.last_day], number)
        winter_noon = datetime(last_day.year, last_day.month, last_day.day, 12, tzinfo=UTC)
        hours = next(hours for hours in (10, 11, 12) if day_of(winter_noon + timedelta(hours=hours)) > last_day)
        self.now = winter_noon + timedelta(hours=hours, seconds=seconds)

    @rule(times=st.sampled_from([1, 2]))
    def job_runs(self, times: int) -> None:
        for _ in range(times):
            expire_due_accounts(now=self.now)
        for book in self.books:
            book.expire(self.now)

    @rule(account=accounts)
    def account_is_looked_at(self, account: int) -> None:
        expire_account(self.accounts[account], now=self.now)
        self.books[account].expire(self.now)

    # --- everything once more ---

    @precondition(lambda self: self.posted)
    @rule(number=some)
    def same_again(self, number: int) -> None:
        key = one_of(list(self.posted), number)
        assert self._post(key, self.posted[key])() == self.entries[key]

    @precondition(lambda self: self.posted)
    @rule(number=some, change=some)
    def something_else_under_the_same_key(self, number: int, change: int) -> None:
        key = one_of(list(self.posted), number)
        with pytest.raises(KeyReused):
            self._post(key, one_of(self._others(self.posted[key]), change))()

    # --- what always holds ---

    @invariant()
    def ledger_is_as_the_books(self) -> None:
        entries = list(ClipEntry.objects.order_by("account", "seq"))
        for account, book in zip(ClipAccount.objects.order_by("pk"), self.books, strict=True):
            own = [entry for entry in entries if entry.account_id == account.pk]
            assert [(entry.kind, entry.delta) for entry in own] == book.lines
            assert [entry.seq for entry in own] == list(range(1, len(own) + 1))
            assert [entry.balance_after for entry in own] == list(accumulate(entry.delta for entry in own))
            assert (account.balance, account.last_seq) == (sum(entry.delta for entry in own), len(own))
            assert account.balance >= 0
            assert account.expires_on == book.last_day
        keys = [entry.key for entry in entries]
        assert len(set(keys)) == len(keys)
        assert {key for key in keys if not key.startswith("expiry:")} == set(self.posted)

    # --- how it is done ---

    def _new_key(self) -> str:
        return f"key {len(self.posted)}"

    def _purchases(self) -> list[str]:
        return [key for key, posting in self.posted.items() if posting.kind == EntryKind.PURCHASE]

    def _expect(self, outcome: str, key: str, posting: Posting) -> None:
        if outcome != POSTED:
            with pytest.raises(_REFUSALS[outcome]):
                self._post(key, posting)()
            return
        self.entries[key] = self._post(key, posting)()
        self.posted[key] = posting

    def _post(self, key: str, posting: Posting) -> Callable[[], ClipEntry]:
        account, quantity, now = self.accounts[posting.account], posting.quantity, self.now
        if posting.kind == EntryKind.PURCHASE:
            return lambda: post_entry(account, NewEntry(posting.kind, quantity, key, now, posting.last_day))
        if posting.kind == EntryKind.USE:
            return lambda: use_clips(account=account, quantity=quantity, key=key, now=now)
        return lambda: reverse_purchase(entry=self.entries[posting.reverses], quantity=quantity, key=key, now=now)

    def _others(self, posting: Posting) -> list[Posting]:
        """Return postings that differ from this one in one thing."""
        others = [replace(posting, quantity=posting.quantity + 1)]
        if posting.last_day is not None:
            others.append(replace(posting, last_day=posting.last_day + timedelta(days=1)))
        if posting.kind == EntryKind.REVERSAL:
            others.append(replace(posting, kind=EntryKind.USE, reverses=""))
            others += [replace(posting, reverses=key) for key in self._purchases() if key != posting.reverses]
            return others
        others.append(replace(posting, account=(posting.account + 1) % _ACCOUNTS))
        others += [
            replace(posting, kind=EntryKind.REVERSAL, reverses=key)
            for key in self._purchases()
            if self.posted[key].account == posting.account and posting.kind == EntryKind.USE
        ]
        return others


def test_ledger_is_right_whatever_happens() -> None:
    run(Ledger, examples=30, steps=30)
