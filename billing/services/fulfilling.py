"""Learning from Stripe how a card payment went, whoever asks: the webhook, the return page or the sweep.

Nothing that a browser or an event says is believed. The session is fetched, compared with what was asked for, and only
then does the money go through the one door of `settle_order`.
"""

from datetime import timedelta
from enum import Enum

import structlog
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.transactions import retried
from billing import gateway
from billing.gateway import Session
from billing.models import (
    ActionItem,
    ActionKind,
    AttemptState,
    Order,
    Payment,
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


def fulfil(session_id: str, *, impatient: bool = False) -> Fulfilment:
    """Ask Stripe how the session stands, and do what follows from it, once, however often and by whom it is called.

    Somebody who can ask again is `impatient`: Stripe is asked once, not twice. Raises StripeUnavailable and
    StripeRefused. UNKNOWN: the session is none of ours.
    """
    session = gateway.retrieve_session(session_id, impatient=impatient)
    attempt = _attempt_of(session)
    if attempt is None:
        _report_unknown(session)
        return Fulfilment.UNKNOWN
    with structlog.contextvars.bound_contextvars(order=attempt.order_id, attempt=attempt.pk):
        return _follow(attempt, session)


def _follow(attempt: PaymentAttempt, session: Session) -> Fulfilment:
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


def _report_unknown(session: Session) -> None:
    """Tell staff of money that came for an attempt which the shop has no row of: after a restore, say."""
    named = session.metadata.get("order", "")
    if not (session.is_paid and "attempt" in session.metadata):
        return
    log.error("paid_session_unknown", stripe_session=session.id)
    order = Order.objects.filter(pk=int(named)).first() if named.isascii() and named.isdigit() else None
    if order is not None:
        _show_to_staff(
            order.pk,
            ActionKind.STRIPE_NOTICE,
            f"unknown:{session.id}",
            f"Stripe har en betalt kortbetaling {session.id} for denne bestilling, som butikken ikke kender.",
        )


def _take_payment(attempt: PaymentAttempt, session: Session) -> Fulfilment:
    difference = "" if _is_taken_in(session) else _difference(attempt.order, attempt, session)
    if difference:
        return _set_aside(attempt, session, difference)
    received = Received(
        method=PaymentMethod.CARD,
        amount=session.amount,
        received_on=timezone.localdate(session.paid_at),
        key=_payment_key(session),
        note=session.paid_with,
    )
    try:
        outcome = _settle(attempt, session, received)
    except AmountDiffers as error:
        return _set_aside(attempt, session, f"Bestillingen koster {error.expected} kr.")
    except DatabaseError:
        raise  # it passes, and everybody asks again; what does not pass is shown to staff as without an outcome
    except Exception as error:
        return _put_off(attempt, session, error)
    log.info("card_payment", outcome=outcome.value)
    if attempt.order.payments.filter(key=received.key, is_surplus=True).exists():
        return Fulfilment.SURPLUS
    return Fulfilment.PAID


def _payment_key(session: Session) -> str:
    return f"stripe:{session.id}"


def _is_taken_in(session: Session) -> bool:
    return Payment.objects.filter(key=_payment_key(session)).exists()


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
        "nøgle i metadata": (str(attempt.key), session.metadata.get("key")),
        "tilbageført hos Stripe": (False, session.is_refunded),
        "indsigelse hos Stripe": (False, session.is_disputed),
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
        _show_to_staff(
            attempt.order_id,
            ActionKind.MISMATCH,
            f"mismatch:{session.id}",
            f"Kortbetalingen {session.id} stemmer ikke. {difference}",
        )
        _close(attempt, session, AttemptState.SET_ASIDE)


def _put_off(attempt: PaymentAttempt, session: Session, error: Exception) -> Fulfilment:
    """Keep money that could not be taken in: staff see it, nobody pays again, and the sweep goes on trying."""
    log.exception("card_payment_not_taken_in")
    _show_to_staff(
        attempt.order_id,
        ActionKind.MISMATCH,
        f"unbooked:{session.id}",
        f"Kortbetalingen {session.id} er betalt, men kunne ikke bogføres. Butikken prøver igen. {type(error).__name__}",
    )
    _keep(attempt, session, AttemptState.PENDING)
    return Fulfilment.SET_ASIDE


def _show_to_staff(order_id: int, kind: ActionKind, key: str, what: str) -> None:
    defaults = {"order_id": order_id, "kind": kind, "what": what[:500]}
    ActionItem.objects.get_or_create(key=key, defaults=defaults)


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
