"""The simulator's time, which tests may move."""

import time

from demo.stripe_simulator.store import Store

_OFFSET = "clock_offset"


def now(store: Store) -> int:
    """Return the simulator's time in Unix seconds."""
    return int(time.time()) + int(store.setting(_OFFSET, 0))


def advance(store: Store, *, seconds: int) -> None:
    """Move the time on (or back, when `seconds` is negative)."""
    store.set_setting(_OFFSET, int(store.setting(_OFFSET, 0)) + seconds)
