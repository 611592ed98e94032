"""A clip account as a bookkeeper would keep it on paper: the model that the ledger is compared with."""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

POSTED, TOO_FEW, TOO_MANY = "posted", "there are too few clips", "the purchase had fewer clips"
_COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def years_after(day: date, years: int) -> date:
    """Return the same day so many years later; the day before where there is no 29 February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def day_of(moment: datetime) -> date:
    """Return the day that it is in Copenhagen."""
    return moment.astimezone(_COPENHAGEN).date()


@dataclass
class Bought:
    """One purchase."""

    quantity: int
    last_day: date
    taken_back: int = 0


@dataclass
class Book:
    """One account."""

    lines: list[tuple[str, int]] = field(default_factory=list)
    purchases: dict[str, Bought] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        """How many clips there are."""
        return sum(quantity for _, quantity in self.lines)

    @property
    def last_day(self) -> date | None:
        """The last day on which they can be used."""
        return max((one.last_day for one in self.purchases.values() if one.taken_back < one.quantity), default=None)

    def is_over(self, now: datetime) -> bool:
        """Whether there are clips that nobody can use any more."""
        return self.balance > 0 and self.last_day is not None and day_of(now) > self.last_day

    def expire(self, now: datetime) -> None:
        """Strike out what is over."""
        if self.is_over(now):
            self.lines.append(("expiry", -self.balance))

    def buy(self, key: str, quantity: int, last_day: date, now: datetime) -> str:
        """Enter a purchase."""
        self.expire(now)
        self.lines.append(("purchase", quantity))
        self.purchases[key] = Bought(quantity, last_day)
        return POSTED

    def use(self, quantity: int, now: datetime) -> str:
        """Enter a use."""
        if quantity > (0 if self.is_over(now) else self.balance):
            return TOO_FEW
        self.expire(now)
        self.lines.append(("use", -quantity))
        return POSTED

    def take_back(self, key: str, quantity: int, now: datetime) -> str:
        """Enter a reversal; what no purchase keeps valid any longer goes too."""
        bought = self.purchases[key]
        if bought.taken_back + quantity > bought.quantity:
            return TOO_MANY
        if quantity > (0 if self.is_over(now) else self.balance):
            return TOO_FEW
        self.expire(now)
        self.lines.append(("reversal", -quantity))
        bought.taken_back += quantity
        self.expire(now)
        return POSTED
