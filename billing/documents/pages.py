"""Spreading a document's lines over A4 sheets, with the sum carried from each sheet to the next ("Transport").

Nothing here knows how a sheet is drawn: the heights come from whoever lays it out, all in one unit, whichever it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from catalog.money import ZERO

Line = TypeVar("Line")

# Totals under a single line look lost; this many lines stay with them where there are so many.
_LINES_WITH_TOTALS = 2


@dataclass(frozen=True)
class Row(Generic[Line]):
    """A line with the amount that is carried (kroner without VAT) and the height that it takes."""

    line: Line
    net: Decimal
    height: float


@dataclass(frozen=True)
class Room:
    """How much fits on a sheet, and what takes from it.

    `first` is the height for lines on the first sheet, `later` that on a later one, below the sum brought to it.
    `carried` is the height of the row with the sum carried on, `ending` that of what closes the document (totals,
    payment).
    """

    first: float
    later: float
    carried: float
    ending: float


@dataclass(frozen=True)
class Sheet(Generic[Line]):
    """The lines of one sheet, and the sums (kroner without VAT) that tie it to its neighbours.

    `brought` is the sum of the sheets before it, None on the first; `carried` goes on to the next, None on the last.
    """

    lines: tuple[Line, ...]
    brought: Decimal | None
    carried: Decimal | None


def one_sheet(lines: Sequence[Line]) -> list[Sheet[Line]]:
    """Put all lines on one sheet."""
    return [Sheet(tuple(lines), None, None)]


def spread(rows: Sequence[Row[Line]], room: Room) -> list[Sheet[Line]]:
    """Spread the rows over as many sheets as they need.

    No row is divided, no sheet is without one, and the totals stay with the last two rows where those fit. A row that
    is higher than a sheet gets one of its own.
    """
    sheets: list[Sheet[Line]] = []
    start, brought = 0, None
    for end in _ends([row.height for row in rows], room):
        own = rows[start:end]
        total = sum((row.net for row in own), brought or ZERO)
        lines = tuple(row.line for row in own)
        sheets.append(Sheet(lines, brought, total if end < len(rows) else None))
        start, brought = end, total
    return sheets


def _ends(heights: Sequence[float], room: Room) -> list[int]:
    """Return for each sheet the index after its last row."""
    ends: list[int] = []
    start, space = 0, room.first
    while len(heights) - start > 1 and sum(heights[start:]) + room.ending > space:
        start = _fill(heights, start, space - room.carried)
        ends.append(start)
        space = room.later
    return [*ends, len(heights)]


def _fill(heights: Sequence[float], start: int, space: float) -> int:
    """Return the index after the last row that fits, at least one further, and leaving some for the totals."""
    end = start
    while end < len(heights) - _LINES_WITH_TOTALS and heights[end] <= space:
        space -= heights[end]
        end += 1
    return max(end, start + 1)
