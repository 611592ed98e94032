"""Buying: an unpaid card order gives way to what the member wants now."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4, uuid5

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Role, User
from billing.gateway import StripeUnavailable
from billing.models import Document, Order, PaymentMethod, TermsOfSale
from billing.services.buying import buy
from billing.services.cancelling import AttemptUndecided
from billing.services.placing import Placement, RequestedLine
from catalog.models import Product
from tests.card.shop import OPEN, PAID, SESSIONS, SET_ASIDE, UNTRIED, bring, open_page, standing
from tests.factories import UserFactory
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db

CANCELLED = replace(UNTRIED, state="cancelled")


@pytest.fixture
def wish(user: User, fakturaklip: Product) -> Placement:
    """100 clips by card."""
    return Placement(
        user=user,
        key=uuid4(),
        lines=(line(fakturaklip, 100),),
        payment_method=PaymentMethod.CARD,
        terms_id=TermsOfSale.objects.get().pk,
    )


def line(product: Product, quantity: int) -> RequestedLine:
    return RequestedLine(product.pk, quantity, Decimal("2.25" if quantity >= 1000 else "2.50"), Decimal(25))


def after(key: UUID, times: int = 1) -> UUID:
    for _ in range(times):
        key = uuid5(key, "next")
    return key


def test_buying_the_same_again_is_the_same_order_and_page(stripe: Simulator, wish: Placement) -> None:
    first, again = buy(wish), buy(wish)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.order == again.order == Order.objects.get()
    assert stripe.requests() == []


def test_changed_cart_replaces_the_unpaid_order_under_the_key_that_follows(
    stripe: Simulator, wish: Placement, fakturaklip: Product
) -> None:
    old = buy(wish).order
    open_page(old)
    wish = replace(wish, lines=(line(fakturaklip, 1000),))
    new = buy(wish)
    assert new.is_new
    assert new.order.placement_key == after(wish.key)
    assert new.order.total == Decimal("2812.50")
    assert standing(old) == replace(CANCELLED, attempts=("expired",))
    assert [each["status"] for each in stripe.sessions()] == ["expired"]
    assert old.events.get().note == "Bestillingen blev ændret"
    assert (buy(wish).order, buy(wish).is_new) == (new.order, False)
    assert not Document.objects.exists()


def test_changing_back_and_forth_makes_an_order_each_time(wish: Placement, fakturaklip: Product) -> None:
    other = replace(wish, lines=(line(fakturaklip, 200),))
    orders = [buy(each).order for each in (wish, other, wish, other)]
    assert [order.placement_key for order in orders] == [after(wish.key, times) for times in range(4)]
    assert [standing(order).state for order in orders] == ["cancelled"] * 3 + ["awaiting_payment"]


def test_another_payment_method_replaces_the_card_order_and_makes_the_invoice(
    stripe: Simulator, wish: Placement
) -> None:
    old = buy(wish).order
    open_page(old)
    placed = buy(replace(wish, payment_method=PaymentMethod.BANK_TRANSFER))
    assert placed.invoice is not None
    assert standing(placed.order) == replace(UNTRIED, invoices=(10001,), mails=("invoice",))
    assert standing(old) == replace(CANCELLED, attempts=("expired",))


def test_transfer_order_never_gives_way(wish: Placement) -> None:
    placed = buy(replace(wish, payment_method=PaymentMethod.BANK_TRANSFER))
    again = buy(wish)
    assert (again.order, again.is_new) == (placed.order, False)
    assert standing(placed.order) == replace(UNTRIED, invoices=(10001,), mails=("invoice",))


@pytest.mark.parametrize("change", ["purchase_order_number", "user"])
def test_other_facts_of_the_invoice_replace_the_order(wish: Placement, change: str) -> None:
    old = buy(wish).order
    if change == "user":
        wish = replace(wish, user=UserFactory.create(company=wish.user.company))
    else:
        wish = replace(wish, purchase_order_number="PO 9")
    new = buy(wish).order
    assert new != old
    assert (standing(old).state, new.placed_by, new.purchase_order_number) == (
        "cancelled",
        wish.user,
        wish.purchase_order_number,
    )


def test_order_that_was_given_up_is_placed_anew(stripe: Simulator, wish: Placement) -> None:
    old = buy(wish).order
    Order.objects.filter(pk=old.pk).update(state="cancelled", cancelled_at=old.placed_at)
    new = buy(wish)
    assert (new.is_new, new.order.placement_key) == (True, after(wish.key))


def test_order_that_turns_out_paid_is_returned_and_nothing_is_placed(
    stripe: Simulator, wish: Placement, fakturaklip: Product
) -> None:
    old = buy(wish).order
    stripe.pay(open_page(old))
    placed = buy(replace(wish, lines=(line(fakturaklip, 1000),)))
    assert (placed.order, placed.is_new) == (old, False)
    assert placed.invoice == old.documents.get()
    assert standing(old) == PAID
    bring(stripe)
    assert Order.objects.count() == 1


def test_order_whose_page_cannot_be_closed_stays(stripe: Simulator, wish: Placement, fakturaklip: Product) -> None:
    old = buy(wish).order
    session = open_page(old)
    changed = replace(wish, lines=(line(fakturaklip, 1000),))
    stripe.fail_next("500", times=2, path=SESSIONS)
    with pytest.raises(StripeUnavailable):
        buy(changed)
    assert standing(old) == OPEN
    stripe.make_next_payment_late()
    stripe.pay(session)
    with pytest.raises(AttemptUndecided):
        buy(changed)
    assert standing(old) == replace(UNTRIED, attempts=("pending",))
    assert Order.objects.count() == 1


def test_order_whose_money_waits_for_staff_stays(stripe: Simulator, wish: Placement, fakturaklip: Product) -> None:
    """Cancelled, it would invite the member to pay a second time."""
    old = buy(wish).order
    session = open_page(old)
    stripe.corrupt(session=session, amount_total=100)
    stripe.pay(session)
    for _ in range(2):
        with pytest.raises(AttemptUndecided):
            buy(replace(wish, lines=(line(fakturaklip, 1000),)))
    assert standing(old) == SET_ASIDE
    assert Order.objects.count() == 1


@pytest.mark.fault(46)
def test_reader_buys_nothing(wish: Placement) -> None:
    User.objects.update(role=Role.READER)
    wish.user.refresh_from_db()
    with pytest.raises(PermissionDenied):
        buy(wish)
    assert not Order.objects.exists()
