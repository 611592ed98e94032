"""The ledger of clips: balances, entries, and the orders from which purchases come."""

from datetime import datetime, timedelta

from django.db.models import CharField, F, IntegerField, Max, OuterRef, Q, Subquery, Sum, Value, Window
from django.db.models.functions import Cast, Coalesce, Concat, Lag
from django.utils import timezone

from accounts.models import ClipAccount, ClipEntry, EntryKind
from billing.models import OrderLine, OrderState
from billing.reconciliation.check import Check, Found, Side, found, one_to_one

# Beat takes expired clips away each hour.
_EXPIRY_TAKES_AT_MOST = timedelta(hours=3)


def balances(_now: datetime) -> Found:
    """Compare each account's balance with the sum of its entries and with what the last one left."""
    entries = ClipEntry.objects.filter(account=OuterRef("pk")).order_by("-seq")
    accounts = ClipAccount.objects.annotate(
        posted=Coalesce(Sum("entries__delta"), 0),
        left=Coalesce(Subquery(entries.values("balance_after")[:1]), 0, output_field=IntegerField()),
    )
    rows = accounts.order_by("pk").values_list("pk", "balance", "posted", "left")
    return found(
        ClipAccount.objects.count(),
        (
            f"Klipkonto {pk}: saldoen er {balance}, posteringerne giver {posted}, og den sidste efterlod {left}."
            for pk, balance, posted, left in rows.iterator()
            if not balance == posted == left
        ),
    )


def last_numbers(_now: datetime) -> Found:
    """Compare the last number that each account remembers with its last entry."""
    accounts = ClipAccount.objects.annotate(last=Coalesce(Max("entries__seq"), 0)).exclude(last_seq=F("last"))
    return found(
        ClipAccount.objects.count(),
        (
            f"Klipkonto {pk}: kontoen kender {known} posteringer, og den sidste har nr. {last}."
            for pk, known, last in accounts.order_by("pk").values_list("pk", "last_seq", "last").iterator()
        ),
    )


def numbering(_now: datetime) -> Found:
    """Look for an entry whose number does not follow the one before it."""
    entries = ClipEntry.objects.annotate(before=_before("seq")).exclude(seq=F("before") + 1)
    return found(
        ClipEntry.objects.count(),
        (
            f"Klippostering {pk} på klipkonto {account} har nr. {seq} og kommer efter nr. {before}."
            for pk, account, seq, before in entries.order_by()
            .values_list("pk", "account_id", "seq", "before")
            .iterator()
        ),
    )


def running_balances(_now: datetime) -> Found:
    """Look for an entry that does not go on from where the one before it ended."""
    entries = ClipEntry.objects.annotate(before=_before("balance_after"))
    wrong = entries.exclude(balance_after=F("before") + F("delta"))
    return found(
        ClipEntry.objects.count(),
        (
            f"Klippostering {pk} på klipkonto {account}: {before} og {delta:+} er ikke {after}."
            for pk, account, before, delta, after in wrong.order_by()
            .values_list("pk", "account_id", "before", "delta", "balance_after")
            .iterator()
        ),
    )


def last_days(_now: datetime) -> Found:
    """Compare each account's last day with the latest that a purchase has given."""
    bought = Q(entries__kind=EntryKind.PURCHASE)
    accounts = ClipAccount.objects.annotate(latest=Max("entries__valid_until", filter=bought))
    rows = accounts.order_by("pk").values_list("pk", "expires_on", "latest")
    return found(
        ClipAccount.objects.count(),
        (
            f"Klipkonto {pk} gælder til {expires_on or 'ingen dag'}, og købene til {latest or 'ingen dag'}."
            for pk, expires_on, latest in rows.iterator()
            if expires_on != latest
        ),
    )


def expiries(now: datetime) -> Found:
    """Look for clips that should have been taken away."""
    day = timezone.localdate(now - _EXPIRY_TAKES_AT_MOST)
    accounts = ClipAccount.objects.filter(balance__gt=0)
    due = accounts.filter(expires_on__lt=day).order_by("pk").values_list("pk", "balance", "expires_on")
    return found(
        accounts.count(),
        (f"Klipkonto {pk} har stadig {balance} klip, der gjaldt til {last}." for pk, balance, last in due.iterator()),
    )


def purchases(_now: datetime) -> Found:
    """Compare the paid lines of clips with the purchases in the ledger: company, clip type and quantity."""
    sold = OrderLine.objects.filter(clip_type__isnull=False, order__state=OrderState.PAID)
    posted = ClipEntry.objects.filter(kind=EntryKind.PURCHASE)
    key = Concat(Value("order-line:"), Cast("pk", CharField()), output_field=CharField())
    owed = Side(sold.annotate(key=key), "key", "quantity", "clip_type_id", "order__company_id")
    given = Side(posted, "key", "delta", "account__clip_type_id", "account__company_id")
    return found(
        owed.count(),
        one_to_one(
            owed,
            given,
            missing="Købet {} er ikke bogført: {} klip af type {} til medlem {}.",
            extra="Købet {} svarer ikke til en betalt linje: {} klip af type {} til medlem {}.",
            repeated="Købet {} er bogført mere end én gang.",
        ),
    )


def _before(column: str) -> Window:
    """Return what the column holds in the entry before, in the same account; 0 in the first."""
    return Window(Lag(column, default=0), partition_by=F("account"), order_by=("seq", "pk"))


CHECKS = (
    Check("Saldoen er summen af posteringerne", balances),
    Check("Klipkontoen kender sin sidste postering", last_numbers),
    Check("Posteringerne er nummereret uden huller", numbering),
    Check("Hver postering fortsætter fra den forrige", running_balances),
    Check("Klippene gælder så længe som det seneste køb giver ret til", last_days),
    Check("Udløbne klip er taget af kontoen", expiries),
    Check("Hver betalt linje med klip er krediteret netop én gang", purchases),
)
