"""What the storm knows without asking the shop: who asked for what, what they were told, and what the bank booked.

Each note is a line of `journal.jsonl`, written when it happens and never changed. The proof holds the shop to it.
"""

import json
import threading
import time
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

Way = Literal["card", "bank_transfer"]
PromiseKind = Literal["placed", "invoice", "receipt", "marked_paid", "surplus", "cancelled"]


@dataclass
class Filling:
    """One filling of a member's cart, with every placement key that its checkout pages carried."""

    number: int
    member: str
    keys: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """An order that a member asked for and whose number the shop told: clips or hours by the product's name."""

    order: int
    member: str
    filling: int
    story: str
    way: Way
    quantities: tuple[tuple[str, int], ...]
    total: Decimal


@dataclass(frozen=True)
class Promise:
    """What a page told as done: it must be true whatever is killed after it."""

    kind: PromiseKind
    order: int
    number: int = 0


@dataclass(frozen=True)
class BankTransfer:
    """Money in the seller's bank account, in kroner, as the bank's statement shows it."""

    order: int
    member: str
    amount: Decimal


@dataclass(frozen=True)
class Kill:
    """What was killed: seconds after the start, and for how long it stayed down (0: its parent replaced it)."""

    at: float
    what: str
    down_for: float


class Journal:
    """The notes of all threads."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._file = file.open("a")
        self._began = time.monotonic()
        self.fillings: list[Filling] = []
        self.asked: dict[int, Asked] = {}
        self.promises: set[Promise] = set()
        self.transfers: list[BankTransfer] = []
        self.kills: list[Kill] = []
        self.surprises: list[str] = []
        self.counts: dict[str, int] = {}
        self.returned: set[str] = set()

    @property
    def seconds(self) -> float:
        """How long the storm has lasted."""
        return time.monotonic() - self._began

    def new_filling(self, member: str) -> Filling:
        """Begin to fill a cart."""
        with self._lock:
            filling = Filling(len(self.fillings) + 1, member)
            self.fillings.append(filling)
            return filling

    def saw_key(self, filling: Filling, key: str) -> None:
        """Note the placement key of a checkout page."""
        with self._lock:
            if key not in filling.keys:
                filling.keys.append(key)
                self._write("key", {"filling": filling.number, "member": filling.member, "key": key})

    def told_number(self, asked: Asked) -> None:
        """Note an order whose number was told; the first telling counts."""
        with self._lock:
            if asked.order not in self.asked:
                self.asked[asked.order] = asked
                self._write("asked", asdict(asked))

    def told(self, kind: PromiseKind, order: int, number: int = 0) -> None:
        """Note what a page told as done."""
        promise = Promise(kind, order, number)
        with self._lock:
            if promise not in self.promises:
                self.promises.add(promise)
                self._write("told", asdict(promise))

    def booked(self, transfer: BankTransfer) -> None:
        """Note what the bank booked."""
        with self._lock:
            self.transfers.append(transfer)
            self._write("bank", asdict(transfer))

    def killed(self, what: str, down_for: float) -> None:
        """Note a kill."""
        with self._lock:
            kill = Kill(round(self.seconds, 1), what, round(down_for, 1))
            self.kills.append(kill)
            self._write("kill", asdict(kill))

    def came_back(self, session: str) -> None:
        """Note that a member returned from Stripe's page of this session."""
        with self._lock:
            self.returned.add(session)

    def surprise(self, who: str, what: str) -> None:
        """Note a page that a person could make nothing of."""
        with self._lock:
            self.surprises.append(f"{who}: {what}")
            self._write("surprise", {"who": who, "what": what})

    def count(self, what: str, by: int = 1) -> None:
        """Count something for the table."""
        with self._lock:
            self.counts[what] = self.counts.get(what, 0) + by

    def close(self) -> None:
        """Write no more."""
        self._file.close()

    def _write(self, note: str, facts: dict[str, Any]) -> None:
        line = {"at": round(self.seconds, 3), "note": note, **facts}
        self._file.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")
        self._file.flush()
