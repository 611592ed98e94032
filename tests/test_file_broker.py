"""The broker in a file gives each message to one worker, the oldest first, and loses none that nobody took."""

import threading
from collections import Counter
from pathlib import Path

import pytest
from kombu import Connection, Queue

from truelink_shop.file_broker import Transport

QUEUE = Queue("truelink")


@pytest.fixture
def broker(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/a%20broker.sqlite3"


def connect(broker: str) -> Connection:
    return Connection(broker, transport=Transport)


def put(broker: str, numbers: range) -> None:
    with connect(broker) as connection:
        producer = connection.Producer()
        for number in numbers:
            producer.publish({"number": number}, routing_key="truelink", declare=[QUEUE])


def take_all(broker: str) -> list[int]:
    """Take and acknowledge messages until none is left, and return their numbers."""
    numbers = []
    with connect(broker) as connection:
        queue = QUEUE(connection.default_channel)
        queue.declare()
        while message := queue.get():
            numbers.append(message.payload["number"])
            message.ack()
    return numbers


def test_messages_come_in_the_order_in_which_they_were_put(broker: str, tmp_path: Path) -> None:
    put(broker, range(3))

    assert take_all(broker) == [0, 1, 2]
    assert take_all(broker) == []
    assert (tmp_path / "a broker.sqlite3").exists()


def test_a_message_that_was_not_done_is_given_back(broker: str) -> None:
    put(broker, range(1))
    with connect(broker) as connection:
        queue = QUEUE(connection.default_channel)
        queue.declare()
        assert queue.get() is not None

    assert take_all(broker) == [0]


def test_purge_tells_how_many_are_gone(broker: str) -> None:
    put(broker, range(3))
    with connect(broker) as connection:
        assert QUEUE(connection.default_channel).purge() == 3

    assert take_all(broker) == []


def test_each_message_is_taken_once_while_others_put_and_take(broker: str) -> None:
    taken: list[int] = []
    everyone = threading.Barrier(6)

    def putter(first: int) -> None:
        everyone.wait()
        put(broker, range(first, first + 100))

    def taker() -> None:
        everyone.wait()
        for _ in range(20):
            taken.extend(take_all(broker))

    threads = [threading.Thread(target=putter, args=[first]) for first in (0, 100, 200)]
    threads += [threading.Thread(target=taker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.extend(take_all(broker))

    assert Counter(taken) == Counter(range(300))
