"""What is killed, and when: drawn from the seed beforehand, and carried out as the orders come in."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.storm.journal import Journal
from tests.storm.machines import WORKERS
from tests.storm.programs import Supervisor

# What is killed whole and stays down for a while, and of what one child is killed, which its parent replaces.
WHOLE = ("web", *WORKERS, "beat", "redis", "postgresql", "simulator")
CHILD_OF = {"a web process": "web", "a worker's process": WORKERS[0], "a server process of PostgreSQL": "postgresql"}
KINDS = (*WHOLE, *CHILD_OF)
_WEIGHTS = {"web": 5, "postgresql": 5, "redis": 4, "worker 1": 3, "worker 2": 3}
_TWO_AT_ONCE = 0.25
_SHORTEST_DOWN, _LONGEST_DOWN = 0.2, 3.0
# The last kill comes while orders are still being placed.
_LAST_KILL_AT = 0.95


@dataclass(frozen=True)
class Blow:
    """One thing to kill once so many orders have been placed; seconds to leave it down."""

    after_orders: int
    what: str
    down_for: float


def plan(rng: random.Random, *, kills: int, orders: int) -> list[Blow]:
    """Return at least so many blows, spread over the orders: each kind once before any comes twice."""
    kinds = rng.sample(KINDS, len(KINDS))
    kinds += rng.choices(KINDS, [_WEIGHTS.get(kind, 2) for kind in KINDS], k=max(0, kills - len(kinds)))
    places = sorted(rng.uniform(0.02, _LAST_KILL_AT) for _ in kinds[:kills])
    blows = []
    for place, kind in zip(places, kinds[:kills], strict=True):
        together = [kind]
        if rng.random() < _TWO_AT_ONCE:
            together.append(rng.choice([other for other in WHOLE if other != kind]))
        for what in together:
            blows.append(Blow(int(place * orders), what, rng.uniform(_SHORTEST_DOWN, _LONGEST_DOWN)))
    return blows


class Killer:
    """Strikes when it is time, but never while two programs are down."""

    def __init__(self, blows: list[Blow], supervisor: Supervisor, journal: Journal, rng: random.Random) -> None:
        self._blows = list(blows)
        self._supervisor = supervisor
        self._journal = journal
        self._rng = rng

    @property
    def is_done(self) -> bool:
        """Whether all blows have fallen."""
        return not self._blows

    def look(self, placed: Callable[[], int]) -> None:
        """Strike if the next blow's time has come."""
        while self._blows and placed() >= self._blows[0].after_orders and self._supervisor.down <= 1:
            if not self._strike(self._blows[0]):
                return
            self._blows.pop(0)

    def _strike(self, blow: Blow) -> bool:
        """Return whether there was something to kill."""
        whole = CHILD_OF.get(blow.what)
        program = self._supervisor.programs[whole or blow.what]
        if not program.is_running or program.due_at is not None:
            return False
        if whole:
            if not program.kill_a_child(self._rng):
                return False
            self._journal.killed(blow.what, 0)
            return True
        self._supervisor.strike(blow.what, down_for=blow.down_for)
        self._journal.killed(blow.what, blow.down_for)
        return True
