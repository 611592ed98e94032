"""How long clips last: what the last year's use says of today's balance, and what is missing to another year of it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypedDict

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone
from django_stubs_ext import WithAnnotations

from accounts.models import ClipAccount, ClipEntry, Company, EntryKind
from catalog.prices import Offer, Price, PriceList

_YEAR = 365
_MONTHS = 12
# A few weeks say nothing of a year, and more than so many months of a balance are as good as any.
_SHORTEST_HISTORY = 28
_MOST_MONTHS = 24
_ROUND_DIGITS = 2


class _Use(TypedDict):
    """What is read beside an account: its first purchase, and the (negative) sum of the last year's use."""

    first_purchase: datetime | None
    use: int | None


@dataclass(frozen=True)
class Usage:
    """The use of one account: `used` clips in the `days` up to `today`, of which `balance` clips are left.

    `offer` is what sells such clips today; None when they are not sold.
    """

    used: int
    days: int
    today: date
    balance: int
    expires_on: date | None = None
    offer: Offer | None = None

    @property
    def is_of_a_year(self) -> bool:
        """Whether the whole last year is known; otherwise the account is younger."""
        return self.days == _YEAR

    @property
    def since(self) -> date:
        """The day of the first purchase, or a year ago."""
        return self.today - timedelta(days=self.days)

    @property
    def per_month(self) -> int:
        """How many clips a month takes at this rate."""
        return _rounded(self.used * _YEAR, self.days * _MONTHS)

    @property
    def months_left(self) -> int:
        """How many months the balance lasts at this rate; one more than 24 stands for all that is beyond."""
        return min(_rounded(self.balance * self.days * _MONTHS, self.used * _YEAR), _MOST_MONTHS + 1)

    @property
    def lasts_for_years(self) -> bool:
        """Whether the balance lasts longer than is worth counting in months."""
        return self.months_left > _MOST_MONTHS

    @property
    def lasts_until(self) -> date | None:
        """The day on which the balance is used up at this rate; None when it expires before, or there is none."""
        days_left = self.balance * self.days // self.used
        if self.expires_on is None or days_left > (self.expires_on - self.today).days:
            return None
        return self.today + timedelta(days=days_left)

    @property
    def a_year(self) -> int:
        """How many clips a year takes at this rate, rounded up to two digits that count: 3,412 → 3,500."""
        return _rounded_up(-(-self.used * _YEAR // self.days))

    @property
    def missing(self) -> int:
        """How many clips the balance lacks of a year's use, rounded up as that is; 0 when there are as many.

        Clips that expire soon count too: buying more makes all of them last as long as the new ones.
        """
        return _rounded_up(max(self.a_year - self.balance, 0))

    @property
    def covers_a_year(self) -> bool:
        """Whether the balance is a year's use, and none of it expires within that year."""
        return not self.missing and self.expires_on is not None and (self.expires_on - self.today).days >= _YEAR

    @property
    def refill(self) -> Price | None:
        """What the missing clips cost today, the product's minimum at least; None when none are, or too many."""
        if self.offer is None or not self.missing:
            return None
        quantity = max(self.missing, self.offer.product.minimum_quantity)
        return self.offer.price(quantity) if quantity <= self.offer.product.maximum_quantity else None


def usage_of_company(company: Company, prices: PriceList, *, now: datetime) -> dict[int, Usage]:
    """Return what there is to tell of the company's accounts, by the id of their clip type; asks one query.

    Nothing is told of an account with less than four weeks since its first purchase, or whose use comes to less than a
    clip a month.
    """
    today = timezone.localdate(now)
    told = {}
    for account in _accounts_with_use(company, since=today - timedelta(days=_YEAR)):
        usage = _usage(account, today, prices.of_clip_type(account.clip_type_id))
        if usage is not None:
            told[account.clip_type_id] = usage
    return told


def _accounts_with_use(company: Company, *, since: date) -> "QuerySet[WithAnnotations[ClipAccount, _Use]]":
    midnight = timezone.make_aware(datetime.combine(since, time.min))
    entries = ClipEntry.objects.filter(account=OuterRef("pk")).order_by()
    # An account is empty until its first purchase, so that one is its first entry.
    first = entries.filter(seq=1).values("event_at")
    use = entries.filter(kind=EntryKind.USE, event_at__gte=midnight).values("account").annotate(sum=Sum("delta"))
    return ClipAccount.objects.filter(company=company).annotate(
        first_purchase=Subquery(first), use=Subquery(use.values("sum"))
    )


def _usage(account: "WithAnnotations[ClipAccount, _Use]", today: date, offer: Offer | None) -> Usage | None:
    if account.first_purchase is None or account.use is None:
        return None
    days = min((today - timezone.localdate(account.first_purchase)).days, _YEAR)
    if days < _SHORTEST_HISTORY:
        return None
    usage = Usage(-account.use, days, today, account.usable_balance, account.expires_on, offer)
    return usage if usage.per_month else None


def _rounded_up(number: int) -> int:
    """Round up to two digits that count."""
    step: int = 10 ** max(len(str(number)) - _ROUND_DIGITS, 0)
    return -(-number // step) * step


def _rounded(number: int, divisor: int) -> int:
    """Divide whole numbers, and round to the nearest, a half upwards."""
    return (2 * number + divisor) // (2 * divisor)
