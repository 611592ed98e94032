"""Reading the first rows of what may be long."""

from typing import TypeVar

from django.db.models import Count, Model, Q, QuerySet, Window

from catalog.staff_pages import ROWS

M = TypeVar("M", bound=Model)


def counted(rows: QuerySet[M], *, late: Q | None = None) -> list[M]:
    """Read the first rows, each with how many there are in all, and how many of those are `late`: one query for all."""
    totals = {"in_all": Window(Count("pk"))}
    if late is not None:
        totals["late_in_all"] = Window(Count("pk", filter=late))
    return list(rows.annotate(**totals)[:ROWS])


def in_all(found: list[M]) -> int:
    """Return how many rows there are in all, of which `counted` read the first."""
    return getattr(found[0], "in_all", 0) if found else 0


def late_in_all(found: list[M]) -> int:
    """Return how many of all rows are late."""
    return getattr(found[0], "late_in_all", 0) if found else 0
