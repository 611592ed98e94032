"""The checkout page in tests: its address, its words, and what is in its form."""

from billing.models import Document, Order, OutboxMail
from checkout.cart import Cart
from tests.visitor import Visitor

CHECKOUT = "/kassen/"
ADD = "/koeb/laeg-i-kurv/"
CARD = "Betal med betalingskort"
TRANSFER = "Betal via kontooverførsel"
TERMS = "Jeg accepterer TrueLinks salgsbetingelser"
SEND = "Afsend bestilling"


def cart(visitor: Visitor) -> dict[int, int]:
    return Cart(visitor.client.session).quantities


def hidden(visitor: Visitor, name: str) -> str:
    return next(field.get("value", "") for field in visitor.page.iter("input") if field.get("name") == name)


def sent_form(visitor: Visitor, **changes: str) -> list[tuple[str, str]]:
    """Return the fields that "Afsend bestilling" sends: bank transfer chosen, the terms accepted."""
    fields = {name: hidden(visitor, name) for name in ("placement_key", "quote", "terms")}
    return [*{**fields, "payment_method": "bank_transfer", "accept_terms": "on", **changes}.items()]


def nothing_was_placed() -> bool:
    return not (Order.objects.exists() or Document.objects.exists() or OutboxMail.objects.exists())
