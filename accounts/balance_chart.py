"""Where the lines of the balance's chart run: from numbers and days to points, without a look at the database.

The drawing is WIDTH × HEIGHT units, whose proportions the page changes as it needs: it holds lines, and the words stand
beside it. All months are equally wide, so that their names stand evenly below; a day's balance runs from where the day
begins to where it ends.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from math import ceil

from accounts.balance_history import BalanceHistory

WIDTH, HEIGHT = 1000, 300
_MOST_STEPS = 4

Point = tuple[float, float]


@dataclass(frozen=True)
class Chart:
    """A chart: `ticks` from the top down; `line`, `area`, `rules` and `borders` are data of SVG paths."""

    view_box: str
    ticks: tuple[int, ...]
    line: str
    area: str
    rules: str
    borders: str


def chart_of(history: BalanceHistory) -> Chart:
    """Draw the history."""
    scale = ticks(history.highest.balance)
    corners = step_line(history, top=scale[-1])
    left, right = corners[0][0], corners[-1][0]
    months = len(history.months)
    return Chart(
        view_box=f"0 0 {WIDTH} {HEIGHT}",
        ticks=scale[::-1],
        line=path(corners),
        area=f"{path([(left, HEIGHT), *corners, (right, HEIGHT)])}Z",
        rules="".join(path([(0, y_of(tick, scale[-1])), (WIDTH, y_of(tick, scale[-1]))]) for tick in scale),
        borders="".join(path([(WIDTH * n / months, 0), (WIDTH * n / months, HEIGHT)]) for n in range(1, months)),
    )


def ticks(highest: int) -> tuple[int, ...]:
    """Return a few evenly spaced numbers from 0 to at least the highest: 1, 2 or 5 with noughts lie between them."""
    step = next(number for number in _round_numbers() if number * _MOST_STEPS >= highest)
    steps = max(1, ceil(highest / step))
    return tuple(step * number for number in range(steps + 1))


def _round_numbers() -> Iterator[int]:
    for noughts in count():
        yield from (digit * 10**noughts for digit in (1, 2, 5))


def x_of(day: date, first_month: date, months: int) -> float:
    """Return where the day begins, in a drawing of so many months."""
    month = (day.year - first_month.year) * 12 + day.month - first_month.month
    return WIDTH / months * (month + (day.day - 1) / monthrange(day.year, day.month)[1])


def y_of(balance: int, top: int) -> float:
    """Return how far below the upper edge, which is `top`, the balance lies."""
    return HEIGHT * (1 - balance / top)


def step_line(history: BalanceHistory, *, top: int) -> list[Point]:
    """Return the corners of the line: level from the first day's beginning to today's end, upright where it changes."""
    first_month, months = history.months[0].first_day, len(history.months)
    corners: list[Point] = []
    for each in history.days:
        x, y = x_of(each.day, first_month, months), y_of(each.balance, top)
        if corners and corners[-1][1] == y:
            continue
        corners += [(x, corners[-1][1]), (x, y)] if corners else [(x, y)]
    width_of_today = WIDTH / months / monthrange(history.today.year, history.today.month)[1]
    return [*corners, (x_of(history.today, first_month, months) + width_of_today, corners[-1][1])]


def path(points: Iterable[Point]) -> str:
    """Write points as the data of an SVG path, to a tenth of a unit."""
    return "M" + "L".join(f"{round(x, 1):g} {round(y, 1):g}" for x, y in points)
