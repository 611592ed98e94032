"""One storm from the first process to the verdict."""

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.operations.production import ROOT
from tests.storm.browser import Browser, Patience
from tests.storm.ending import Ending
from tests.storm.gathering import dropped_webhooks, found_by_the_sweep_alone, gather
from tests.storm.journal import Journal
from tests.storm.kills import Killer, plan
from tests.storm.machines import Machines
from tests.storm.members import Member, World
from tests.storm.office import Clerk, Office
from tests.storm.people import CLERKS, member_name
from tests.storm.proof import losses
from tests.storm.stripe_visitor import StripeVisitor
from tests.storm.table import Result
from tests.storm.webhook_trouble import WebhookTrouble

_TICK = 0.05
_SECONDS_FOR_A_COMMAND = 300


@dataclass(frozen=True)
class Size:
    """How big a storm is; `minutes` ends it whatever is left undone."""

    orders: int
    kills: int
    members: int
    seed: int
    minutes: float


class TimeIsUp(Exception):
    """The storm took longer than it may."""


class Storm:
    """The people, the trouble and the killer, around the machines."""

    def __init__(self, size: Size, folder: Path) -> None:
        self._size = size
        self._ends_at = time.monotonic() + size.minutes * 60
        self._patience = Patience()
        self._office = Office()
        self._machines = Machines(folder, members=size.members)
        self._journal = Journal(folder / "journal.jsonl")

    def run(self) -> Result:
        """Raise the storm, let it pass, and return what is left. Raises TimeIsUp."""
        began = time.monotonic()
        try:
            self._machines.start()
            raised = time.monotonic()
            self._rage()
            calm = time.monotonic()
            ending = Ending(self._machines, self._journal, self._stream("ending"), self._tend)
            ending.let_finish()
            checks = {"both workers answer at the end": ", ".join(ending.deaf_workers()), **self._afstem()}
            parts = {"start": raised - began, "storm": calm - raised, "end": time.monotonic() - calm}
            return self._result(checks, parts)
        finally:
            self._patience.over.set()
            self._machines.stop()
            self._journal.close()

    def _rage(self) -> None:
        """Let everybody in, and strike until all orders are placed and all blows have fallen."""
        stripe = self._machines.stripe
        trouble = WebhookTrouble(stripe, self._machines.webhook, self._journal, self._stream("webhooks"))
        members, clerks = self._members(), self._clerks()
        size = self._size
        blows = plan(self._stream("kills"), kills=size.kills, orders=size.orders)
        killer = Killer(blows, self._machines.supervisor, self._journal, self._stream("children"))
        for thread in (*members, *clerks, trouble):
            thread.start()
        try:
            while not killer.is_done or _any_alive(members):
                self._tend()
                killer.look(lambda: len(self._journal.asked))
                time.sleep(_TICK)
            self._office.close()
            while _any_alive(clerks) or self._machines.supervisor.down:
                self._tend()
                time.sleep(_TICK)
        finally:
            trouble.stop()

    def _tend(self) -> None:
        self._machines.supervisor.tend()
        if time.monotonic() > self._ends_at:
            raise TimeIsUp(f"after {self._size.minutes:g} minutes, with {len(self._journal.asked)} orders placed")

    def _members(self) -> list[Member]:
        stripe = StripeVisitor(self._machines.stripe, self._patience)
        world = World(self._journal, stripe, self._office, self._patience.over)
        share = -(-self._size.orders // self._size.members)
        names = [member_name(number) for number in range(self._size.members)]
        return [
            Member(name, self._browser(place, name), world, share=share, rng=self._stream(name))
            for place, name in enumerate(names, start=1)
        ]

    def _clerks(self) -> list[Clerk]:
        return [
            Clerk(name, self._browser(200 + place, name), self._office, self._journal, self._stream(name))
            for place, name in enumerate(CLERKS)
        ]

    def _browser(self, place: int, name: str) -> Browser:
        """Return a browser at an address of its own, which the shop sees through its proxy."""
        rng = self._stream(f"{name}'s patience")
        return Browser(self._machines.url, f"192.0.2.{place}", self._journal, rng, self._patience)

    def _stream(self, name: str) -> random.Random:
        """Return the choices of one person or thing: the same for each seed, whatever the others do."""
        return random.Random(f"{self._size.seed}:{name}")

    def _afstem(self) -> dict[str, str]:
        """Have the shop check itself too, with the command that operators use."""
        if not any(ROOT.glob("*/management/commands/afstem.py")):
            return {}
        ran = subprocess.run(
            [sys.executable, "manage.py", "afstem"],
            cwd=ROOT,
            env=dict(self._machines.environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS_FOR_A_COMMAND,
        )
        return {"manage.py afstem finds nothing": ran.stdout + ran.stderr if ran.returncode else ""}

    def _result(self, checks: dict[str, str], parts: dict[str, float]) -> Result:
        evidence = gather(self._machines, self._journal)
        size = self._size
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        machine = f"{os.cpu_count()} cores, {memory:.0f} GB"
        programs = self._machines.supervisor.programs.values()
        return Result(
            title=f"Seed {size.seed}: {size.orders} orders by {size.members} members, {size.kills} kills; {machine}",
            journal=self._journal,
            evidence=evidence,
            losses=losses(evidence),
            seconds=parts,
            dropped=dropped_webhooks(self._machines.stripe),
            events=len(self._machines.stripe.events()),
            found_by_the_sweep_alone=found_by_the_sweep_alone(self._machines, self._journal, evidence),
            ended_by_themselves={program.name: program.ended_by_itself for program in programs},
            checks=checks,
        )


def _any_alive(threads: list[Member] | list[Clerk]) -> bool:
    return any(thread.is_alive() for thread in threads)
