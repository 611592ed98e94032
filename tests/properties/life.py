"""An order's life in plain words: the model that the shop's orders are compared with."""

from dataclasses import dataclass, field

AWAITING, PAID, CANCELLED = "awaiting_payment", "paid", "cancelled"


@dataclass
class Life:
    """One order. Money is named by the key of its payment: `stripe:<session>` or `transfer:<order>`."""

    clips: int
    by_card: bool
    state: str = AWAITING
    settled_by: str = ""
    surplus: list[str] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)

    def take(self, money: str) -> str:
        """Take money in, and return what becomes of it: the first settles the order, once, and the rest is surplus."""
        if money == self.settled_by or money in self.surplus:
            return "ALREADY"
        if self.state == AWAITING:
            self.state, self.settled_by = PAID, money
            return "SETTLED"
        self.surplus.append(money)
        return "SURPLUS"

    def set_aside(self, session: str) -> None:
        """Keep money that does not fit for staff."""
        if session not in self.mismatches:
            self.mismatches.append(session)

    def knows(self, session: str) -> bool:
        """Whether the money of a session has been taken in, or set aside."""
        return f"stripe:{session}" in {self.settled_by, *self.surplus} or session in self.mismatches

    def cancel(self) -> None:
        """Give the order up: only while no money is there."""
        assert self.state == AWAITING
        self.state = CANCELLED

    @property
    def payments(self) -> list[tuple[str, bool]]:
        """All money, and whether it is surplus."""
        settled = [(self.settled_by, False)] if self.settled_by else []
        return sorted(settled + [(money, True) for money in self.surplus])

    @property
    def credited(self) -> int:
        """The clips that the company has of it."""
        return self.clips if self.state == PAID else 0

    @property
    def documents(self) -> list[str]:
        """What the bookkeeper has of it."""
        is_invoiced = self.state == PAID or not self.by_card
        is_credited = is_invoiced and self.state == CANCELLED
        return ["credit_note"] * is_credited + ["invoice"] * is_invoiced

    @property
    def mails(self) -> list[str]:
        """What the company is sent, each once."""
        thanks = {"": [], "stripe": ["receipt"], "transfer": ["confirmation"]}[self.settled_by.partition(":")[0]]
        return sorted(thanks + ["credit_note"] * ("credit_note" in self.documents) + ["invoice"] * (not self.by_card))

    @property
    def items(self) -> list[str]:
        """What staff must look at, or have looked at."""
        mismatches = [f"mismatch:{session}" for session in self.mismatches]
        return sorted(mismatches + [f"surplus:{money}" for money in self.surplus])
