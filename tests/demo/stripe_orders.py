"""What the shop asks Stripe for when a card is to pay an order."""

import time
from collections.abc import Mapping
from typing import Any

_AMOUNTS = {"Fakturaklip": 25000, "Moms": 6250}


def an_order(
    *,
    amounts: Mapping[str, int] = _AMOUNTS,
    methods: tuple[str, ...] = ("card",),
    blocked: tuple[str, ...] = (),
    lasts: int = 3600,
    now: int = 0,
) -> Any:
    """Return the parameters of a session; `amounts`: øre by name, `lasts`: seconds, `now`: the simulator's time."""
    items = [_line_item(name, amount) for name, amount in amounts.items()]
    asked = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "locale": "da",
        "line_items": items,
        "client_reference_id": "order-17",
        "metadata": {"order": "17"},
        "payment_intent_data": {"metadata": {"order": "17"}},
        "allowed_payment_method_types": list(methods),
        "success_url": "http://127.0.0.1:1/tilbage/?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:1/afbrudt/",
        "expires_at": (now or int(time.time())) + lasts,
        "customer_email": "medlem@example.dk",
    }
    if blocked:
        asked["payment_method_options"] = {"card": {"restrictions": {"brands_blocked": list(blocked)}}}
    return asked


def _line_item(name: str, amount: int) -> dict[str, Any]:
    quantity = 100 if name == "Fakturaklip" and amount % 100 == 0 else 1
    price = {"currency": "dkk", "unit_amount": amount // quantity, "product_data": {"name": name}}
    return {"price_data": price, "quantity": quantity}
