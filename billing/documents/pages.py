"""Spreading a document's lines over A4 sheets, with the sum carried from each sheet to the next ("Transport").

Nothing here knows how a sheet is drawn: the heights come from whoever lays it out. All heights are in one unit, whichever
it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, Protocol, TypeVar

from catalog.money import ZERO


class HasNet(Protocol):
    """A line with an amount in kroner without VAT."""

    @property
    def net(self) -> Decimal:
        """The amount that is carried."""


Line = TypeVar("Line", bound=HasNet)

# Totals under a single line look lost; this many lines stay with them where there are so many.
_LINES_WITH_TOTALS = 2


@dataclass(frozen=True)
class Room:
    """How much fits: the heights for lines on the first sheet and on a later one (below its carried sum), and the
    heights of the row that carries a sum on and of what closes the document (totals, payment)."""

    first: float
    later: float
    carried: float
    ending: float


@dataclass(frozen=True)
class Sheet(Generic[Line]):
    """The lines of one sheet; `brought` from the sheets before it (kroner without VAT; None on the first), `carried` on
    to the next one (None on the last)."""

    lines: tuple[Line, ...]
    brought: Decimal | None
    carried: Decimal | None


def one_sheet(lines: Sequence[Line]) -> list[Sheet[Line]]:
    """Put all lines on one sheet."""
    return [Sheet(tuple(lines), None, None)]


def spread(lines: Sequence[Line], heights: Sequence[float], room: Room) -> list[Sheet[Line]]:
    """Spread the lines, each as high as `heights` says, over as many sheets as they need.

    No line is divided, no sheet is without a line, and the totals stay with the last two lines where those fit. A line
    that is higher than a sheet gets one of its own. Raises ValueError when a line has no height.
    """
    if len(lines) != len(heights):
        raise ValueError("Each line has one height")
    sheets: list[Sheet[Line]] = []
    start, brought = 0, None
    for end in _ends(heights, room):
        own = tuple(lines[start:end])
        total = sum((line.net for line in own), brought or ZERO)
        sheets.append(Sheet(own, brought, total if end < len(lines) else None))
        start, brought = end, total
    return sheets


def _ends(heights: Sequence[float], room: Room) -> list[int]:
    """Return for each sheet the index after its last line."""
    ends: list[int] = []
    start, space = 0, room.first
    while len(heights) - start > 1 and sum(heights[start:]) + room.ending > space:
        start = _fill(heights, start, space - room.carried)
        ends.append(start)
        space = room.later
    return [*ends, len(heights)]


def _fill(heights: Sequence[float], start: int, space: float) -> int:
    """Return the index after the last line that fits, at least one line further and leaving some for the totals."""
    end = start
    while end < len(heights) - _LINES_WITH_TOTALS and heights[end] <= space:
        space -= heights[end]
        end += 1
    return max(end, start + 1)
