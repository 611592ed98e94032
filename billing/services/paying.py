"""Paying by card: opening Stripe's page for an order, and closing it again.

Each try is a `PaymentAttempt`, written under the order's lock before Stripe is called outside of it. Its key and its
frozen parameters make a repeated call the same call, so a lost answer never makes a second session.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.transactions import retried
from billing import gateway
from billing.gateway import LARGEST_PAYMENT, SMALLEST_PAYMENT, SessionNotOpen, StripeRefused, StripeUnavailable, to_ore
from billing.models import ActionKind, AttemptState, CardType, Order, OrderState, PaymentAttempt
from billing.models.card import UNDECIDED
from billing.services.cancelling import AttemptUndecided, cancel_order
from billing.services.fulfilling import Fulfilment, adopt, fulfil
from catalog.amounts import whole

log = structlog.get_logger(__name__)

# Stripe takes 30 minutes to 24 hours. An hour leaves half of it for calls that must be repeated.
_OPEN_FOR = timedelta(hours=1)
_STRIPE_NEEDS = timedelta(minutes=31)
# A page that closes while the member looks for the card helps nobody.
_ENOUGH_TO_PAY = timedelta(minutes=10)
# Longer than a call with its repetitions takes: only then has its answer been lost.
_FIRST_LOOK = timedelta(minutes=2)
_MOST_ROUNDS = 5

_BRANDS = {
    CardType.VISA: "visa",
    CardType.MASTERCARD: "mastercard",
    CardType.AMERICAN_EXPRESS: "american_express",
}
_ALL_BRANDS = ("visa", "mastercard", "american_express", "discover_global_network")


class NotPayable(Exception):
    """The order is paid or cancelled; `state` tells which."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class PaymentUnderWay(Exception):
    """Money for the order is on its way or is being looked into: paying again would be paying twice."""


def fits_a_card(total: Decimal) -> bool:
    """Return whether Stripe takes so many kroner at once."""
    return SMALLEST_PAYMENT <= total <= LARGEST_PAYMENT


def open_card_payment(*, order_id: int, user: User, card_type: CardType) -> str:
    """Return the address of Stripe's page where the order can be paid with the card type.

    A page that is open already for the same card type is used again; one for another is closed first. Raises
    NotPayable, PaymentUnderWay, and StripeTrouble (StripeUnavailable, StripeRefused): the order stands and can be paid
    later, with the same try as far as possible.
    """
    for _round in range(_MOST_ROUNDS):
        attempt = _current_attempt(order_id, user, card_type, timezone.now())
        if attempt.card_type != card_type or not _is_usable(attempt, timezone.now()):
            close_attempt(attempt)
        elif attempt.url:
            return attempt.url
        else:
            _create(attempt)
    raise StripeUnavailable("the session is opened and closed again and again")


def close_attempt(attempt: PaymentAttempt) -> Fulfilment:
    """Close Stripe's page of an attempt, and return how it ended: a payment that came before counts.

    Raises StripeTrouble when Stripe does not say so.
    """
    session_id = attempt.session_id or _session_of_lost_answer(attempt)
    if session_id is None:
        _end_without_session(attempt, "Stripe oprettede ingen betalingsside")
        return Fulfilment.EXPIRED
    try:
        gateway.expire_session(session_id)
    except SessionNotOpen:
        pass  # it was paid or had expired: fulfilling finds out which
    return fulfil(session_id)


def abandon_order(*, order_id: int, actor: User | None, reason: str) -> Order:
    """Cancel an unpaid order after Stripe has confirmed that nobody can pay it any more.

    Raises NotCancellable when it is paid (also when that came to light here), AttemptUndecided when money is on its
    way or waits for staff to look into it, and StripeTrouble.
    """
    for attempt in PaymentAttempt.objects.undecided().filter(order_id=order_id):
        close_attempt(attempt)
    if is_under_way(Order.objects.get(pk=order_id)):
        raise AttemptUndecided
    return cancel_order(order_id=order_id, actor=actor, reason=reason)


def is_under_way(order: Order) -> bool:
    """Return whether money for the order may have come that the shop has not taken in yet."""
    set_aside = order.action_items.waiting().filter(kind=ActionKind.MISMATCH)
    return order.attempts.filter(state=AttemptState.PENDING).exists() or set_aside.exists()


@retried
def _current_attempt(order_id: int, user: User, card_type: CardType, now: datetime) -> PaymentAttempt:
    """Return the order's undecided attempt, made when there is none, under the order's lock."""
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)
        if order.state != OrderState.AWAITING_PAYMENT:
            raise NotPayable(order.state)
        if is_under_way(order):
            raise PaymentUnderWay
        open_attempt = order.attempts.undecided().first()
        return open_attempt or _new_attempt(order, user, card_type, now)


def _is_usable(attempt: PaymentAttempt, now: datetime) -> bool:
    """Whether there is time enough to pay, or, before Stripe has answered, to ask it once more."""
    return attempt.expires_at - now > (_ENOUGH_TO_PAY if attempt.url else _STRIPE_NEEDS)


def _new_attempt(order: Order, user: User, card_type: CardType, now: datetime) -> PaymentAttempt:
    attempt = PaymentAttempt.objects.create(
        order=order,
        card_type=card_type,
        state=AttemptState.CREATING,
        key=uuid4(),
        parameters={},
        expires_at=now + _OPEN_FOR,
        created_at=now,
        started_by=user,
        next_look_at=now + _FIRST_LOOK,
    )
    attempt.parameters = session_parameters(order, attempt)
    attempt.save(update_fields=["parameters"])
    return attempt


def session_parameters(order: Order, attempt: PaymentAttempt) -> dict[str, Any]:
    """Return what Stripe is asked for: the order's lines without VAT, its VAT as a line of its own, in øre."""
    own = {"order": str(order.pk), "attempt": str(attempt.pk), "key": str(attempt.key)}
    back = settings.SITE_URL + reverse("billing:card_return", args=[order.pk])
    lines = [(f"{whole(line.quantity)} {line.unit} {line.name}", line.net) for line in order.lines.order_by("position")]
    mobilepay = attempt.card_type == CardType.MOBILEPAY
    parameters: dict[str, Any] = {
        "mode": "payment",
        "ui_mode": "hosted_page",
        "locale": "da",
        "line_items": [_line_item(name, to_ore(amount)) for name, amount in [*lines, ("Moms", order.vat)]],
        "client_reference_id": str(order.pk),
        "metadata": own,
        "payment_intent_data": {"metadata": own, "description": f"TrueLink, bestilling {order.number}"},
        "allowed_payment_method_types": ["mobilepay" if mobilepay else "card"],
        "success_url": back + "?session={CHECKOUT_SESSION_ID}",
        "cancel_url": settings.SITE_URL + reverse("billing:pay", args=[order.pk]) + "?afbrudt=1",
        "expires_at": int(attempt.expires_at.timestamp()),
    }
    if not mobilepay:
        blocked = [brand for brand in _ALL_BRANDS if brand != _BRANDS[CardType(attempt.card_type)]]
        parameters["payment_method_options"] = {"card": {"restrictions": {"brands_blocked": blocked}}}
    return parameters


def _line_item(name: str, ore: int) -> dict[str, Any]:
    return {"quantity": 1, "price_data": {"currency": "dkk", "unit_amount": ore, "product_data": {"name": name}}}


def _create(attempt: PaymentAttempt) -> None:
    """Have Stripe make the session. Without an answer the attempt stays as it is, and the next try repeats the call."""
    try:
        session = gateway.create_session(attempt.parameters, key=str(attempt.key))
    except StripeRefused as refusal:
        log.error("card_page_refused", attempt=attempt.pk, error=str(refusal))
        _end_without_session(attempt, str(refusal))
        raise
    adopt(attempt, session)
    attempt.refresh_from_db(fields=["state"])
    if attempt.state not in UNDECIDED:
        # It was given up while Stripe was slow: nobody may pay on the page that has come after all.
        close_attempt(attempt)


def _session_of_lost_answer(attempt: PaymentAttempt) -> str | None:
    """Return the id of the session that Stripe made although its answer never came; None when it made none."""
    session = gateway.find_session(str(attempt.key), created_after=attempt.created_at - timedelta(minutes=10))
    if session is not None:
        adopt(attempt, session)
        return session.id
    return None


def _end_without_session(attempt: PaymentAttempt, why: str) -> None:
    PaymentAttempt.objects.filter(pk=attempt.pk, state=AttemptState.CREATING, session_id=None).update(
        state=AttemptState.FAILED, closed_at=timezone.now(), stripe_said=why[:500]
    )
