"""A backup that is restored: the shop is sound, and the payments that came since are found at Stripe."""

from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import call_command

from billing.models import PaymentMethod
from tests.card.shop import open_page
from tests.factories import UserFactory, open_shop, pay, place
from tests.operations.scratch import Scratch, scratch
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

# Fixtures of this file.
__all__ = ["scratch"]

# What beat has done about it within a minute.
SWEEP = (
    "from datetime import timedelta; from django.utils import timezone; "
    "from billing.services.sweeping import look_at_attempts; "
    "look_at_attempts(now=timezone.now() + timedelta(minutes=1))"
)


def money_and_clips(database: Scratch) -> tuple[list[str], int, list[int]]:
    """Return the states of the orders, how many payments there are, and the entries of the ledger."""
    with closing(database.connect()) as connection:
        cursor = connection.cursor()
        found = []
        for query in (
            "SELECT state FROM billing_order ORDER BY id",
            "SELECT id FROM billing_payment",
            "SELECT delta FROM accounts_clipentry ORDER BY id",
        ):
            cursor.execute(query)
            found.append([row[0] for row in cursor.fetchall()])
    states, payments, entries = found
    return states, len(payments), entries


@pytest.mark.fault(40)
def test_a_restored_shop_is_sound_and_fetches_the_payment_that_came_after_the_backup(
    stripe: Simulator, scratch: Scratch, tmp_path: Path
) -> None:
    fakturaklip, user = open_shop(), UserFactory.create()
    pay(place(user, (fakturaklip, 1000)).order)
    session = open_page(place(user, (fakturaklip, 100), method=PaymentMethod.CARD).order)
    file = tmp_path / "shop.backup"
    call_command("backup", str(file), verbosity=0)
    stripe.pay(session)
    scratch.settings["STRIPE_API_BASE"] = stripe.url

    assert scratch.run("restore", str(file)).returncode == 0
    restored = scratch.run("afstem")
    assert (restored.returncode, restored.stderr) == (0, "")
    assert restored.stdout.endswith("kontroller, ingen forskelle.\n")
    assert money_and_clips(scratch) == (["paid", "awaiting_payment"], 1, [1000])

    swept = scratch.run("shell", "--no-imports", "--command", SWEEP)
    assert swept.returncode == 0, swept.stderr
    assert money_and_clips(scratch) == (["paid", "paid"], 2, [1000, 100])
    compared = scratch.run("afstem", "--stripe")
    assert compared.returncode == 0, compared.stdout


@pytest.mark.fault(40)
def test_a_payment_of_an_order_that_the_backup_does_not_know_is_named(
    stripe: Simulator, scratch: Scratch, tmp_path: Path
) -> None:
    """Nobody can take it in by itself: staff enter or pay it back (docs/operations.md, "Restore")."""
    fakturaklip, user = open_shop(), UserFactory.create()
    file = tmp_path / "shop.backup"
    call_command("backup", str(file), verbosity=0)
    order = place(user, (fakturaklip, 100), method=PaymentMethod.CARD).order
    stripe.advance(seconds=-3600)
    session = open_page(order)
    stripe.pay(session)
    scratch.settings["STRIPE_API_BASE"] = stripe.url

    assert scratch.run("restore", str(file)).returncode == 0
    assert scratch.run("afstem").returncode == 0
    compared = scratch.run("afstem", "--stripe")
    assert compared.returncode == 1
    assert f"Bestilling {order.pk}: {session} er betalt hos Stripe med 312,50\u00a0kr." in compared.stdout
