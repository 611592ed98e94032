"""Stripe's payment page in tests: what the member's browser sends there, over real HTTP to the simulator."""

import requests

from tests.simulator import VISA
from tests.visitor import Visitor, text_of

_SECONDS = 30.0
LATER = "12/40"


def choose_card(visitor: Visitor, card_type: str) -> Visitor:
    """Choose the card type on the shop's page and go on: `visitor.path` is the address of Stripe's page then."""
    visitor.choose(card_type)
    [words] = [text_of(each) for each in visitor.page.iter("button") if text_of(each).startswith("Gå til betaling")]
    return visitor.press(words)


def look(address: str) -> str:
    """Return Stripe's page as a browser gets it."""
    answer = requests.get(address, timeout=_SECONDS)
    assert answer.status_code == 200
    return answer.text


def enter_card(address: str, *, number: str = VISA, expiry: str = LATER, cvc: str = "123") -> requests.Response:
    """Enter a card on Stripe's page and press pay; what leads away from there is not followed."""
    fields = {"method": "card", "number": number, "expiry": expiry, "cvc": cvc}
    return requests.post(address, fields, timeout=_SECONDS, allow_redirects=False)


def pay_with_card(visitor: Visitor, *, number: str = VISA) -> Visitor:
    """Enter the card on Stripe's page, where the visitor is, and come back to the shop with what it answers."""
    answer = enter_card(visitor.path, number=number)
    assert answer.status_code == 303, answer.text
    return visitor.open(answer.headers["Location"].removeprefix("http://testserver"))
