"""Which parameters each call accepts: those of Stripe's that the simulator carries out, and no other."""

from demo.stripe_simulator.forms import (
    Choice,
    Email,
    Field,
    Fields,
    ListOf,
    Metadata,
    Text,
    Url,
    Whole,
    WholeOrRange,
)

EXPAND: dict[str, Field] = {"expand": ListOf(Text())}

_PRODUCT = Fields({"name": Text(), "description": Text(), "metadata": Metadata()}, ["name"])
_PRICE = Fields(
    {"currency": Choice(("dkk", "eur", "sek", "usd")), "unit_amount": Whole(), "product_data": _PRODUCT},
    ["currency", "unit_amount", "product_data"],
)
_LINE_ITEM = Fields({"price_data": _PRICE, "quantity": Whole(least=1)}, ["price_data", "quantity"])
_PAYMENT_INTENT = Fields({"metadata": Metadata(), "description": Text(longest=1000), "receipt_email": Email()})
_BRANDS = Choice(("visa", "mastercard", "american_express", "discover_global_network"))
_CARD = Fields(
    {
        "request_three_d_secure": Choice(("automatic", "any", "challenge")),
        "restrictions": Fields({"brands_blocked": ListOf(_BRANDS)}),
    }
)

CREATE_SESSION = Fields(
    EXPAND
    | {
        "allowed_payment_method_types": ListOf(Choice(("card", "mobilepay"))),
        "cancel_url": Url(),
        "client_reference_id": Text(longest=200),
        "customer_email": Email(),
        "expires_at": Whole(),
        "line_items": ListOf(_LINE_ITEM),
        "locale": Choice(("auto", "da", "en")),
        "metadata": Metadata(),
        "mode": Choice(("payment",)),
        "payment_intent_data": _PAYMENT_INTENT,
        "payment_method_options": Fields({"card": _CARD}),
        "submit_type": Choice(("auto", "pay")),
        "success_url": Url(),
        "ui_mode": Choice(("hosted_page",)),
    },
    ["mode", "line_items", "success_url"],
)
NOTHING_MORE = Fields(EXPAND)

_PAGE: dict[str, Field] = {"limit": Whole(least=1), "starting_after": Text(), "ending_before": Text()}
_LIST = EXPAND | _PAGE | {"created": WholeOrRange()}

LIST_LINE_ITEMS = Fields(EXPAND | _PAGE)
LIST_SESSIONS = Fields(_LIST | {"payment_intent": Text(), "status": Choice(("open", "complete", "expired"))})
LIST_PAYMENT_INTENTS = Fields(_LIST)
LIST_CHARGES = Fields(_LIST | {"payment_intent": Text()})
LIST_EVENTS = Fields(_LIST | {"type": Text(), "types": ListOf(Text())})
