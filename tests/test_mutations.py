"""The list of mutations fits the code: each can be tried, and the tests that it names are there."""

import pytest

from tests.mutations.billing import BILLING
from tests.mutations.card import CARD
from tests.mutations.ledger import LEDGER
from tests.mutations.mutation import Mutation

ALL = (*LEDGER, *BILLING, *CARD)


@pytest.mark.parametrize("mutation", ALL, ids=lambda mutation: mutation.name)
def test_mutation_can_be_tried(mutation: Mutation) -> None:
    assert mutation.problem() == ""


def test_names_are_used_once() -> None:
    assert len({mutation.name for mutation in ALL}) == len(ALL)
