"""What reconciliation says of rows that the database does not guard any more."""

import pytest
from django.db import connection
from django.utils import timezone

from accounts.append_only import append_only_models, trigger_names, uninstall_triggers
from billing.models import Payment
from billing.reconciliation import triggers
from billing.reconciliation.check import MOST_TOLD
from tests.reconciliation.shop import differing

pytestmark = pytest.mark.django_db


def test_a_trigger_that_is_gone() -> None:
    on_table = " ON billing_payment" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER billing_payment_no_delete{on_table}")
    assert differing() == {"triggers.triggers": ["Triggeren billing_payment_no_delete mangler."]}


def test_all_triggers_gone() -> None:
    uninstall_triggers()
    found = triggers.triggers(timezone.now())
    each = len(trigger_names(Payment, connection.vendor))
    assert found.differences == found.looked_at == each * len(append_only_models())
    assert len(found.sentences) == MOST_TOLD


@pytest.mark.postgresql
def test_a_trigger_that_is_switched_off() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_payment DISABLE TRIGGER billing_payment_no_update")
    assert differing() == {"triggers.triggers": ["Triggeren billing_payment_no_update mangler."]}
