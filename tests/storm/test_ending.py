"""What the storm changes in the database at its end is still allowed there, and is all that changes."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.append_only import guarded_models, installed_triggers, trigger_names
from billing.models import PaymentMethod
from tests.factories import UserFactory, open_shop, place
from tests.storm.ending import A_DAY_LATER, SOONER

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_unpaid_card_orders_become_a_day_older_and_stay_guarded() -> None:
    fakturaklip, user = open_shop(), UserFactory.create()
    by_card = place(user, (fakturaklip, 100), method=PaymentMethod.CARD).order
    by_transfer = place(user, (fakturaklip, 100)).order
    before = by_card.placed_at, by_transfer.placed_at
    with connection.cursor() as cursor:
        for statement in (*SOONER, *A_DAY_LATER):
            cursor.execute(statement)
    by_card.refresh_from_db()
    by_transfer.refresh_from_db()
    assert (by_card.placed_at, by_transfer.placed_at) == (before[0] - timedelta(hours=25), before[1])
    wanted = {name for model in guarded_models() for name in trigger_names(model, connection.vendor)}
    assert wanted <= installed_triggers()
