"""What the machine must have for tests of production."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.operations.production import Production, start_production
from tests.operations.servers import empty_redis, new_database
from tests.simulator import SimulatorProcess, start_simulator


@pytest.fixture(scope="module")
def stripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    """Stripe's simulator, which does not know the shop yet."""
    running = start_simulator(data=tmp_path_factory.mktemp("stripe") / "stripe.sqlite3")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def production(
    request: pytest.FixtureRequest, redis_url: str, stripe: SimulatorProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Production]:
    """The shop's processes as docker-compose.yml starts them, on an empty PostgreSQL database and Redis."""
    sentence = services.without_postgresql()
    if sentence and request.config.getoption("--require-services"):
        pytest.fail(sentence)
    if sentence:
        pytest.skip(sentence)
    folder: Path = tmp_path_factory.mktemp("production")
    with new_database() as database, empty_redis(redis_url) as broker:
        shop = start_production(folder, database=database, broker=broker, stripe=stripe.simulator.url)
        stripe.simulator.deliver_to(f"{shop.url}/stripe/webhook/")
        yield shop
        shop.stop()
