"""`python -m demo`: all processes come together, are looked after, and go together."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.demo_server import ROOT, DemoServer, processes_of, read_if_there, start_demo, wait_for

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests here: what the first start prepares, the later ones find."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture
def demo(folder: Path) -> Iterator[DemoServer]:
    server = start_demo(folder)
    yield server
    server.stop()


def test_no_web_process_loads_the_pdf_library(demo: DemoServer) -> None:
    def all_three() -> list[int]:
        """The one that listens, and the two that answer: the second comes after the first has answered."""
        found = [number for number, command in processes_of(demo.folder).items() if "gunicorn" in command]
        return found if len(found) == 3 else []

    web = wait_for(all_three, what="Three web processes")
    assert not [number for number in web if "libpango" in read_if_there(Path(f"/proc/{number}/maps"))]


def test_a_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "demo", "--var", str(tmp_path), "--port", str(port)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)

    assert result.returncode == 1
    assert result.stderr == (
        f"Port {port} cannot be used (address already in use). Choose another one: PORT=8001 ./run demo\n"
    )


def test_a_process_that_dies_is_started_again(demo: DemoServer) -> None:
    (worker,) = (number for number, command in processes_of(demo.folder).items() if " worker " in command)
    os.kill(worker, signal.SIGKILL)

    def another_worker() -> list[int]:
        found = processes_of(demo.folder).items()
        return [number for number, command in found if " worker " in command and number != worker]

    assert wait_for(another_worker, what="Another worker")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_launcher(folder: Path, how: signal.Signals) -> None:
    server = start_demo(folder)
    # As soon as it answers: some processes are still starting, and must go all the same.
    server.process.send_signal(how)
    server.process.wait(timeout=30)

    wait_for(lambda: not processes_of(folder), what="The end of all processes", seconds=20)


def test_card_payments_go_to_a_simulator_that_keeps_its_port(folder: Path) -> None:
    """A payment page that stood open when the demo was stopped is found again."""
    ports = []
    for _ in range(2):
        server = start_demo(folder)
        (command,) = (command for command in processes_of(folder).values() if "demo.stripe_simulator" in command)
        ports.append(int(command.split("--port ")[1].split()[0]))
        connection = http.client.HTTPConnection("127.0.0.1", ports[-1], timeout=10)
        connection.request("GET", "/v1/checkout/sessions", headers={"Authorization": "Bearer sk_test_of_the_demo"})
        assert connection.getresponse().status == 200
        connection.close()
        server.stop()

    assert ports[0] == ports[1] == int((folder / "stripe_port").read_text())


def test_what_the_database_holds_is_kept(folder: Path) -> None:
    database = folder / "shop.sqlite3"
    server = start_demo(folder)
    before = database.stat().st_ino
    server.stop()
    start_demo(folder).stop()

    assert database.stat().st_ino == before
