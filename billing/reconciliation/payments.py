"""Payments and payment attempts: what the shop knows about each card payment, and what people must decide."""

from datetime import datetime

from django.db.models import CharField, Value
from django.db.models.functions import Concat

from billing.models import ActionItem, ActionKind, AttemptState, Payment, PaymentAttempt, PaymentMethod
from billing.reconciliation.check import Check, Found, Rows, Side, found, one_to_one


def card_payments(_now: datetime) -> Found:
    """Compare the attempts that were paid with the payments by card."""
    paid = _named(PaymentAttempt.objects.filter(state=AttemptState.PAID), "stripe:", "session_id")
    return found(
        paid.count(),
        one_to_one(
            paid,
            Side(Payment.objects.filter(method=PaymentMethod.CARD), "key", "order_id"),
            missing="Forsøget {} på bestilling {} er betalt, men er ingen indbetaling.",
            extra="Indbetalingen {} på bestilling {} har intet betalt forsøg.",
            repeated="Indbetalingen {} findes flere gange.",
        ),
    )


def set_aside(_now: datetime) -> Found:
    """Look for money that was set aside and that nobody is told of."""
    attempts = _named(PaymentAttempt.objects.filter(state=AttemptState.SET_ASIDE), "mismatch:", "session_id")
    untold = attempts.missing_in(_items(ActionKind.MISMATCH))
    return found(
        attempts.count(), (f"Penge til bestilling {order} er lagt til side uden sagen {key}." for key, order in untold)
    )


def surplus(_now: datetime) -> Found:
    """Compare the surplus payments with the cases that tell staff of them."""
    payments = _named(Payment.objects.filter(is_surplus=True), "surplus:", "key")
    return found(
        payments.count(),
        one_to_one(
            payments,
            _items(ActionKind.SURPLUS),
            missing="Sagen {} på bestilling {} mangler.",
            extra="Sagen {} på bestilling {} har ingen overskydende indbetaling.",
            repeated="Sagen {} findes flere gange.",
        ),
    )


def _named(rows: Rows, prefix: str, column: str) -> Side:
    """Return the rows by the key that the payment or the case of each has, and the order."""
    name = Concat(Value(prefix), column, output_field=CharField())
    return Side(rows.annotate(name_of_it=name), "name_of_it", "order_id")


def _items(kind: ActionKind) -> Side:
    return Side(ActionItem.objects.filter(kind=kind), "key", "order_id")


CHECKS = (
    Check("Hvert betalt betalingsforsøg er én indbetaling med kort, og omvendt", card_payments),
    Check("Hver kortbetaling, der er lagt til side, har en sag", set_aside),
    Check("Hvert overskydende beløb har en sag", surplus),
)
