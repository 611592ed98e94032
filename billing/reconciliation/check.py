"""What a check is, how its differences are counted and told, and the comparison that most checks are made of."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

# A fault that is everywhere needs no million sentences to be found.
MOST_TOLD = 20

Rows = QuerySet[Any, Any]


@dataclass(frozen=True)
class Found:
    """How much a check looked at, how many differences it found, and the first of them in words, without names."""

    looked_at: int
    differences: int
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """Something that must be true, as a Danish sentence. `look` is given the moment of the run."""

    name: str
    look: Callable[[datetime], Found]


class Side:
    """One side of a comparison: rows, and which columns of them are compared."""

    def __init__(self, rows: Rows, *columns: str) -> None:
        self.rows = rows.order_by()
        self.columns = columns

    def count(self) -> int:
        """Return how many rows there are."""
        return self.rows.count()

    def missing_in(self, other: "Side") -> Iterator[tuple[Any, ...]]:
        """Yield what the other side does not have. The database looks for it by the other side's index."""
        alike = {theirs: OuterRef(ours) for ours, theirs in zip(self.columns, other.columns, strict=True)}
        return iter(self.rows.filter(~Exists(other.rows.filter(**alike))).values_list(*self.columns).iterator())

    def beyond(self, other: "Side") -> Iterator[tuple[Any, ...]]:
        """Yield what the other side does not have, for sides whose columns are computed: slower, but needs no index."""
        return iter(self._values().difference(other._values()).iterator())

    def repeated(self) -> Iterator[tuple[Any, ...]]:
        """Yield what stands there more than once."""
        groups = self.rows.values(*self.columns).annotate(times=Count("pk")).filter(times__gt=1)
        return iter(groups.values_list(*self.columns).iterator())

    def _values(self) -> Rows:
        return self.rows.values_list(*self.columns)


def found(looked_at: int, *sentences: Iterable[str]) -> Found:
    """Count the differences, one for each sentence, and keep the first."""
    told: list[str] = []
    differences = 0
    for differences, sentence in enumerate(chain(*sentences), start=1):
        if differences <= MOST_TOLD:
            told.append(sentence)
    return Found(looked_at, differences, tuple(told))


def one_to_one(owed: Side, given: Side, *, missing: str, extra: str, repeated: str) -> Iterator[str]:
    """Yield a sentence for each row that is owed and not given, given and not owed, or given more than once.

    The sentences are filled with the columns. What is owed stands there once each, so counting tells whether there can
    be more than is missing: only then is it looked for.
    """
    number_missing = 0
    for row in owed.missing_in(given):
        number_missing += 1
        yield missing.format(*row)
    if given.count() == owed.count() - number_missing:
        return
    for row in given.beyond(owed):
        yield extra.format(*row)
    for row in given.repeated():
        yield repeated.format(*row)
