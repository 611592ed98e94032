"""The demo's processes: started together, watched, started again when one dies, and stopped together."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

# From Linux' <sys/prctl.h>: the signal that a process gets when its parent dies.
_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 15.0
_MOST_RESTARTS = 5
_RESTARTS_COUNT_FOR_SECONDS = 60.0


@dataclass
class Program:
    """One process that the demo keeps running."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    restarts: list[float] = field(default_factory=list)

    def may_restart(self, now: float) -> bool:
        """Whether the program has not died too often lately (`now`: seconds of the monotonic clock)."""
        self.restarts = [at for at in self.restarts if now - at < _RESTARTS_COUNT_FOR_SECONDS]
        return len(self.restarts) < _MOST_RESTARTS


class Supervisor:
    """Keeps programs running until it is told to stop."""

    def __init__(self, programs: Sequence[Program], environment: Mapping[str, str], folder: Path, logs: Path) -> None:
        self._programs = programs
        self._environment = environment
        self._folder = folder
        self._logs = logs
        self._stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stopping.set())

    @property
    def is_stopping(self) -> bool:
        """Whether somebody has asked for the end."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Start every program."""
        for program in self._programs:
            self._start(program)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Wait until `ready` answers true; false when it takes too long, a program gives up or the end is asked for."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.is_stopping:
            if ready():
                return True
            if not self._look_after_programs():
                return False
            self._stopping.wait(0.05)
        return False

    def run(self) -> bool:
        """Watch the programs until the end is asked for; false when one died so often that the demo gives up."""
        while not self._stopping.wait(0.25):
            if not self._look_after_programs():
                return False
        return True

    def stop(self) -> None:
        """Ask every program to end, and end those that do not with force."""
        for program in self._programs:
            _signal_group(program, signal.SIGTERM)
        end = time.monotonic() + _STOP_SECONDS
        for program in self._programs:
            _wait(program, end - time.monotonic())
            # What a program has left behind in its group must not outlive the demo.
            _signal_group(program, signal.SIGKILL)

    def _start(self, program: Program) -> None:
        with self._log(program) as log:
            program.process = subprocess.Popen(
                program.command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own: Ctrl-C in the terminal reaches the launcher only, which stops all in order.
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),
            )

    def _look_after_programs(self) -> bool:
        """Start dead programs again; false when one has died too often."""
        for program in self._programs:
            code = program.process.poll() if program.process else None
            if code is None:
                continue
            _signal_group(program, signal.SIGKILL)
            now = time.monotonic()
            log_file = self._logs / f"{program.name}.log"
            if not program.may_restart(now):
                _say(f"The {program.name} process keeps ending (exit code {code}); its log is {log_file}. Giving up.")
                return False
            _say(f"The {program.name} process ended (exit code {code}) and is started again; its log is {log_file}.")
            program.restarts.append(now)
            self._start(program)
        return True

    def _log(self, program: Program) -> IO[bytes]:
        return (self._logs / f"{program.name}.log").open("ab")


def die_with_parent(parent: int) -> Callable[[], None]:
    """Return what a child of process `parent` runs before its program: the kernel then stops it when the parent dies,
    even by kill -9."""
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the kernel was asked
            os._exit(1)

    return ask


def _signal_group(program: Program, number: signal.Signals) -> None:
    if program.process is not None:
        try:
            os.killpg(program.process.pid, number)
        except ProcessLookupError:
            pass


def _wait(program: Program, seconds: float) -> None:
    if program.process is not None:
        try:
            program.process.wait(timeout=max(seconds, 0))
        except subprocess.TimeoutExpired:
            pass


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
