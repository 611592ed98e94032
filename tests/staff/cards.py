"""Card orders, tries at paying them and cases about their money, as the services would have left them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from billing.models import ActionItem, ActionKind, AttemptState, CardType, Order, PaymentAttempt, StripeEvent
from billing.models.card import UNDECIDED


def attempt_of(order: Order, by: User, *, at: datetime | None = None, **fields: Any) -> PaymentAttempt:
    """Return a try at paying the order: an open page of Stripe's for Visa/Dankort, unless told otherwise."""
    began = at or timezone.now()
    state = fields.get("state", AttemptState.OPEN)
    defaults = {
        "card_type": CardType.VISA,
        "state": state,
        "key": uuid4(),
        "parameters": {},
        "session_id": f"cs_test_{uuid4().hex}",
        "created_at": began,
        "expires_at": began + timedelta(hours=1),
        "next_look_at": began,
        "started_by": by,
        "closed_at": None if state in UNDECIDED else began + timedelta(minutes=5),
    }
    return PaymentAttempt.objects.create(order=order, **{**defaults, **fields})


def event_of(attempt: PaymentAttempt | None, **fields: Any) -> StripeEvent:
    """Return an event that told of the attempt's payment."""
    defaults = {
        "event_id": f"evt_{uuid4().hex}",
        "type": "checkout.session.completed",
        "object_id": attempt.session_id if attempt else "",
        "happened_at": timezone.now(),
        "outcome": "paid",
    }
    return StripeEvent.objects.create(attempt=attempt, **{**defaults, **fields})


def item_of(order: Order, **fields: Any) -> ActionItem:
    """Return a case that waits: the card paid another amount than the order costs."""
    defaults = {
        "kind": ActionKind.MISMATCH,
        "key": f"mismatch:{uuid4().hex}",
        "what": "Kortbetalingen cs_1 stemmer ikke. beløb: ventede 312.50, fik 300.00",
    }
    return ActionItem.objects.create(order=order, **{**defaults, **fields})
