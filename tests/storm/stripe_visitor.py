"""Stripe's page as a member meets it, while the simulator may be down."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import requests

from tests.simulator import AMEX, MASTERCARD, VISA, Simulator
from tests.storm.browser import OutOfPatience, Patience
from tests.stripe_page import enter_card

CARDS = {"Visa/Dankort": VISA, "Mastercard": MASTERCARD, "American Express": AMEX, "MobilePay": ""}


@dataclass(frozen=True)
class StripeVisitor:
    """One member at Stripe's page."""

    simulator: Simulator
    patience: Patience

    def session_of(self, address: str) -> str:
        """Return the session that a payment page is for; an empty text when the address is none of Stripe's."""
        found = re.search(r"/c/pay/(cs_\w+)", address)
        return found.group(1) if found else ""

    def pay(self, session: str, card_type: str, *, number: str = "") -> None:
        """Pay by Stripe's own means; whether it was paid, only Stripe knows."""
        card = number or CARDS[card_type]
        self._until_answered(lambda: self.simulator.pay(session, card=card, mobilepay=not card))

    def pay_on_the_page(self, address: str, card_type: str) -> None:
        """Type the card into Stripe's page, as a browser sends it."""
        number = CARDS[card_type]
        cvc = "1234" if card_type == "American Express" else "123"
        self._until_answered(lambda: enter_card(address, number=number, cvc=cvc))

    def _until_answered(self, ask: Callable[[], object]) -> None:
        end = time.monotonic() + self.patience.seconds
        while True:
            try:
                ask()
                return
            except AssertionError:
                return  # the session is not open (any more)
            except requests.RequestException:
                if time.monotonic() > end or self.patience.over.is_set():
                    raise OutOfPatience("Stripe") from None
                time.sleep(0.3)
