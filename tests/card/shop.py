"""Card payment in tests: opening Stripe's page, bringing Stripe's webhooks, and how everything stands afterwards."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.test import Client

from accounts.models import ClipEntry, User
from billing.models import CardType, DocumentKind, Order, PaymentAttempt
from billing.services.paying import open_card_payment
from tests.simulator import WEBHOOK_SECRET, Delivery, Simulator

WEBHOOK = "/stripe/webhook/"
SESSIONS = "/v1/checkout/sessions"


@dataclass(frozen=True)
class Standing:
    """All that money may change, read from the database."""

    state: str = "awaiting_payment"
    payments: tuple[tuple[str, Decimal, bool], ...] = ()
    clips: tuple[int, ...] = ()
    invoices: tuple[int, ...] = ()
    credit_notes: int = 0
    mails: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    attempts: tuple[str, ...] = ()


UNTRIED = Standing()
OPEN = Standing(attempts=("open",))
BY_CARD = ("card", Decimal("312.50"), False)
PAID = Standing(
    state="paid", payments=(BY_CARD,), clips=(100,), invoices=(10001,), mails=("receipt",), attempts=("paid",)
)
SET_ASIDE = replace(UNTRIED, waiting=("mismatch",), attempts=("set_aside",))


def standing(order: Order) -> Standing:
    """Return how the order stands: a card order of 100 clips unless a test says otherwise."""
    order.refresh_from_db()
    documents = order.documents.order_by("pk")
    entries = ClipEntry.objects.filter(account__company=order.company).order_by("pk")
    return Standing(
        state=order.state,
        payments=tuple(order.payments.order_by("pk").values_list("method", "amount", "is_surplus")),
        clips=tuple(entries.values_list("delta", flat=True)),
        invoices=tuple(documents.filter(kind=DocumentKind.INVOICE).values_list("number", flat=True)),
        credit_notes=documents.filter(kind=DocumentKind.CREDIT_NOTE).count(),
        mails=tuple(order.mails.order_by("pk").values_list("kind", flat=True)),
        waiting=tuple(order.action_items.waiting().values_list("kind", flat=True)),
        attempts=tuple(order.attempts.order_by("pk").values_list("state", flat=True)),
    )


def open_page(order: Order, card_type: CardType = CardType.VISA, *, by: User | None = None) -> str:
    """Open Stripe's page for the order, and return the id of its session."""
    open_card_payment(order_id=order.pk, user=by or order.placed_by, card_type=card_type)
    return str(PaymentAttempt.objects.undecided().get(order=order).session_id)


def post(delivery: Delivery, **changes: Any) -> int:
    """Bring one webhook to the shop as Stripe does, and return the answer's status."""
    return post_raw(**{"body": delivery.body, "signature": delivery.signature, **changes})


def post_raw(*, body: bytes, signature: str) -> int:
    """Send bytes to the webhook, and return the answer's status."""
    headers = {"Stripe-Signature": signature} if signature else {}
    # A client that raises what goes wrong would raise it for the requests of other threads too.
    answer = Client(raise_request_exception=False).post(
        WEBHOOK, body, content_type="application/json; charset=utf-8", headers=headers
    )
    return answer.status_code


def bring(stripe: Simulator, *types: str) -> list[int]:
    """Bring the webhooks that wait (only those of these types, where given), and return the answers."""
    return [post(each) for each in stripe.take_deliveries() if not types or each.type in types]


def wanted(deliveries: Iterable[Delivery], kind: str) -> Delivery:
    """Return the one delivery of this type of event."""
    [found] = [each for each in deliveries if each.type == kind]
    return found


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, age: int = 0) -> str:
    """Return the header with which Stripe would have signed the bytes so many seconds ago."""
    moment = int(time.time()) - age
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def event(kind: str, thing: dict[str, Any], **changes: Any) -> bytes:
    """Return an event as Stripe words it."""
    envelope = {
        "id": f"evt_{uuid4().hex}",
        "object": "event",
        "type": kind,
        "livemode": False,
        "created": int(time.time()),
        "data": {"object": thing},
    }
    return json.dumps(envelope | changes).encode()
