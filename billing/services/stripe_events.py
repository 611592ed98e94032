"""What an event of Stripe's sets going. What it says is not believed: the session is fetched and looked at."""

from django.db import transaction

from accounts.transactions import retried
from billing.gateway import Event, SessionUnknown, session_of_payment
from billing.models import ActionItem, ActionKind, PaymentAttempt, StripeEvent
from billing.services.fulfilling import Fulfilment, fulfil

_OF_A_SESSION = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}
# Money that goes back is decided at Stripe and by people: staff are told, and nothing is taken from anybody by itself.
_FOR_STAFF = {
    "charge.refunded": "Stripe har tilbageført penge.",
    "refund.updated": "En tilbagebetaling hos Stripe er ændret.",
    "refund.failed": "En tilbagebetaling hos Stripe mislykkedes.",
    "charge.dispute.created": "Kortholderen gør indsigelse.",
    "charge.dispute.closed": "En indsigelse er afgjort.",
}


def is_known(event: Event) -> bool:
    """Return whether the event has had its effect already."""
    return StripeEvent.objects.filter(event_id=event.id).exists()


def act_on(event: Event) -> None:
    """Do what the event calls for, and remember it; of two that come at once, each does it and one is remembered.

    Raises StripeTrouble when Stripe cannot be asked: nothing is remembered then, and Stripe sends the event again.
    """
    outcome = Fulfilment.UNKNOWN
    if event.type in _OF_A_SESSION and event.session_id:
        try:
            outcome = fulfil(event.session_id)
        except SessionUnknown:
            pass  # of another account, or older than Stripe remembers: there is nothing to look at
    _remember(event, _attempt(event) or _attempt_at_stripe(event), outcome)


@retried
def _remember(event: Event, attempt: PaymentAttempt | None, outcome: Fulfilment) -> None:
    with transaction.atomic():
        if event.type in _FOR_STAFF and attempt is not None:
            ActionItem.objects.get_or_create(
                key=f"event:{event.id}",
                defaults={
                    "order_id": attempt.order_id,
                    "kind": ActionKind.STRIPE_NOTICE,
                    "what": f"{_FOR_STAFF[event.type]} ({event.object_id})",
                },
            )
        StripeEvent.objects.bulk_create([_row(event, attempt, outcome)], ignore_conflicts=True)


def _attempt(event: Event) -> PaymentAttempt | None:
    attempts = PaymentAttempt.objects.all()
    if event.session_id:
        return attempts.filter(session_id=event.session_id).first()
    if event.payment_intent_id:
        return attempts.filter(payment_intent_id=event.payment_intent_id).first()
    return None


def _attempt_at_stripe(event: Event) -> PaymentAttempt | None:
    """Return the attempt of money that went back before the shop had heard that it came: Stripe knows its session."""
    if event.type not in _FOR_STAFF or not event.payment_intent_id:
        return None
    session_id = session_of_payment(event.payment_intent_id)
    if session_id:
        fulfil(session_id)
    return PaymentAttempt.objects.filter(session_id=session_id).first()


def _row(event: Event, attempt: PaymentAttempt | None, outcome: Fulfilment) -> StripeEvent:
    return StripeEvent(
        event_id=event.id[:100],
        type=event.type[:100],
        object_id=event.object_id[:100],
        attempt=attempt,
        happened_at=event.happened_at,
        outcome=outcome.value,
    )
