"""The office: two clerks who read the bank's statement and do in admin what it and the telephone ask for."""

import random
import threading
import traceback
from dataclasses import dataclass
from typing import Literal

from tests.factories import PASSWORD
from tests.storm.browser import Browser, OutOfPatience
from tests.storm.journal import Journal, PromiseKind

_PAGES = {"mark_paid": "betalt", "cancel": "annuller"}
_BUTTONS = {"mark_paid": "Markér som betalt", "cancel": "Annullér bestillingen"}
_DONE: dict[str, dict[str, PromiseKind]] = {
    "mark_paid": {
        "er registreret som betalt": "marked_paid",
        "var allerede registreret som betalt": "marked_paid",
        "er registreret som overskydende beløb": "surplus",
    },
    "cancel": {"er annulleret.": "cancelled", "var allerede annulleret": "cancelled"},
}
_REFUSED = ("Der er ikke registreret nogen betaling", "er betalt og kan ikke annulleres", "er ikke annulleret")
_TRIES = 5


@dataclass(frozen=True)
class Errand:
    """What a clerk is to do with an order."""

    what: Literal["mark_paid", "cancel"]
    order: int


class Office:
    """The errands that wait. A clerk takes any of them, so that two clerks rarely keep the order of the statement."""

    def __init__(self) -> None:
        self._waiting: list[Errand] = []
        self._changed = threading.Condition()
        self._closed = False

    def ask(self, errand: Errand) -> None:
        """Lay an errand on the pile."""
        with self._changed:
            self._waiting.append(errand)
            self._changed.notify()

    def take(self, rng: random.Random) -> Errand | None:
        """Wait for an errand and take it; None when the office is closed and the pile is empty."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait(0.5)
            if not self._waiting:
                return None
            # Often the newest: so two who were sent for the same order meet at it.
            return self._waiting.pop(rng.choice([0, -1, -1]))

    def close(self) -> None:
        """Let the clerks go home when the pile is empty."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Clerk(threading.Thread):
    """One member of staff at one browser."""

    def __init__(self, name: str, browser: Browser, office: Office, journal: Journal, rng: random.Random) -> None:
        super().__init__(name=name, daemon=True)
        self._browser = browser
        self._office = office
        self._journal = journal
        self._rng = rng

    def run(self) -> None:
        """Log on and do errands until there are none."""
        self._browser.log_on(self.name, PASSWORD)
        while (errand := self._office.take(self._rng)) is not None:
            try:
                self._do(errand)
            except OutOfPatience as error:
                self._journal.surprise(self.name, f"{errand}: no answer from {error}")
            except Exception:  # a page that nobody would understand is a finding, not the end of the storm
                self._journal.surprise(self.name, f"{errand}: {traceback.format_exc(limit=-2)}")

    def _do(self, errand: Errand) -> None:
        """Do the errand; where Stripe could not be asked, the page says so and the clerk tries again."""
        for _ in range(_TRIES):
            said = self._ask_admin(errand)
            told = next((kind for sentence, kind in _DONE[errand.what].items() if sentence in said), None)
            if told is not None:
                self._journal.told(told, errand.order)
                return
            if not any(sentence in said for sentence in _REFUSED):
                break
            if "Prøv igen" not in said:
                self._journal.count(f"errands refused with a sentence: {errand.what}")
                return
        self._journal.surprise(self.name, f"{errand}: {self._browser.path} says {said[:300]!r}")

    def _ask_admin(self, errand: Errand) -> str:
        page = f"/admin/billing/order/{errand.order}/{_PAGES[errand.what]}/"
        self._browser.open(page)
        if self._browser.path == page:
            if errand.what == "cancel":
                self._browser.fill("Årsag", "Medlemmet har fortrudt")
            self._browser.press(_BUTTONS[errand.what])
        return " ".join("".join(self._browser.page.itertext()).split())
