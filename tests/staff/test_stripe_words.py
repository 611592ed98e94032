"""Stripe's codes with their Danish meaning."""

import pytest

from accounts.models import User
from billing.admin.stripe_words import explained, with_meaning
from billing.models import Order
from tests.staff.cards import attempt_of
from tests.visitor import Visitor


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("", ""),
        ("open/unpaid", "open/unpaid (betalingssiden var åben, intet betalt)"),
        (
            "complete/unpaid, visa •••• 0341, afvist: card_declined insufficient_funds",
            "complete/unpaid (gennemført, men ikke betalt), visa •••• 0341, afvist: card_declined (kortet blev afvist) "
            "insufficient_funds (der er ikke penge nok på kontoen)",
        ),
        ("afvist: fraudulent", "afvist: fraudulent (Stripe mistænker svindel)"),
        ("afvist: some_new_code", "afvist: some_new_code"),
        ("No such checkout.session: 'cs_test_1'", "No such checkout.session: 'cs_test_1'"),
    ],
)
def test_each_known_code_is_followed_by_its_meaning(said: str, shown: str) -> None:
    assert explained(said) == shown


def test_an_event_is_followed_by_its_meaning() -> None:
    assert with_meaning("charge.refunded") == "charge.refunded (penge tilbageført)"
    assert with_meaning("payout.paid") == "payout.paid"


@pytest.mark.django_db
def test_staff_read_the_meaning_in_the_list_and_on_the_page(desk: Visitor, member: User, order: Order) -> None:
    attempt = attempt_of(order, member, stripe_said="afvist: expired_card")
    for path in ("/admin/billing/paymentattempt/", f"/admin/billing/paymentattempt/{attempt.pk}/change/"):
        assert "afvist: expired_card (kortet er udløbet)" in desk.open(path).text
