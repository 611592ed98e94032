"""What reconciliation says of rows that the database does not guard any more."""

import pytest
from django.db import connection
from django.utils import timezone

from accounts.append_only import guarded_models, trigger_names, uninstall_triggers
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
    all_of_them = sum(len(trigger_names(model, connection.vendor)) for model in guarded_models())
    assert found.differences == found.looked_at == all_of_them
    assert len(found.sentences) == MOST_TOLD


@pytest.mark.postgresql
def test_a_trigger_that_is_switched_off() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_payment DISABLE TRIGGER billing_payment_no_update")
    assert differing() == {"triggers.triggers": ["Triggeren billing_payment_no_update mangler."]}
