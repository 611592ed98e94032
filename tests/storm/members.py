"""A member of the storm: buys again and again, each time as one of the stories tells, until the share is placed."""

import random
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from tests.factories import PASSWORD
from tests.simulator import DECLINED, NO_FUNDS
from tests.storm.browser import Browser, OutOfPatience
from tests.storm.journal import BankTransfer, Filling, Journal, Way
from tests.storm.office import Errand, Office
from tests.storm.people import CLIPS, SUPPORT
from tests.storm.shopping import Shopper, TakenAside
from tests.storm.stripe_visitor import CARDS, StripeVisitor

# How often each story comes, of 100.
STORIES = {
    "transfer": 28,
    "transfer, registered by two at once": 4,
    "transfer, cancelled by the office": 4,
    "transfer, never paid": 2,
    "transfer, paid by card instead": 4,
    "transfer, paid by card and by bank": 3,
    "card, came back": 17,
    "card, browser closed": 12,
    "card, declined first": 6,
    "card, two tabs": 5,
    "card, given up": 4,
    "card, cart changed": 4,
    "card, transfer after all": 4,
    "card, paid while the cart was changed": 3,
}
_QUANTITIES = (100, 150, 200, 1000, 2500, 6000)
_PAYS_ON_THE_PAGE = 0.3


@dataclass(frozen=True)
class World:
    """Whom a member deals with."""

    journal: Journal
    stripe: StripeVisitor
    office: Office
    over: threading.Event


class Member(threading.Thread):
    """One member at one browser. All choices come from the member's own stream, so that a seed repeats them."""

    def __init__(self, name: str, browser: Browser, world: World, *, share: int, rng: random.Random) -> None:
        super().__init__(name=name, daemon=True)
        self._world = world
        self._journal = world.journal
        self._browser = browser
        self._shopper = Shopper(name, browser, world.journal, rng)
        self._share = share
        self._rng = rng
        self._tell: dict[str, Callable[[Filling, dict[str, int]], None]] = {
            "card, came back": self._card_and_back,
            "card, browser closed": self._card_and_closed,
            "card, declined first": self._declined_first,
            "card, two tabs": self._two_tabs,
            "card, given up": self._given_up,
            "card, cart changed": self._cart_changed,
            "card, transfer after all": self._transfer_after_all,
            "card, paid while the cart was changed": self._paid_while_changing,
        }

    def run(self) -> None:
        """Log on and buy. What cannot be understood is noted, and the member goes on with the next purchase."""
        self._browser.log_on(self.name, PASSWORD)
        while self._placed() < self._share and not self._world.over.is_set():
            self._shopper.story = self._rng.choices(list(STORIES), list(STORIES.values()))[0]
            try:
                self._buy()
            except OutOfPatience as error:
                self._journal.surprise(self.name, f"{self._shopper.story}: no answer from {error}")
            except Exception:  # a page that no person would understand is a finding, not the end of the storm
                why = traceback.format_exc(limit=-2)
                self._journal.surprise(self.name, f"{self._shopper.story}: {self._browser.requests[-3:]} {why}")

    def _placed(self) -> int:
        return sum(asked.member == self.name for asked in list(self._journal.asked.values()))

    def _buy(self) -> None:
        """Fill the cart and do what the story says."""
        quantities = self._wish()
        self._shopper.fill(quantities)
        try:
            self._tell.get(self._shopper.story, self._by_transfer)(self._new_filling(), quantities)
        except TakenAside:
            self._journal.count("orders not sent, for the shop said that something had changed")

    def _new_filling(self) -> Filling:
        return self._journal.new_filling(self.name)

    def _wish(self) -> dict[str, int]:
        wished = {self._rng.choice(CLIPS): self._rng.choice(_QUANTITIES)}
        if self._rng.random() < 0.25:  # both kinds of clips
            wished = dict.fromkeys(CLIPS, self._rng.choice(_QUANTITIES))
        if self._rng.random() < 0.15:
            wished[SUPPORT] = self._rng.randint(1, 4)
        return wished

    # --- by bank transfer

    def _by_transfer(self, filling: Filling, quantities: dict[str, int]) -> None:
        order = self._shopper.place(filling, quantities, "bank_transfer")
        story = self._shopper.story
        if story == "transfer, cancelled by the office":
            self._world.office.ask(Errand("cancel", order))
        elif story == "transfer, paid by card instead":
            self._pay(order)
        elif story == "transfer, paid by card and by bank":
            self._bank_pays(order)
            self._pay(order)
        elif story != "transfer, never paid":
            self._bank_pays(order, clerks=2 if story.endswith("two at once") else 1)

    def _bank_pays(self, order: int, *, clerks: int = 1) -> None:
        asked = self._journal.asked[order]
        self._journal.booked(BankTransfer(order, self.name, asked.total))
        for _ in range(clerks):
            self._world.office.ask(Errand("mark_paid", order))

    # --- by card

    def _pay(self, order: int, *, back: bool = True, number: str = "") -> None:
        """Go to Stripe's page, pay there, and come back or not."""
        card_type = self._rng.choice(list(CARDS))
        address = self._shopper.go_to_stripe(order, card_type)
        session = self._world.stripe.session_of(address)
        if not session:
            return
        if number:
            card_type = card_type if CARDS[card_type] else "Visa/Dankort"
            self._world.stripe.pay(session, card_type, number=number)
        if CARDS[card_type] and self._rng.random() < _PAYS_ON_THE_PAGE:
            self._world.stripe.pay_on_the_page(address, card_type)
        else:
            self._world.stripe.pay(session, card_type)
        if back:
            self._shopper.come_back(order, session)

    def _card_and_back(self, filling: Filling, quantities: dict[str, int]) -> None:
        self._pay(self._shopper.place(filling, quantities, "card"))

    def _card_and_closed(self, filling: Filling, quantities: dict[str, int]) -> None:
        self._pay(self._shopper.place(filling, quantities, "card"), back=False)

    def _declined_first(self, filling: Filling, quantities: dict[str, int]) -> None:
        order = self._shopper.place(filling, quantities, "card")
        self._pay(order, back=self._rng.random() < 0.5, number=self._rng.choice([DECLINED, NO_FUNDS]))

    def _two_tabs(self, filling: Filling, quantities: dict[str, int]) -> None:
        """Open two of Stripe's pages for one order, and try to pay both."""
        order = self._shopper.place(filling, quantities, "card")
        types = self._rng.sample(list(CARDS), 2)
        pages = [(self._world.stripe.session_of(self._shopper.go_to_stripe(order, each)), each) for each in types]
        self._rng.shuffle(pages)
        for session, card_type in pages:
            if session:
                self._world.stripe.pay(session, card_type)
        if pages[0][0] and self._rng.random() < 0.5:
            self._shopper.come_back(order, pages[0][0])

    def _given_up(self, filling: Filling, quantities: dict[str, int]) -> None:
        order = self._shopper.place(filling, quantities, "card")
        if self._rng.random() < 0.7:
            self._shopper.go_to_stripe(order, self._rng.choice(list(CARDS)))

    def _cart_changed(self, filling: Filling, quantities: dict[str, int]) -> None:
        self._given_up(filling, quantities)
        changed = {product: quantity + 50 for product, quantity in quantities.items()}
        self._shopper.fill(changed)
        self._pay(self._shopper.place(filling, changed, "card"))

    def _transfer_after_all(self, filling: Filling, quantities: dict[str, int]) -> None:
        self._given_up(filling, quantities)
        self._bank_pays(self._shopper.place(filling, quantities, "bank_transfer"))

    def _paid_while_changing(self, filling: Filling, quantities: dict[str, int]) -> None:
        """Pay in one tab while the changed cart is sent in another: what the first has paid, the second is not."""
        order = self._shopper.place(filling, quantities, "card")
        card_type = self._rng.choice(list(CARDS))
        session = self._world.stripe.session_of(self._shopper.go_to_stripe(order, card_type))
        way: Way = self._rng.choice(["card", "bank_transfer"])
        changed = {product: quantity + 100 for product, quantity in quantities.items()}
        self._shopper.fill(changed)
        tab = threading.Thread(target=self._world.stripe.pay, args=(session, card_type), daemon=True)
        tab.start()
        try:
            second = self._shopper.place(self._new_filling(), changed, way)
        finally:
            tab.join()
        if second != order:
            self._pay(second) if way == "card" else self._bank_pays(second)
