"""What happens to card payments that nobody comes back from: asked about again and again, and at last given up."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

from accounts.transactions import retried
from billing.gateway import SessionUnknown, StripeTrouble, StripeUnavailable
from billing.models import ActionItem, ActionKind, AttemptState, Order, OrderState, PaymentAttempt, PaymentMethod
from billing.services.cancelling import AttemptUndecided, NotCancellable, cancel_order
from billing.services.fulfilling import fulfil
from billing.services.paying import close_attempt

log = structlog.get_logger(__name__)

_FORGOTTEN_AFTER = timedelta(hours=24)
_MOST_AT_ONCE = 50
# For as long another worker leaves an attempt alone that this one is asking about.
_TURN = timedelta(minutes=2)


def look_at_attempts(*, now: datetime) -> None:
    """Ask Stripe about each attempt whose turn it is, and do what follows.

    When Stripe is down, the next sweep goes on; an attempt that Stripe will not tell about waits for its next turn.
    """
    for attempt in PaymentAttempt.objects.to_look_at(now).select_related("order")[:_MOST_AT_ONCE]:
        if not _takes_turn(attempt, now):
            continue
        try:
            _look_at(attempt, now)
        except StripeUnavailable as error:
            log.warning("sweep_stopped", error=str(error))
            return
        except StripeTrouble as error:
            log.warning("attempt_not_understood", attempt=attempt.pk, error=str(error))
        except Exception:  # whatever is wrong with one payment must not stop those of others
            log.exception("attempt_failed", attempt=attempt.pk)


def cancel_forgotten_card_orders(*, now: datetime) -> None:
    """Cancel card orders that nobody has tried to pay for 24 hours: they get no invoice and no credit note."""
    day_ago = now - _FORGOTTEN_AFTER
    lively = Q(attempts__closed_at=None, attempts__isnull=False) | Q(attempts__closed_at__gt=day_ago)
    waiting = Q(action_items__handled_at=None, action_items__kind=ActionKind.MISMATCH)
    unpaid = Order.objects.filter(
        state=OrderState.AWAITING_PAYMENT,
        payment_method=PaymentMethod.CARD,
        placed_at__lte=day_ago,
    )
    kept = Order.objects.filter(lively | waiting, state=OrderState.AWAITING_PAYMENT)
    for order_id in list(unpaid.exclude(pk__in=kept.values("pk")).values_list("pk", flat=True)):
        try:
            cancel_order(order_id=order_id, actor=None, reason="Ikke betalt inden 24 timer")
        except (NotCancellable, AttemptUndecided):
            continue  # it was paid, or somebody began to pay, in this very moment


def _takes_turn(attempt: PaymentAttempt, now: datetime) -> bool:
    """Keep other workers from asking about the attempt at the same time; false when one of them was quicker."""
    own = PaymentAttempt.objects.filter(pk=attempt.pk, next_look_at=attempt.next_look_at)
    return bool(own.update(next_look_at=now + _TURN))


def _look_at(attempt: PaymentAttempt, now: datetime) -> None:
    owed = attempt.order.state == OrderState.AWAITING_PAYMENT
    lost_its_answer = attempt.state == AttemptState.CREATING
    try:
        if lost_its_answer or not owed:
            close_attempt(attempt)
        else:
            fulfil(str(attempt.session_id))
    except SessionUnknown as error:
        _forget(attempt, now, str(error))


@retried
def _forget(attempt: PaymentAttempt, now: datetime, said: str) -> None:
    """Give up an attempt that Stripe knows nothing of (any more), once nobody can pay it: keep its facts for staff."""
    if attempt.expires_at >= now:
        return
    with transaction.atomic():
        PaymentAttempt.objects.undecided().filter(pk=attempt.pk).update(
            state=AttemptState.FAILED, closed_at=now, stripe_said=said[:500]
        )
        if attempt.session_id:
            what = f"Stripe kender ikke længere betalingssiden {attempt.session_id}. Undersøg, om der er betalt."
            ActionItem.objects.get_or_create(
                key=f"forgotten:{attempt.session_id}",
                defaults={"order": attempt.order, "kind": ActionKind.MISMATCH, "what": what},
            )
