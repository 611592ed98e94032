"""What waits for the office, each kind a table of the front page with a number at its top."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.utils import timezone

from billing.admin.links import age
from catalog.amounts import whole
from catalog.staff_pages import Panel

EMPTY = "Intet venter."
# What has no deadline of its own should not wait for longer.
_TOO_LONG = timedelta(days=7)


class AllOf(NamedTuple):
    """The way to the whole list of one kind."""

    label: str
    url: str


@dataclass(frozen=True)
class Queue(Panel):
    """A table of what waits, the oldest first.

    `since` is the day from which the oldest has waited. `late` says how much has waited past its deadline, and leads to
    it; what has no deadline is late after a week. `lists` are the ways to the whole lists that the table is made of.
    """

    empty: str = EMPTY
    since: date | None = None
    late: AllOf | None = None
    lists: Sequence[AllOf] = ()

    @property
    def total_shown(self) -> str:
        """How much waits, written out."""
        return whole(self.count)

    @property
    def oldest(self) -> str:
        """How long the oldest has waited: `12 dage`; an empty text when nothing waits."""
        return age(self.since, timezone.localdate()) if self.since else ""

    @property
    def is_slow(self) -> bool:
        """Whether the oldest has waited for more than a week, and no deadline says more."""
        return self.late is None and self.since is not None and timezone.localdate() - self.since > _TOO_LONG
