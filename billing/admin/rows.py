"""Reading the first rows of what may be long."""

from typing import TypeVar

from django.db.models import Count, Model, QuerySet, Window

from catalog.staff_pages import ROWS

M = TypeVar("M", bound=Model)


def counted(rows: QuerySet[M]) -> list[M]:
    """Read the first rows, each with how many there are in all: one query for both."""
    return list(rows.annotate(in_all=Window(Count("pk")))[:ROWS])


def in_all(found: list[M]) -> int:
    """Return how many rows there are in all, of which `counted` read the first."""
    return getattr(found[0], "in_all", 0) if found else 0
