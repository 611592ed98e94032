"""What these tests share: a sound shop."""

import pytest

from tests.reconciliation.shop import Shop, sound_shop
from tests.simulator import Simulator


@pytest.fixture
def shop(stripe: Simulator) -> Shop:
    return sound_shop(stripe)
