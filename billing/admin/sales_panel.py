"""Sales on admin's front page: three numbers, and twelve months as a drawing and as a table."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from billing.sales import Sales, Sold, sales
from catalog.amounts import kroner, whole
from catalog.money import ZERO

# The drawing's own units: a row for each month, its name at the left, its amount at the right, the bar between them.
_WIDTH, _ROW, _BAR = 360, 20, 13
_LEFT, _RIGHT = 60, 262
_BASELINE = 10


class Bar(NamedTuple):
    """One month of the drawing, and a row of its table."""

    name: str
    month: str
    net: str
    documents: str
    x: float
    y: int
    length: float
    text_y: int
    is_now: bool


class Figure(NamedTuple):
    """One number: of when, how many kroner, from which documents."""

    of: str
    net: str
    documents: str


@dataclass(frozen=True)
class SalesPanel:
    """What the template draws."""

    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
    sentence: str
    zero: float
    width: int = _WIDTH
    bar: int = _BAR

    @property
    def height(self) -> int:
        """How high the drawing is."""
        return _ROW * len(self.bars)


def sales_panel(request: HttpRequest) -> SalesPanel | None:
    """Return what was sold, for whoever may see orders."""
    if not request.user.has_perm("billing.view_order"):
        return None
    sold = sales(timezone.localdate())
    figures = (
        _figure("I dag", sold.today),
        _figure(f"Denne måned ({_month(sold.this_month, 'F')})", sold.this_month),
        _figure(f"Sidste måned ({_month(sold.last_month, 'F')})", sold.last_month),
    )
    zero, scale = _scale([month.net for month in sold.months])
    bars = tuple(_bar(month, at, zero, scale, is_now=month is sold.this_month) for at, month in enumerate(sold.months))
    return SalesPanel(figures, bars, _sentence(sold), round(zero, 1))


def _figure(of: str, sold: Sold) -> Figure:
    return Figure(of, kroner(sold.net), _documents(sold))


def _documents(sold: Sold) -> str:
    """Write how many orders were invoiced and credited: `3 bestillinger`, `1 bestilling, 2 kreditnotaer`."""
    invoices = "1 bestilling" if sold.invoices == 1 else f"{whole(sold.invoices)} bestillinger"
    if not sold.credit_notes:
        return invoices
    notes = "1 kreditnota" if sold.credit_notes == 1 else f"{whole(sold.credit_notes)} kreditnotaer"
    return f"{invoices}, {notes}"


def _month(sold: Sold, pattern: str) -> str:
    return date_format(sold.first, pattern)


def _sentence(sold: Sales) -> str:
    """Say what the drawing shows to who does not see it."""
    first, last = _month(sold.months[0], "F Y"), _month(sold.this_month, "F Y")
    best = max(sold.months, key=lambda month: month.net)
    most = f"Mest i {_month(best, 'F Y')}: {kroner(best.net)}" if best.net > 0 else "Intet er solgt."
    return f"Salg uden moms måned for måned fra {first} til {last}. {most}"


def _scale(amounts: list[Decimal]) -> tuple[float, float]:
    """Return where nothing is, and how long a krone is: months in which more was credited go to the left of nothing."""
    most, least = max(ZERO, *amounts), min(ZERO, *amounts)
    scale = (_RIGHT - _LEFT) / float(most - least or 1)
    return _LEFT - float(least) * scale, scale


def _bar(month: Sold, at: int, zero: float, scale: float, *, is_now: bool) -> Bar:
    length = abs(float(month.net)) * scale
    top = at * _ROW
    return Bar(
        name=f"{_month(month, 'F')[:3]} {month.first.year}",
        month=_month(month, "F Y"),
        net=kroner(month.net),
        documents=_documents(month),
        x=round(zero if month.net >= 0 else zero - length, 1),
        y=top + (_ROW - _BAR) // 2,
        length=round(length, 1),
        text_y=top + _ROW // 2 + _BASELINE // 2 - 1,
        is_now=is_now,
    )
