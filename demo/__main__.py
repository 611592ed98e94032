"""`python -m demo`: the whole shop on this machine, until Ctrl-C. Called by `./run demo` and `./run reset`."""

import argparse
import http.client
import os
import socket
import subprocess
import sys
from pathlib import Path

from demo.environment import demo_environment
from demo.home import DemoRuns, Home
from demo.processes import Program, Supervisor, die_with_parent

_PROJECT = Path(__file__).resolve().parent.parent
_START_SECONDS = 60.0
_HIGHEST_PORT = 65535


def main() -> int:
    """Run or empty the demo as the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo")
    parser.add_argument("--var", type=Path, default=_PROJECT / "var", help="the folder that it lives in")
    parser.add_argument("--port", default="8000", help="where it answers on 127.0.0.1")
    parser.add_argument("--reset", action="store_true", help="empty the folder instead")
    options = parser.parse_args()
    home = Home(options.var)
    try:
        with home.held():
            return _reset(home) if options.reset else _demo(home, options.port)
    except DemoRuns:
        return _refuse(f"A demo runs in {home.folder}. Stop it first, with Ctrl-C in its terminal.")
    except KeyboardInterrupt:
        return 130  # as a shell reports a program that Ctrl-C ended


def _reset(home: Home) -> int:
    home.empty()
    print("The demo's data is gone. The next ./run demo begins anew.")
    return 0


def _demo(home: Home, port_text: str) -> int:
    port = int(port_text) if port_text.isascii() and port_text.isdigit() else 0
    if not 0 < port <= _HIGHEST_PORT:
        return _refuse(f"PORT must be a number from 1 to {_HIGHEST_PORT}, not {port_text!r}.")
    trouble = _why_not_listen(port)
    if trouble:
        return _refuse(f"Port {port} cannot be used ({trouble}). Choose another one: PORT=8001 ./run demo")
    home.prepare_folders()
    stripe_port = _stripe_port(home, port)
    environment = demo_environment(home, port, stripe_port)
    prepared = subprocess.run(
        [sys.executable, "-m", "demo.prepare", str(home.folder)],
        cwd=_PROJECT,
        env=environment,
        check=False,
        preexec_fn=die_with_parent(os.getpid()),
    )
    if prepared.returncode:
        return _refuse("The demo's database could not be made ready; the reason stands above.")
    supervisor = Supervisor(_programs(home, port, stripe_port), environment, _PROJECT, home.logs)
    try:
        return _serve(supervisor, home, port)
    finally:
        supervisor.stop()


def _serve(supervisor: Supervisor, home: Home, port: int) -> int:
    """Start the shop, say where it is, and keep it running."""
    supervisor.start()
    if not supervisor.wait_until(lambda: _is_healthy(port), _START_SECONDS):
        if supervisor.is_stopping:
            return 0
        return _refuse(f"The shop does not answer on port {port}; see {home.logs}/web.log.")
    print(_welcome(home, port), flush=True)
    went_well = supervisor.run()
    print("\nStopping ...", flush=True)
    return 0 if went_well else 1


def _programs(home: Home, port: int, stripe_port: int) -> list[Program]:
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "truelink_shop"]
    # One process does the work: with the file broker it takes the next task at once, where a pool waits for a poll.
    worker = ["worker", "--pool=solo", "--concurrency=1", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "python:truelink_shop.gunicorn"]
    stripe = [sys.executable, "-m", "demo.stripe_simulator", "--port", str(stripe_port), "--data", str(home.stripe)]
    webhook = f"http://127.0.0.1:{port}/stripe/webhook/"
    return [
        Program("stripe", [*stripe, "--webhook", webhook]),
        Program("web", [*gunicorn, "--bind", f"127.0.0.1:{port}", "truelink_shop.wsgi"]),
        Program("worker", [*celery, *worker]),
        Program("beat", [*celery, "beat", "--schedule", str(home.beat_schedule)]),
    ]


def _stripe_port(home: Home, port: int) -> int:
    """Return the port of the Stripe simulator: the one of last time, since payment pages that are open name it."""
    remembered = home.stripe_port.read_text() if home.stripe_port.exists() else ""
    candidates = [int(remembered)] if remembered.isdigit() else []
    chosen = next((one for one in [*candidates, port + 1] if one <= _HIGHEST_PORT and not _why_not_listen(one)), None)
    chosen = chosen or _free_port()
    home.stripe_port.write_text(str(chosen))
    return chosen


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _why_not_listen(port: int) -> str:
    """Return why nobody can listen on the port; an empty text when one can."""
    with socket.socket() as probe:
        # As gunicorn does: connections of the last start that linger are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return str(error.strerror).lower()
    return ""


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/sundhed/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _welcome(home: Home, port: int) -> str:
    return f"""
The TrueLink clip shop runs on http://127.0.0.1:{port}/

  member                     medlem       klip-demo-100
  another company's member   nabo         klip-demo-100
  staff (/admin/)            kundecenter  klip-demo-100

Card payments go to a simulator of Stripe: pay with 4242 4242 4242 4242, any later date, any three digits.
Mails lie in {home.mail}, logs in {home.logs}. Ctrl-C stops everything.
"""


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
