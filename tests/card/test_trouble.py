"""Money that the shop has trouble to take in: it is not credited wrongly, and staff are told in every case."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from billing import gateway
from billing.models import ActionItem, CardType, Order, PaymentAttempt, PaymentMethod, StripeEvent
from billing.services.fulfilling import Fulfilment, fulfil
from billing.services.paying import abandon_order, fits_a_card
from billing.services.sweeping import cancel_forgotten_card_orders, look_at_attempts
from catalog.models import Product
from tests.card.shop import OPEN, PAID, SET_ASIDE, UNTRIED, bring, event, open_page, post_raw, signed, standing
from tests.factories import StaffFactory, place
from tests.simulator import Simulator
from tests.stripe_page import choose_card
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def later(**time: float) -> Any:
    return timezone.now() + timedelta(**time)


def post_event(kind: str, thing: dict[str, Any]) -> int:
    body = event(kind, thing)
    return post_raw(body=body, signature=signed(body))


# --- money that has gone back -----------------------------------------------------------------------------------------


@pytest.mark.fault(6)
@pytest.mark.parametrize(
    ("kind", "what", "word"),
    [
        ("charge.refunded", {"amount_refunded": 31250, "refunded": True}, "tilbageført hos Stripe"),
        ("charge.dispute.created", {"disputed": True}, "indsigelse hos Stripe"),
    ],
)
def test_news_that_money_went_back_before_news_that_it_came_credits_nothing(
    stripe: Simulator, order: Order, kind: str, what: dict[str, Any], word: str
) -> None:
    session = open_page(order)
    paid = stripe.pay(session)
    stripe.corrupt(session=session, **what)
    assert post_event(kind, {"object": "charge", "id": "ch_1", "payment_intent": paid["payment_intent"]}) == 200
    assert standing(order) == replace(SET_ASIDE, waiting=("mismatch", "stripe_notice"))
    assert f"{word}: ventede False, fik True" in ActionItem.objects.get(kind="mismatch").what
    bring(stripe)
    assert standing(order) == replace(SET_ASIDE, waiting=("mismatch", "stripe_notice"))


def test_news_of_somebody_elses_refund_has_no_effect(stripe: Simulator, order: Order) -> None:
    open_page(order)
    assert post_event("charge.refunded", {"object": "charge", "id": "ch_1", "payment_intent": "pi_unknown"}) == 200
    assert (standing(order), StripeEvent.objects.get().attempt) == (OPEN, None)


def test_payment_that_is_taken_in_stays_so_when_it_goes_back_at_stripe(stripe: Simulator, order: Order) -> None:
    session = open_page(order)
    stripe.pay(session)
    assert fulfil(session) is Fulfilment.PAID
    stripe.corrupt(session=session, amount_refunded=31250, refunded=True)
    assert fulfil(session) is Fulfilment.PAID
    assert standing(order) == PAID


# --- money that cannot be taken in ------------------------------------------------------------------------------------


def test_payment_that_cannot_be_booked_is_shown_to_staff_and_booked_when_it_can_be(
    stripe: Simulator, order: Order, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_page(order)
    stripe.pay(session)
    with monkeypatch.context() as patch:
        patch.delattr("billing.services.settling.issue_invoice")  # as a fault in the program would
        assert set(bring(stripe)) == {200}
        visitor = Visitor(user).open(f"/ordrer/{order.pk}/betal/retur/?session={session}")
    assert "Vi er ved at undersøge din betaling" in visitor.text
    assert standing(order) == replace(UNTRIED, waiting=("mismatch",), attempts=("pending",))
    assert ActionItem.objects.get().what == (
        f"Kortbetalingen {session} er betalt, men kunne ikke bogføres. Butikken prøver igen. NameError"
    )
    cancel_forgotten_card_orders(now=later(hours=30))
    look_at_attempts(now=later(minutes=30))
    assert standing(order) == replace(PAID, waiting=("mismatch",))


def test_paid_session_of_ours_without_its_attempt_is_shown_to_staff(stripe: Simulator, order: Order) -> None:
    session = open_page(order)
    stripe.pay(session)
    PaymentAttempt.objects.all().delete()  # as after a restore
    assert set(bring(stripe)) == {200}
    assert standing(order) == replace(UNTRIED, waiting=("stripe_notice",))
    assert session in ActionItem.objects.get().what
    assert fulfil(session) is Fulfilment.UNKNOWN
    assert ActionItem.objects.count() == 1


def test_session_that_stripe_forgot_is_shown_to_staff_and_keeps_its_order(stripe: Simulator, order: Order) -> None:
    open_page(order)
    stripe.reset()
    look_at_attempts(now=later(minutes=70))
    cancel_forgotten_card_orders(now=later(hours=30))
    assert standing(order) == replace(UNTRIED, waiting=("mismatch",), attempts=("failed",))


def test_attempt_that_nobody_learns_the_end_of_waits_for_staff(stripe: Simulator, order: Order) -> None:
    open_page(order)
    long_ago = timezone.now() - timedelta(hours=3)
    desk = Visitor(StaffFactory.create())
    assert "Kortbetaling uden udfald" not in desk.open("/admin/").text
    PaymentAttempt.objects.update(expires_at=long_ago, stripe_said="AuthenticationError req_1")
    assert f"Kortbetaling uden udfald AuthenticationError req_1 {order.company}" in desk.open("/admin/").text
    desk.click("Kortbetalinger uden udfald (1)")
    assert "udfald=mangler" in desk.path
    assert "AuthenticationError req_1" in desk.text


# --- pages of others, and pages that come late ------------------------------------------------------------------------


def test_session_with_another_key_is_not_taken_for_ours(stripe: Simulator, order: Order) -> None:
    """A shop for trials at the same Stripe account counts its attempts from one too."""
    stripe.fail_next("500", times=2, method="POST", path="/v1/checkout/sessions")
    with pytest.raises(gateway.StripeUnavailable):
        open_page(order)
    attempt = order.attempts.get()
    own = {**attempt.parameters["metadata"], "key": str(uuid4())}
    foreign = gateway.create_session({**attempt.parameters, "metadata": own}, key=str(uuid4()))
    stripe.pay(foreign.id)
    look_at_attempts(now=later(minutes=3))
    assert standing(order) == replace(UNTRIED, attempts=("failed",))
    assert fulfil(foreign.id) is Fulfilment.UNKNOWN


def test_page_that_comes_after_its_order_was_given_up_is_closed(
    stripe: Simulator, order: Order, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = gateway.create_session

    def slowly(parameters: Any, *, key: str) -> gateway.Session:
        abandon_order(order_id=order.pk, actor=None, reason="Fortrudt")  # in another tab, meanwhile
        return create(parameters, key=key)

    monkeypatch.setattr(gateway, "create_session", slowly)
    visitor = choose_card(Visitor(user).open(f"/ordrer/{order.pk}/betal/"), "Visa/Dankort")
    assert "Bestillingen er annulleret" in visitor.text
    assert standing(order).state == "cancelled"
    assert [session["status"] for session in stripe.sessions()] == ["expired"]


# --- what the member is told ------------------------------------------------------------------------------------------


def test_lasting_refusal_is_told_as_such(stripe: Simulator, order: Order, user: User) -> None:
    visitor = Visitor(user).open(f"/ordrer/{order.pk}/betal/")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.STRIPE_API_KEY", "sk_test_revoked")
        visitor.send(visitor.path, [("card_type", "visa")])
    assert visitor.status == 503
    assert "Betaling med kort er ikke mulig lige nu" in visitor.text


def test_page_never_says_that_no_money_was_taken_while_stripe_may_have_it(
    stripe: Simulator, order: Order, user: User
) -> None:
    stripe.pay(open_page(order))
    visitor = Visitor(user).open(f"/ordrer/{order.pk}/betal/?afbrudt=1")
    assert "Vi har ikke modtaget nogen betaling." in visitor.text
    assert "Der er ikke trukket penge" not in visitor.text


def test_order_page_tells_of_money_that_came_twice(stripe: Simulator, user: User, fakturaklip: Product) -> None:
    order = place(user, (fakturaklip, 100), method=PaymentMethod.CARD).order
    stripe.pay(open_page(order))
    bring(stripe)
    payment = order.payments.get()
    payment.pk, payment.key, payment.is_surplus = None, "stripe:cs_again", True
    payment.save(force_insert=True)
    item = ActionItem.objects.create(order=order, kind="surplus", key="surplus:1", what="Dobbelt")
    visitor = Visitor(user).open(f"/ordrer/{order.pk}/")
    assert "Vi har modtaget flere penge, end bestillingen koster." in visitor.text
    staff = StaffFactory.create()
    ActionItem.objects.filter(pk=item.pk).update(handled_at=timezone.now(), handled_by=staff, handled_note="Sendt")
    visitor.open(f"/ordrer/{order.pk}/")
    assert "Vi har modtaget flere penge" not in visitor.text
    assert "(overskydende beløb, behandlet af kundecenteret)" in visitor.text


def test_orders_show_what_a_card_may_still_pay(order: Order, user: User) -> None:
    visitor = Visitor(user).open("/ordrer/")
    visitor.click(f"Betal bestilling {order.pk} med betalingskort")
    assert visitor.path == f"/ordrer/{order.pk}/betal/"
    stranger_sees = Visitor(StaffFactory.create()).client.get("/ordrer/").content.decode()
    assert f"/ordrer/{order.pk}/" not in stranger_sees


@pytest.mark.parametrize(
    ("kroner", "fits"), [("2.49", False), ("2.50", True), ("999999.99", True), ("1000000.00", False)]
)
def test_amounts_that_stripe_takes_fit_a_card(kroner: str, fits: bool) -> None:
    assert fits_a_card(Decimal(kroner)) is fits


def test_invoice_for_transfer_paid_by_card_says_so_on_page_and_in_mail(
    stripe: Simulator, user: User, fakturaklip: Product
) -> None:
    order = place(user, (fakturaklip, 100)).order
    session = open_page(order, CardType.AMERICAN_EXPRESS)
    stripe.pay(session, card="378282246310005")
    bring(stripe)
    visitor = Visitor(user).open(f"/dokumenter/{order.documents.get().pk}/")
    assert "Betalt med betalingskort." in visitor.text
    assert "Betalt med kontooverførsel" not in visitor.text
    assert "Den er betalt, så der skal ikke betales mere." in visitor.text
    mail = order.mails.get(kind="receipt")
    assert "Den er nu betalt: der skal ikke betales mere." in mail.text
    assert "Den er nu betalt: der skal ikke betales mere." in mail.html
