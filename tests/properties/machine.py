"""How a state machine runs here: so many runs, each undone afterwards."""

from typing import TypeVar

from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

T = TypeVar("T")
_EXAMPLES_OF_THE_SUITE = 100


class UndoneMachine(RuleBasedStateMachine):
    """A machine whose writes are taken back when its run ends, so that each run starts from the same database.

    Each run is a savepoint inside the test's own transaction: the shop's transactions, savepoints and row locks work in
    it as always, and what waits for a commit is kept back, as if every message to the worker were lost.
    """

    def __init__(self) -> None:
        super().__init__()
        self._run = transaction.atomic()
        self._run.__enter__()

    def teardown(self) -> None:
        """Undo the run, also after a failure."""
        assert connection.in_atomic_block
        transaction.set_rollback(True)
        self._run.__exit__(None, None, None)


def one_of(found: list[T], number: int) -> T:
    """Return one of what there is, the same for the same number."""
    return found[number % len(found)]


def run(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Run the machine so many times in the ordinary suite, and as many times more as the profile asks for."""
    bounds = settings(
        max_examples=examples * settings().max_examples // _EXAMPLES_OF_THE_SUITE,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=bounds)
