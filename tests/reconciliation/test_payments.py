"""What reconciliation says of card payments and of money that people must decide about."""

import pytest

from billing.models import ActionItem, ActionKind, AttemptState, PaymentAttempt, PaymentMethod
from tests.reconciliation.shop import Shop, change, differing

pytestmark = pytest.mark.django_db


def test_a_card_payment_without_a_paid_attempt(shop: Shop) -> None:
    attempt = shop.card_paid.attempts.get()
    PaymentAttempt.objects.filter(pk=attempt.pk).update(state=AttemptState.EXPIRED)
    assert differing() == {
        "payments.card_payments": [
            f"Indbetalingen stripe:{attempt.session_id} på bestilling {shop.card_paid.pk} har intet betalt forsøg."
        ]
    }


def test_a_paid_attempt_that_is_no_payment(shop: Shop) -> None:
    attempt = shop.card_set_aside.attempts.get()
    PaymentAttempt.objects.filter(pk=attempt.pk).update(state=AttemptState.PAID)
    assert differing() == {
        "payments.card_payments": [
            f"Forsøget stripe:{attempt.session_id} på bestilling {shop.card_set_aside.pk} er betalt, "
            "men er ingen indbetaling."
        ]
    }


def test_a_card_payment_under_another_key(shop: Shop) -> None:
    """The surplus one, so that nothing else hangs on it than its case."""
    payment = shop.card_surplus.payments.get(method=PaymentMethod.CARD)
    change(payment, key="stripe:cs_other")
    assert set(differing()) == {"payments.card_payments", "payments.surplus"}
    assert len(differing()["payments.card_payments"]) == 2


def test_money_that_was_set_aside_without_a_case(shop: Shop) -> None:
    attempt = shop.card_set_aside.attempts.get()
    ActionItem.objects.get(kind=ActionKind.MISMATCH).delete()
    assert differing() == {
        "payments.set_aside": [
            f"Penge til bestilling {shop.card_set_aside.pk} er lagt til side uden sagen mismatch:{attempt.session_id}."
        ]
    }


def test_surplus_money_without_a_case_and_a_case_without_money(shop: Shop) -> None:
    lost, kept = ActionItem.objects.filter(kind=ActionKind.SURPLUS).order_by("pk")
    lost.delete()
    ActionItem.objects.create(order=kept.order, kind=ActionKind.SURPLUS, key="surplus:nothing", what="?")
    assert differing() == {
        "payments.surplus": [
            f"Sagen {lost.key} på bestilling {lost.order_id} mangler.",
            f"Sagen surplus:nothing på bestilling {kept.order_id} har ingen overskydende indbetaling.",
        ]
    }
