"""What was sold, as a bookkeeper counts it: from issued documents, by the day that is printed on them.

Net sales are the invoices of a period less the credit notes of the same period, in kroner without VAT, whether or not
the invoices are paid. That is what the documents of the period add up to in the books, and it stays so: what is
credited later counts on the day of the credit note. A document's day is the day in Copenhagen on which it was issued.
A card order counts when it is paid, for that is when its invoice is issued.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum

from billing.models import Document, DocumentKind
from catalog.money import ORE, ZERO

MONTHS = 12
_INVOICE, _CREDIT_NOTE = Q(kind=DocumentKind.INVOICE), Q(kind=DocumentKind.CREDIT_NOTE)


@dataclass(frozen=True)
class Sold:
    """What was sold in a day, or in a month that begins with `first`: kroner without VAT, and how many documents."""

    first: date
    net: Decimal = ZERO
    invoices: int = 0
    credit_notes: int = 0

    def and_also(self, other: "Sold") -> "Sold":
        """Return both together."""
        notes = self.credit_notes + other.credit_notes
        return Sold(self.first, self.net + other.net, self.invoices + other.invoices, notes)


@dataclass(frozen=True)
class Sales:
    """What was sold today, and in each of the last twelve months with this one, the oldest first."""

    today: Sold
    months: tuple[Sold, ...]

    @property
    def this_month(self) -> Sold:
        """What was sold in the month that today is in."""
        return self.months[-1]

    @property
    def last_month(self) -> Sold:
        """What was sold in the whole month before."""
        return self.months[-2]


def sales(today: date) -> Sales:
    """Return what was sold until `today`: one statement, which adds up each day, however much it was."""
    months = {first: Sold(first) for first in _first_days(today)}
    of_today = Sold(today)
    for day in _sold_by_day(min(months), today):
        first = day.first.replace(day=1)
        months[first] = months[first].and_also(day)
        of_today = day if day.first == today else of_today
    return Sales(of_today, tuple(months.values()))


def _first_days(today: date) -> list[date]:
    """Return the first days of the last twelve months, the oldest first."""
    first_days = [today.replace(day=1)]
    while len(first_days) < MONTHS:
        first_days.append((first_days[-1] - timedelta(days=1)).replace(day=1))
    return first_days[::-1]


def _sold_by_day(first: date, last: date) -> list[Sold]:
    days = Document.objects.filter(issued_on__range=(first, last)).order_by().values_list("issued_on")
    added_up = days.annotate(
        invoiced=Sum("net", filter=_INVOICE, default=ZERO),
        credited=Sum("net", filter=_CREDIT_NOTE, default=ZERO),
        invoices=Count("pk", filter=_INVOICE),
        notes=Count("pk", filter=_CREDIT_NOTE),
    )
    # SQLite adds decimals as floats; a day's sum is far from losing an øre by that.
    return [Sold(day, (more - less).quantize(ORE), new, notes) for day, more, less, new, notes in added_up]
