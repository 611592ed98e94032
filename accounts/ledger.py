"""The ledger of clips: the only code that changes a balance.

Each account has a running balance, and each change is an entry that is never altered. For every account:
balance = sum of all deltas = `balance_after` of the last entry, and the entries are numbered without holes.

The order of the entries is their number. `event_at` is what the caller says, and what is due to expire is judged by it:
an entry that is reported late, or by a machine whose clock has stepped back, is posted after those that are there, and
refused only if the clips are not. A wrong clock must not keep a member from clips that are paid for.
"""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import ClipAccount, ClipEntry, Company, EntryKind, User
from accounts.transactions import retried
from catalog.models import ClipType


class KeyReused(Exception):
    """A key that is in the ledger came again with other contents: a programming error, never a member's."""


class NotEnoughClips(Exception):
    """The entry would make the balance negative."""


class NotAPurchase(Exception):
    """Only a purchase of the same account can be reversed."""


class MoreThanWasBought(Exception):
    """The purchase has not that many clips that are not reversed already."""


class NotAQuantity(ValueError):
    """Clips are used and reversed one or more at a time."""


@dataclass(frozen=True)
class NewEntry:
    """What is to be posted: `delta` clips (negative: taken away), once for each `key`.

    A key stands for what the entry does: to which account, of which kind, how many clips, valid until when, reversing
    what. When it happened, who did it and the note describe it, and may differ when the same is posted again.
    """

    kind: EntryKind
    delta: int
    key: str
    event_at: datetime
    valid_until: date | None = None
    actor: User | None = None
    note: str = ""
    reverses: ClipEntry | None = None


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


def use_clips(
    *, account: ClipAccount, quantity: int, key: str, now: datetime, actor: User | None = None, note: str = ""
) -> ClipEntry:
    """Take so many clips (at least one) from the account because they were used, and return the entry.

    The same key again returns the entry that it posted. Raises NotEnoughClips, also when the clips have expired by
    `now`, KeyReused and NotAQuantity; then nothing is posted.
    """
    _check_quantity(quantity)
    return post_entry(
        account,
        NewEntry(kind=EntryKind.USE, delta=-quantity, key=key, event_at=now, actor=actor, note=note),
    )


def reverse_purchase(
    *, entry: ClipEntry, quantity: int, key: str, now: datetime, actor: User | None = None, note: str = ""
) -> ClipEntry:
    """Take back so many clips (at least one) of a purchase, or all of them, and return the new entry.

    A purchase that is wholly reversed no longer keeps the account's clips valid: how long they last is worked out
    again, and what has no valid day left expires at once. Without a note the entry has the purchase's own. The same key
    again returns the entry that it posted. Raises NotAPurchase, MoreThanWasBought, NotEnoughClips, KeyReused and
    NotAQuantity; then nothing is posted.
    """
    _check_quantity(quantity)
    return post_entry(
        entry.account,
        NewEntry(
            kind=EntryKind.REVERSAL,
            delta=-quantity,
            key=key,
            event_at=now,
            actor=actor,
            note=note or entry.note,
            reverses=entry,
        ),
    )


@retried
def post_entry(account: ClipAccount, entry: NewEntry) -> ClipEntry:
    """Post one entry and return it; the same key with the same contents returns what was posted before.

    Locks the account, and first expires what is due. Raises KeyReused when the key came before with other contents,
    NotEnoughClips when the balance would become negative, NotAPurchase and MoreThanWasBought for a reversal that fits
    no purchase; then nothing is posted.
    """
    with transaction.atomic():
        locked = ClipAccount.objects.select_for_update().get(pk=account.pk)
        known = ClipEntry.objects.filter(key=entry.key).first()
        posted = _post(locked, entry) if known is None else _replay(locked, known, entry)
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


def _check_quantity(quantity: int) -> None:
    # A fraction would be cut off in the delta and in the balance, each by itself.
    if type(quantity) is not int or quantity < 1:
        raise NotAQuantity(quantity)


def _post(account: ClipAccount, entry: NewEntry) -> ClipEntry:
    _expire_what_is_due(account, entry.event_at)
    if entry.kind == EntryKind.REVERSAL:
        _check_reversal(account, entry)
    posted = _append(account, entry)
    if entry.valid_until is not None:
        account.expires_on = max(entry.valid_until, account.expires_on or entry.valid_until)
    if entry.kind == EntryKind.REVERSAL:
        account.expires_on = _last_valid_day(account)
        _expire_what_is_due(account, entry.event_at, not_before=entry.event_at)
    account.save(update_fields=["balance", "expires_on", "last_seq"])
    return posted


def _check_reversal(account: ClipAccount, entry: NewEntry) -> None:
    purchase = entry.reverses
    if purchase is None or purchase.kind != EntryKind.PURCHASE or purchase.account_id != account.pk:
        raise NotAPurchase(entry.key)
    reversed_before = -(purchase.reversals.aggregate(Sum("delta"))["delta__sum"] or 0)
    if reversed_before - entry.delta > purchase.delta:
        raise MoreThanWasBought(f"{purchase.key}: {purchase.delta} clips, {reversed_before} reversed before")


def _last_valid_day(account: ClipAccount) -> date | None:
    """Return the latest day of all purchases that are not wholly reversed; None when there is no such purchase."""
    purchases = account.entries.filter(kind=EntryKind.PURCHASE).annotate(
        taken_back=Coalesce(-Sum("reversals__delta"), 0)
    )
    last: date | None = purchases.filter(taken_back__lt=F("delta")).aggregate(last=Max("valid_until"))["last"]
    return last


def _expire_what_is_due(account: ClipAccount, now: datetime, *, not_before: datetime | None = None) -> bool:
    """Post what has expired, at the midnight after the last valid day; later if the clips were still valid then."""
    if account.expires_on is None or account.balance == 0 or timezone.localdate(now) <= account.expires_on:
        return False
    midnight_after = timezone.make_aware(datetime.combine(account.expires_on + timedelta(days=1), datetime.min.time()))
    _append(
        account,
        NewEntry(
            kind=EntryKind.EXPIRY,
            delta=-account.balance,
            # An account as it stands after its last entry expires once. It may expire again on the same day when a
            # correction has put clips on it.
            key=f"expiry:{account.pk}:{account.expires_on.isoformat()}:{account.last_seq}",
            event_at=max(midnight_after, not_before or midnight_after),
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
        reverses=entry.reverses,
        key=entry.key,
        event_at=entry.event_at,
        actor=entry.actor,
        note=entry.note,
    )


def _replay(account: ClipAccount, known: ClipEntry, entry: NewEntry) -> ClipEntry:
    before = (known.account_id, known.kind, known.delta, known.valid_until, known.reverses_id)
    again = (account.pk, entry.kind, entry.delta, entry.valid_until, entry.reverses and entry.reverses.pk)
    if before != again:
        raise KeyReused(f"{entry.key}: {before} is posted, not {again}")
    return known
