"""Programs that may be killed at any moment and started again, as Docker's `restart: unless-stopped` would do.

The kernel ends each of them when the thread that started it ends, so only the storm's main thread starts programs.
"""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_SETPRIV = shutil.which("setpriv") or "/usr/bin/setpriv"
_STARTS_AGAIN_AFTER = 0.5
_STOP_SECONDS = 20.0
# Below the ports that the kernel hands to outgoing connections: nobody takes one while its program is down.
_PORTS = range(18000, 28000)


@dataclass
class Program:
    """One program with what it needs to run; `user` is whom it runs as when the storm runs as root."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    user: str | None = None
    process: "subprocess.Popen[bytes] | None" = None
    due_at: float | None = None
    ended_by_itself: int = field(default=0)

    def start(self) -> None:
        """Start it in a process group of its own."""
        self.due_at = None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [_SETPRIV, "--pdeathsig", "TERM", *self.command],
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.user,
                group=group_of(self.user),
                extra_groups=[] if self.user else None,
            )

    @property
    def is_running(self) -> bool:
        """Whether its main process is there."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End it and all its children with SIGKILL: none of them gets to do another thing."""
        if self.process is None:
            return
        children = children_of(self.process.pid)
        for pid in (self.process.pid, *children):
            _signal(pid, signal.SIGKILL)
        _signal_group(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pid in children:
            _wait_until_gone(pid)

    def kill_a_child(self, rng: random.Random) -> bool:
        """End one of its children with SIGKILL; false when it has none."""
        children = children_of(self.process.pid) if self.process else []
        if children:
            _signal(rng.choice(children), signal.SIGKILL)
        return bool(children)

    def terminate(self) -> None:
        """Ask it to end."""
        if self.is_running and self.process is not None:
            self.process.terminate()


class Supervisor:
    """Keeps the programs running, but for those that are meant to be down."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self.programs = {program.name: program for program in programs}

    def strike(self, name: str, *, down_for: float) -> None:
        """Kill a program and leave it down for so many seconds."""
        program = self.programs[name]
        program.kill()
        program.due_at = time.monotonic() + down_for

    def tend(self) -> None:
        """Start what is due again, and what has ended by itself."""
        now = time.monotonic()
        for program in self.programs.values():
            if program.due_at is not None and now >= program.due_at:
                program.start()
            elif program.due_at is None and not program.is_running:
                program.ended_by_itself += 1
                program.kill()  # what it has left behind
                program.due_at = now + _STARTS_AGAIN_AFTER

    @property
    def down(self) -> int:
        """How many programs are down."""
        return sum(program.due_at is not None for program in self.programs.values())

    def stop(self) -> None:
        """End all, the last first, and with force what does not end by itself."""
        for program in reversed(list(self.programs.values())):
            program.terminate()
            try:
                if program.process is not None:
                    program.process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                pass
            program.kill()


def children_of(pid: int) -> list[int]:
    """Return the processes whose parent is `pid`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if int(parent) == pid:
                found.append(int(entry.name))
    return sorted(found)


def group_of(user: str | None) -> int | None:
    """Return the user's own group; None for oneself."""
    return None if user is None else pwd.getpwnam(user).pw_gid


def quiet_port() -> int:
    """Return a port that nobody listens on, and that nobody gets by chance."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass


def _wait_until_gone(pid: int, seconds: float = 5.0) -> None:
    """Wait for a process that is not our child: a new program could find the old one's memory still in use."""
    end = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.01)
