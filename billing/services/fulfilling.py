"""Learning from Stripe how a card payment went, whoever asks: the webhook, the return page or the sweep.

Nothing that a browser or an event says is believed. The session is fetched, compared with what was asked for, and only
then does the money go through the one door of `settle_order`.
"""

from datetime import timedelta
from enum import Enum

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.transactions import retried
from billing import gateway
from billing.gateway import SECONDS_FOR_A_CALL, Session
from billing.models import (
    ActionItem,
    ActionKind,
    AttemptState,
    Order,
    PaymentAttempt,
    PaymentMethod,
)
from billing.models.card import UNDECIDED
from billing.services.settling import AmountDiffers, Outcome, Received, settle_order

log = structlog.get_logger(__name__)

_FIRST_LOOK = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=15)


class Fulfilment(Enum):
    """How a session stands after asking Stripe."""

    PAID = "paid"
    SURPLUS = "surplus"
    OPEN = "open"
    PENDING = "pending"
    EXPIRED = "expired"
    FAILED = "failed"
    SET_ASIDE = "set_aside"
    UNKNOWN = "unknown"


def fulfil(session_id: str, *, seconds: float = SECONDS_FOR_A_CALL) -> Fulfilment:
    """Ask Stripe how the session stands, and do what follows from it, once, however often and by whom it is called.

    Raises StripeUnavailable when Stripe does not answer within about so many seconds, and StripeRefused. UNKNOWN: the
    session is none of ours.
    """
    session = gateway.retrieve_session(session_id, seconds=seconds)
    attempt = _attempt_of(session)
    if attempt is None:
        return Fulfilment.UNKNOWN
    structlog.contextvars.bind_contextvars(order=attempt.order_id, attempt=attempt.pk)
    if session.is_paid:
        return _take_payment(attempt, session)
    if session.has_failed:
        return _decide(attempt, session, AttemptState.FAILED)
    if session.status == "complete":
        return _keep(attempt, session, AttemptState.PENDING)
    if session.status == "expired":
        return _decide(attempt, session, AttemptState.EXPIRED)
    return _keep(attempt, session, AttemptState.OPEN)


def adopt(attempt: PaymentAttempt, session: Session) -> None:
    """Write down which session Stripe made for the attempt."""
    PaymentAttempt.objects.filter(pk=attempt.pk, session_id=None).update(
        session_id=session.id,
        url=session.url,
        next_look_at=timezone.now() + _FIRST_LOOK,
    )
    PaymentAttempt.objects.filter(pk=attempt.pk, state=AttemptState.CREATING).update(state=AttemptState.OPEN)


def _attempt_of(session: Session) -> PaymentAttempt | None:
    """Return the attempt that the session was made for; also when the answer of making it never reached the shop."""
    attempts = PaymentAttempt.objects.select_related("order")
    known = attempts.filter(session_id=session.id).first()
    if known is not None:
        return known
    named = session.metadata.get("attempt", "")
    if not (named.isascii() and named.isdigit()):
        return None
    lost = attempts.filter(pk=int(named), session_id=None).first()
    if lost is None or str(lost.key) != session.metadata.get("key"):
        return None
    adopt(lost, session)
    return lost


def _take_payment(attempt: PaymentAttempt, session: Session) -> Fulfilment:
    difference = _difference(attempt.order, attempt, session)
    if difference:
        return _set_aside(attempt, session, difference)
    received = Received(
        method=PaymentMethod.CARD,
        amount=session.amount,
        received_on=timezone.localdate(session.paid_at),
        key=f"stripe:{session.id}",
        note=session.paid_with,
    )
    try:
        outcome = _settle(attempt, session, received)
    except AmountDiffers as error:
        return _set_aside(attempt, session, f"Bestillingen koster {error.expected} kr.")
    log.info("card_payment", outcome=outcome.value)
    if attempt.order.payments.filter(key=received.key, is_surplus=True).exists():
        return Fulfilment.SURPLUS
    return Fulfilment.PAID


@retried
def _settle(attempt: PaymentAttempt, session: Session, received: Received) -> Outcome:
    with transaction.atomic():
        outcome = settle_order(order_id=attempt.order_id, received=received)
        _close(attempt, session, AttemptState.PAID)
    return outcome


def _difference(order: Order, attempt: PaymentAttempt, session: Session) -> str:
    """Return in what the paid session differs from what was asked for; an empty text when in nothing."""
    facts = {
        "beløb": (order.total, session.amount),
        "valuta": ("dkk", session.currency),
        "bestilling": (str(order.pk), session.order_reference),
        "bestilling i metadata": (str(order.pk), session.metadata.get("order")),
        "forsøg i metadata": (str(attempt.pk), session.metadata.get("attempt")),
        "rigtige penge": (gateway.is_live(), session.livemode),
    }
    wrong = [f"{name}: ventede {ours}, fik {theirs}" for name, (ours, theirs) in facts.items() if ours != theirs]
    return "; ".join(wrong)


def _set_aside(attempt: PaymentAttempt, session: Session, difference: str) -> Fulfilment:
    """Keep money that does not fit for a person to decide about: nothing is credited."""
    _write_down(attempt, session, difference)
    log.warning("card_payment_set_aside")
    return Fulfilment.SET_ASIDE


@retried
def _write_down(attempt: PaymentAttempt, session: Session, difference: str) -> None:
    with transaction.atomic():
        Order.objects.select_for_update(of=("self",)).get(pk=attempt.order_id)
        ActionItem.objects.get_or_create(
            key=f"mismatch:{session.id}",
            defaults={
                "order_id": attempt.order_id,
                "kind": ActionKind.MISMATCH,
                "what": f"Kortbetalingen {session.id} stemmer ikke. {difference}"[:500],
            },
        )
        _close(attempt, session, AttemptState.SET_ASIDE)


def _decide(attempt: PaymentAttempt, session: Session, state: AttemptState) -> Fulfilment:
    """End an attempt without money."""
    _close(attempt, session, state)
    return Fulfilment(state.value)


def _close(attempt: PaymentAttempt, session: Session, state: AttemptState) -> None:
    # A closed attempt can still turn out paid: Stripe knows better. It never goes the other way.
    may_become = {AttemptState.PAID, AttemptState.SET_ASIDE}
    rows = PaymentAttempt.objects.filter(pk=attempt.pk).exclude(state__in=may_become)
    if state not in may_become:
        rows = rows.filter(state__in=UNDECIDED)
    rows.update(
        state=state,
        closed_at=timezone.now(),
        stripe_said=session.summary[:500],
        payment_intent_id=session.payment_intent_id,
    )


def _keep(attempt: PaymentAttempt, session: Session, state: AttemptState) -> Fulfilment:
    """Leave an attempt undecided, and look again later: each time after a pause twice as long."""
    now = timezone.now()
    pause = min(max(now - attempt.created_at, _FIRST_LOOK), _LONGEST_PAUSE)
    PaymentAttempt.objects.filter(pk=attempt.pk, state__in=UNDECIDED).update(
        state=state,
        next_look_at=now + pause,
        stripe_said=session.summary[:500],
        payment_intent_id=session.payment_intent_id,
    )
    return Fulfilment(state.value)
