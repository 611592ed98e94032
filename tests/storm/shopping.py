"""What a member does with the mouse: fill the cart, send the order, go to Stripe's page, read what the page tells."""

import random
import re
import threading
from decimal import Decimal

from tests.operations.http_visitor import Answer
from tests.storm.browser import Browser, NoAnswer, OutOfPatience
from tests.storm.journal import Asked, Filling, Journal, Way
from tests.storm.people import PRODUCTS
from tests.visitor import text_of

WAYS: dict[Way, str] = {"card": "Betal med betalingskort", "bank_transfer": "Betal via kontooverførsel"}
_DOUBLE_CLICKS = 0.15
_STARTS_OVER = 0.5
_ACCEPTED = 202
# Where one order leads: to its invoice or to its page for choosing a card, and from there to one page of Stripe's.
_OF_ONE_ORDER = (re.compile(r"^/dokumenter/\d+/|^/ordrer/\d+/betal/$"), re.compile(r"/c/pay/"))


class TakenAside(Exception):
    """The shop led somewhere else: the order was paid, or the cart was ordered already."""


class Shopper:
    """One member's hands: each method begins and ends at a page of the shop."""

    def __init__(self, name: str, browser: Browser, journal: Journal, rng: random.Random) -> None:
        self.name = name
        self.browser = browser
        self._journal = journal
        self._rng = rng
        self._known: set[int] = set()
        self.story = ""

    def fill(self, quantities: dict[str, int]) -> None:
        """Put so many of each product into the cart, in place of what lay there."""
        self.browser.open("/kurv/")
        for product in PRODUCTS:
            # A payment that comes through empties the cart between two clicks.
            lying = [text_of(each) for each in self.browser.page.iter("h2")]
            if product in lying and product not in quantities:
                self.browser.press("Fjern", inside=product)
        for product, quantity in quantities.items():
            self.browser.open("/koeb/").fill("Antal", str(quantity), inside=product)
            self.browser.press("Læg i kurv", inside=product)

    def place(self, filling: Filling, quantities: dict[str, int], way: Way) -> int:
        """Send the order and return its number. Raises TakenAside when the shop has nothing to send any more."""
        self._open_checkout(filling, way)
        quantities = self._quantities_shown(quantities)
        total = kroner_in(self.browser.text, r"I alt med moms\s+([\d.]+,\d\d)")
        if self._rng.random() < _DOUBLE_CLICKS:
            self._double_click("Afsend bestilling")
        else:
            self._send(filling, way)
        order = self._number_told(way)
        asked = Asked(order, self.name, filling.number, self.story, way, tuple(sorted(quantities.items())), total)
        self._journal.told_number(asked)
        self._journal.told("placed", order)
        self._known.add(order)
        self.read_document()
        return order

    def _quantities_shown(self, wanted: dict[str, int]) -> dict[str, int]:
        """Return what the checkout page shows, which is agreed to. A late payment takes its goods out of the cart."""
        text = self.browser.text
        found = {product: re.search(rf"{product} ([\d.]+) ", text) for product in PRODUCTS}
        shown = {product: int(match[1].replace(".", "")) for product, match in found.items() if match}
        if shown != wanted:
            self._journal.count("checkouts that showed less than was put in, for a late payment had taken it out")
        return shown

    def go_to_stripe(self, order: int, card_type: str) -> str:
        """Choose the card type and return Stripe's address; an empty text when there is nothing to pay any more."""
        self.browser.open(f"/ordrer/{order}/betal/")
        if self.read_document() or not _has_label(self.browser, card_type):
            return ""
        self.browser.choose(card_type)
        button = _button(self.browser, "Gå til betaling")
        if self._rng.random() < _DOUBLE_CLICKS:
            self._double_click(button)
        else:
            self.browser.press(button)
        return self.browser.path if "/c/pay/" in self.browser.path else ""

    def come_back(self, order: int, session: str) -> None:
        """Return from Stripe's page, and look again as often as the page does by itself, for a while."""
        self._journal.came_back(session)
        for _ in range(5):
            self.browser.open(f"/ordrer/{order}/betal/retur/?session={session}")
            if self.browser.status != _ACCEPTED:
                break
            self._journal.count("times the return page asked for patience")
        self.read_document()

    def read_document(self) -> bool:
        """Take the page at its word when it shows an invoice or a receipt; false when it shows none."""
        if not self.browser.path.startswith("/dokumenter/"):
            return False
        text = self.browser.text
        number, order = (re.search(pattern, text) for pattern in (r"Faktura (\d{5,})", r"Bestilling (\d+)"))
        if number and order:
            is_receipt = "Kvittering" in self.browser.heading
            self._journal.told("receipt" if is_receipt else "invoice", int(order.group(1)), int(number.group(1)))
        return True

    def _open_checkout(self, filling: Filling, way: Way) -> None:
        self.browser.open("/kassen/")
        if self.browser.path != "/kassen/":
            raise TakenAside(self.browser.path)
        keys = [
            each.get("value", "") for each in self.browser.page.iter("input") if each.get("name") == "placement_key"
        ]
        self._journal.saw_key(filling, keys[0])
        self.browser.choose(WAYS[way]).choose("Jeg accepterer TrueLinks salgsbetingelser")

    def _send(self, filling: Filling, way: Way) -> None:
        """Send the checkout page. Without an answer send it again, or begin at the checkout again."""
        while True:
            path, data = self.browser.form("Afsend bestilling")
            try:
                self.browser.arrive(path, self.browser.client.post_once(path, data))
                return
            except NoAnswer:
                self._journal.count("orders sent that got no answer")
            if self._rng.random() < _STARTS_OVER:
                self.browser.press("Afsend bestilling")
                return
            try:
                self._open_checkout(filling, way)
            except TakenAside:
                return  # it had been taken: the cart is empty

    def _double_click(self, button: str) -> None:
        """Send the form twice at the same moment, and go where the last answer leads, as browsers do."""
        path, data = self.browser.form(button)
        answers: list[Answer] = []
        clicks = [
            threading.Thread(target=lambda: answers.append(self.browser.client.post(path, data)), daemon=True)
            for _ in range(2)
        ]
        for click in clicks:
            click.start()
        for click in clicks:
            click.join()
        self._journal.count("double clicks")
        if not answers:
            raise OutOfPatience(path)
        led_to = {str(answer.headers["Location"]) for answer in answers}
        if any(len({place for place in led_to if kind.search(place)}) > 1 for kind in _OF_ONE_ORDER):
            self._journal.surprise(self.name, f"two clicks on {button!r} led to {led_to}")
        self.browser.arrive(path, answers[-1])

    def _number_told(self, way: Way) -> int:
        """Return the order's number: from the page, or from the list of orders when the page came to nothing."""
        path = self.browser.path
        paying = re.fullmatch(r"/ordrer/(\d+)/betal/", path)
        if paying:
            return int(paying.group(1))
        if path.startswith("/dokumenter/"):
            found = re.search(r"Bestilling (\d+)", self.browser.text)
            if found:
                return int(found.group(1))
        if path == "/koeb/" and way == "bank_transfer":
            self.browser.open("/ordrer/")
            told = {int(number) for number in re.findall(r"Bestilling (\d+)", self.browser.text)}
            if told - self._known:
                order = max(told - self._known)
                self._open_its_document(order)
                return order
        raise TakenAside(path)

    def _open_its_document(self, order: int) -> None:
        self.browser.open(f"/ordrer/{order}/")
        links = [each.get("href", "") for each in self.browser.page.iter("a")]
        self.browser.open(next(link for link in links if re.fullmatch(r"/dokumenter/\d+/", link)))


def kroner_in(text: str, pattern: str) -> Decimal:
    """Return the first amount that the pattern finds; ValueError when there is none."""
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"no amount: {pattern}")
    return Decimal(found.group(1).replace(".", "").replace(",", "."))


def _has_label(browser: Browser, words: str) -> bool:
    return any(text_of(label) == words for label in browser.page.iter("label"))


def _button(browser: Browser, begins: str) -> str:
    """Return all the words of the button that begins so: it names the amount."""
    return next(words for each in browser.page.iter("button") if (words := text_of(each)).startswith(begins))
