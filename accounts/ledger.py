"""The ledger of clips: the only code that changes a balance.

Each account has a running balance, and each change is an entry that is never altered. For every account:
balance = sum of all deltas = `balance_after` of the last entry, and the entries are numbered without holes.
"""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import ClipAccount, ClipEntry, Company, EntryKind, User
from accounts.transactions import retried
from catalog.models import ClipType


class KeyReused(Exception):
    """A key that is in the ledger came again with other contents: a programming error, never a member's."""


class NotEnoughClips(Exception):
    """The entry would make the balance negative."""


@dataclass(frozen=True)
class NewEntry:
    """What is to be posted: `delta` clips (negative: taken away), once for each `key`."""

    kind: EntryKind
    delta: int
    key: str
    event_at: datetime
    valid_until: date | None = None
    actor: User | None = None
    note: str = ""


def add_months(day: date, months: int) -> date:
    """Return the same day of the month so many months later, or that month's last day when it has no such day."""
    year, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month_index + 1, min(day.day, monthrange(year, month_index + 1)[1]))


def lock_accounts(company: Company, clip_types: Collection[ClipType]) -> list[ClipAccount]:
    """Return the company's accounts for the types, by id, made when missing and locked until the transaction ends.

    The order of the ids is the order in which all code locks accounts, so two orders of one company never deadlock.
    Rows that are inserted wait for each other too, so missing accounts are made in an order of their own: by clip type.
    """
    ClipAccount.objects.bulk_create(
        [
            ClipAccount(company=company, clip_type=clip_type)
            for clip_type in sorted(clip_types, key=lambda clip_type: clip_type.pk)
        ],
        ignore_conflicts=True,
    )
    own = ClipAccount.objects.filter(company=company, clip_type__in=clip_types).select_related("clip_type")
    return list(own.select_for_update(of=("self",)).order_by("pk"))


@retried
def post_entry(account: ClipAccount, entry: NewEntry) -> ClipEntry:
    """Post one entry and return it; the same key with the same contents returns what was posted before.

    Locks the account, and first expires what is due. Raises KeyReused when the key came before with other contents,
    NotEnoughClips when the balance would become negative; then nothing is posted.
    """
    with transaction.atomic():
        locked = ClipAccount.objects.select_for_update().get(pk=account.pk)
        known = ClipEntry.objects.filter(key=entry.key).first()
        if known is not None:
            return _replay(locked, known, entry)
        _expire_what_is_due(locked, entry.event_at)
        posted = _append(locked, entry)
        if entry.valid_until is not None:
            locked.expires_on = max(entry.valid_until, locked.expires_on or entry.valid_until)
        locked.save(update_fields=["balance", "expires_on", "last_seq"])
    account.balance, account.expires_on, account.last_seq = (
        locked.balance,
        locked.expires_on,
        locked.last_seq,
    )
    return posted


@retried
def expire_account(account: ClipAccount, *, now: datetime) -> None:
    """Take away what has expired on the account by `now`; does nothing when nothing is due."""
    with transaction.atomic():
        locked = ClipAccount.objects.select_for_update().get(pk=account.pk)
        if _expire_what_is_due(locked, now):
            locked.save(update_fields=["balance", "last_seq"])


def expire_due_accounts(*, now: datetime) -> int:
    """Expire every account whose last day has passed in Copenhagen; returns how many accounts were looked at."""
    today = timezone.localdate(now)
    due = list(ClipAccount.objects.filter(expires_on__lt=today, balance__gt=0).order_by("pk"))
    for account in due:
        expire_account(account, now=now)
    return len(due)


def _expire_what_is_due(account: ClipAccount, now: datetime) -> bool:
    if account.expires_on is None or account.balance == 0 or timezone.localdate(now) <= account.expires_on:
        return False
    midnight_after = timezone.make_aware(datetime.combine(account.expires_on + timedelta(days=1), datetime.min.time()))
    _append(
        account,
        NewEntry(
            kind=EntryKind.EXPIRY,
            delta=-account.balance,
            key=f"expiry:{account.pk}:{account.expires_on.isoformat()}",
            event_at=midnight_after,
            note=gettext_noop("Klip udløbet"),
        ),
    )
    return True


def _append(account: ClipAccount, entry: NewEntry) -> ClipEntry:
    balance = account.balance + entry.delta
    if balance < 0:
        raise NotEnoughClips(f"{account.pk}: {account.balance} clips, {entry.delta} asked for")
    account.balance = balance
    account.last_seq += 1
    return ClipEntry.objects.create(
        account=account,
        seq=account.last_seq,
        kind=entry.kind,
        delta=entry.delta,
        balance_after=balance,
        valid_until=entry.valid_until,
        key=entry.key,
        event_at=entry.event_at,
        actor=entry.actor,
        note=entry.note,
    )


def _replay(account: ClipAccount, known: ClipEntry, entry: NewEntry) -> ClipEntry:
    before = (known.account_id, known.kind, known.delta)
    if before != (account.pk, entry.kind, entry.delta):
        raise KeyReused(f"{entry.key}: {before} is posted, not {(account.pk, entry.kind, entry.delta)}")
    return known
