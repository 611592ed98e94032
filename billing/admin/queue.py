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


class Tile(NamedTuple):
    """A number at the top of a page: how much waits, where it is, how long it has waited, and whether that is late.

    Lateness is said in words. It leads to what is late, if that has an address of its own.
    """

    number: str
    name: str
    url: str
    note: str = ""
    late: str = ""
    late_url: str = ""


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

    def tile(self, url: str) -> Tile:
        """Return the number that stands for the table, with the address of the table."""
        return waiting_tile(whole(self.count), self.title, url, since=self.since, late=self.late)


def waiting_tile(number: str, name: str, url: str, *, since: date | None, late: AllOf | None = None) -> Tile:
    """Return the number of what has waited `since` a day, None for nothing; `late` is what is past its deadline."""
    if since is None:
        return Tile(number, name, url)
    today = timezone.localdate()
    if late is None and today - since > _TOO_LONG:
        late = AllOf("over en uge", "")
    return Tile(number, name, url, f"ældste {age(since, today)}", *(late or ()))
