"""How the balance of a clip account has moved in the last 12 months: one query, however many entries there are.

The balance of a day is what it was when the day ended in Copenhagen: the sum of all changes whose `event_at` lies
before the next midnight. Entries are numbered as they are posted, and `event_at` may step back a little
(accounts/ledger.py). Two things follow. What a clock that ran ahead has dated after today counts as today's, so that
the last balance is the account's. And the sum of a day may be less than nothing when a use is dated just before the
purchase that it drew on: the balance never was, and it is shown as none.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Count, Func, Sum
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from accounts.ledger import add_months
from accounts.models import ClipAccount, EntryKind

MONTHS = 12


class Change(NamedTuple):
    """What the entries of one kind did to the balance on one day."""

    day: date
    kind: str
    delta: int
    entries: int


@dataclass(frozen=True)
class Month:
    """What a calendar month brought and took, in clips, and the balance at its end (today's in this month)."""

    first_day: date
    bought: int
    used: int
    reversed: int
    expired: int
    balance: int


@dataclass(frozen=True)
class DayBalance:
    """The balance when the day ended."""

    day: date
    balance: int


@dataclass(frozen=True)
class BalanceHistory:
    """The balance from the end of the day `days[0]` to the end of `today`; the days between two of `days` are alike.

    `months` are calendar months without a gap: the last is today's, the first the one in which `days` begin.
    """

    today: date
    days: tuple[DayBalance, ...]
    months: tuple[Month, ...]

    @property
    def has_reversals(self) -> bool:
        """Whether anything was taken back in these months."""
        return any(month.reversed for month in self.months)

    @property
    def has_expiries(self) -> bool:
        """Whether anything expired in these months."""
        return any(month.expired for month in self.months)

    @property
    def highest(self) -> DayBalance:
        """The highest balance, on the first day that had it."""
        return max(self.days, key=lambda each: each.balance)

    @property
    def lowest(self) -> DayBalance:
        """The lowest balance, on the first day that had it."""
        return min(self.days, key=lambda each: each.balance)


def balance_history(account: ClipAccount, *, today: date) -> BalanceHistory | None:
    """Return the history of this calendar month and the 11 before it, or since the account's first entry, if later.

    Clips that have expired are gone, also before their expiry is posted. None for an account without entries.
    """
    if account.last_seq == 0:
        return None
    first_day = add_months(today.replace(day=1), 1 - MONTHS)
    changes = list(_changes(account, first_day, today))
    # An account all of whose entries lie within these months had no balance before them.
    is_young = sum(change.entries for change in changes) == account.last_seq
    balance = account.balance
    if account.expires_on is not None and account.expires_on < today and balance > 0:
        day = account.expires_on + timedelta(days=1)
        changes += [Change(day, EntryKind.EXPIRY, -balance, entries=0)] if day >= first_day else []
        balance = 0
    begins = min(change.day for change in changes) if is_young else first_day
    return history_of(changes, balance=balance, begins=begins, today=today)


def history_of(changes: Iterable[Change], *, balance: int, begins: date, today: date) -> BalanceHistory:
    """Return the history of an account with this balance today, whose changes since `begins` are these."""
    by_day: dict[date, int] = defaultdict(int)
    by_month: dict[tuple[date, str], int] = defaultdict(int)
    for change in changes:
        by_day[change.day] += change.delta
        by_month[change.day.replace(day=1), change.kind] += change.delta
    running = balance - sum(by_day.values())
    days = []
    for day in sorted({begins, *by_day}):
        running += by_day.get(day, 0)
        days.append(DayBalance(day, max(running, 0)))
    return BalanceHistory(today=today, days=tuple(days), months=tuple(_months(by_month, days, today)))


def _months(by_month: dict[tuple[date, str], int], days: list[DayBalance], today: date) -> Iterator[Month]:
    first_day = days[0].day.replace(day=1)
    while first_day <= today:
        following = add_months(first_day, 1)
        yield Month(
            first_day=first_day,
            bought=by_month.get((first_day, EntryKind.PURCHASE), 0),
            used=-by_month.get((first_day, EntryKind.USE), 0),
            reversed=-by_month.get((first_day, EntryKind.REVERSAL), 0),
            expired=-by_month.get((first_day, EntryKind.EXPIRY), 0),
            balance=[each.balance for each in days if each.day < following][-1],
        )
        first_day = following


class _UtcHour(Func):
    """The hour of a time in UTC: `2026-11-25 13`. Copenhagen's days begin on whole hours of UTC.

    Django's own truncation to days calls back into Python for each row on SQLite, which takes seven times as long.
    """

    template = "SUBSTR(%(expressions)s, 1, 13)"
    output_field = CharField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        template = "TO_CHAR(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"
        sql, params = self.as_sql(compiler, connection, template=template, **extra)
        return sql, tuple(params)


def _changes(account: ClipAccount, first_day: date, today: date) -> Iterator[Change]:
    """Add up the entries since the first day; none that were posted after the account's balance had been read."""
    days = [first_day + timedelta(days=number) for number in range((today - first_day).days + 1)]
    midnights = [timezone.make_aware(datetime.combine(day, time.min)) for day in days]
    entries = account.entries.filter(event_at__gte=midnights[0], seq__lte=account.last_seq).order_by()
    hours = entries.values_list(_UtcHour("event_at"), "kind").annotate(Sum("delta"), Count("pk"))
    first_hours = [f"{midnight.astimezone(UTC):%Y-%m-%d %H}" for midnight in midnights]
    for hour, kind, delta, count in hours:
        yield Change(days[bisect_right(first_hours, hour) - 1], kind, delta, count)
