"""The member's way through paying by card, page by page."""

from dataclasses import replace

import pytest
from django.test import override_settings
from structlog.testing import capture_logs

from accounts.models import Role, User
from billing.models import Order, PaymentAttempt, PaymentMethod
from catalog.models import Product
from checkout.cart import Cart
from tests.card.shop import OPEN, PAID, SESSIONS, UNTRIED, bring, open_page, standing
from tests.checkout.pages import ADD, CHECKOUT, SEND, TERMS, cart
from tests.factories import UserFactory, pay, place
from tests.simulator import Simulator
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

PAY = "Gå til betaling af 312,50\u00a0kr."


@pytest.fixture
def visitor(fakturaklip: Product, user: User) -> Visitor:
    """A buyer with 100 clips in the cart, who has placed the card order and chooses the card."""
    visitor = Visitor(user)
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "100")])
    visitor.open(CHECKOUT).choose("Betal med betalingskort").choose(TERMS).press(SEND)
    return visitor


def go_to_stripe(visitor: Visitor, card_type: str = "visa") -> str:
    """Post the card type as the page does, and return where the answer leads."""
    answer = visitor.client.post(visitor.path, {"card_type": card_type})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_placing_a_card_order_leads_to_the_card_types_and_keeps_the_cart(
    stripe: Simulator, visitor: Visitor, fakturaklip: Product
) -> None:
    order = Order.objects.get()
    assert (visitor.status, visitor.path) == (200, f"/ordrer/{order.pk}/betal/")
    assert visitor.has_button(PAY)
    assert standing(order) == UNTRIED
    assert cart(visitor) == {fakturaklip.pk: 100}
    assert stripe.requests() == []


def test_from_order_to_stripe_makes_one_call_to_stripe(stripe: Simulator, visitor: Visitor) -> None:
    assert go_to_stripe(visitor) == stripe.sessions()[0]["url"]
    assert [(call["method"], call["path"]) for call in stripe.requests()] == [("POST", SESSIONS)]
    assert standing(Order.objects.get()) == OPEN


def test_two_tabs_lead_to_one_page(stripe: Simulator, visitor: Visitor) -> None:
    assert go_to_stripe(visitor) == go_to_stripe(visitor)
    assert len(stripe.sessions()) == 1


def test_paying_and_coming_back_shows_the_receipt_and_empties_the_cart(stripe: Simulator, visitor: Visitor) -> None:
    go_to_stripe(visitor)
    order = Order.objects.get()
    session = stripe.sessions()[0]["id"]
    stripe.pay(session)
    visitor.open(f"/ordrer/{order.pk}/betal/retur/?session={session}")
    assert (visitor.status, visitor.path) == (200, f"/dokumenter/{order.documents.get().pk}/?betalt=1")
    assert standing(order) == PAID
    assert cart(visitor) == {}
    assert Cart(visitor.client.session).order_being_paid is None


def test_cart_is_emptied_at_the_next_request_after_the_webhook(
    stripe: Simulator, visitor: Visitor, fakturaklip: Product
) -> None:
    go_to_stripe(visitor)
    stripe.pay(stripe.sessions()[0]["id"])
    bring(stripe)
    assert cart(visitor) == {fakturaklip.pk: 100}
    visitor.open("/koeb/")
    assert cart(visitor) == {}


def test_cart_that_was_changed_since_stays_and_becomes_an_order_of_its_own(
    stripe: Simulator, visitor: Visitor, fakturaklip: Product
) -> None:
    go_to_stripe(visitor)
    key = Cart(visitor.client.session).key
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "300")])
    stripe.pay(stripe.sessions()[0]["id"])
    bring(stripe)
    visitor.open("/koeb/")
    assert cart(visitor) == {fakturaklip.pk: 300}
    assert Cart(visitor.client.session).key != key
    assert Cart(visitor.client.session).order_being_paid is None
    visitor.open(CHECKOUT).choose("Betal via kontooverførsel").choose(TERMS).press(SEND)
    assert sorted(Order.objects.values_list("state", "payment_method")) == [
        ("awaiting_payment", "bank_transfer"),
        ("paid", "card"),
    ]


def test_going_back_and_choosing_transfer_replaces_the_card_order(stripe: Simulator, visitor: Visitor) -> None:
    go_to_stripe(visitor)
    visitor.open(CHECKOUT).choose("Betal via kontooverførsel").choose(TERMS).press(SEND)
    old, new = Order.objects.order_by("pk")
    assert standing(old) == replace(UNTRIED, state="cancelled", attempts=("expired",))
    assert standing(new) == replace(UNTRIED, invoices=(10001,), mails=("invoice",))
    assert visitor.path == f"/dokumenter/{new.documents.get().pk}/?afsendt=1"
    assert cart(visitor) == {}


def test_changing_the_order_while_stripe_is_down_says_so_and_changes_nothing(
    stripe: Simulator, visitor: Visitor, fakturaklip: Product
) -> None:
    go_to_stripe(visitor)
    stripe.fail_next("500", times=2, path=SESSIONS)
    visitor.open(CHECKOUT).choose("Betal via kontooverførsel").choose(TERMS).press(SEND)
    assert visitor.path == CHECKOUT
    assert "Din tidligere kortbetaling kan ikke lukkes lige nu" in "".join(visitor.page.itertext())
    assert standing(Order.objects.get()) == OPEN
    assert cart(visitor) == {fakturaklip.pk: 100}


@pytest.mark.fault(12)
def test_outage_at_the_pay_page_keeps_the_cart_and_is_paid_later_with_one_session(
    stripe: Simulator, visitor: Visitor, fakturaklip: Product
) -> None:
    order = Order.objects.get()
    stripe.fail_next("timeout", times=2, seconds=0.2, method="POST", path=SESSIONS)
    visitor.send(visitor.path, [("card_type", "visa")])
    assert visitor.status == 503
    assert visitor.has_button(PAY)
    assert standing(order) == replace(UNTRIED, attempts=("creating",))
    assert cart(visitor) == {fakturaklip.pk: 100}
    assert go_to_stripe(visitor) == stripe.sessions()[0]["url"]
    assert len(stripe.sessions()) == 1
    stripe.pay(stripe.sessions()[0]["id"])
    bring(stripe)
    assert standing(order) == PAID


def test_pay_page_of_a_shop_that_reaches_nobody_answers_503(visitor: Visitor) -> None:
    with override_settings(STRIPE_API_BASE="http://127.0.0.1:9"):
        visitor.send(visitor.path, [("card_type", "visa")])
    assert visitor.status == 503
    assert standing(Order.objects.get()) == replace(UNTRIED, attempts=("creating",))


@pytest.mark.parametrize("card_type", ["", "dankort", "discover_global_network", "VISA"])
def test_card_type_that_is_not_offered_is_an_error_at_the_field(
    stripe: Simulator, visitor: Visitor, card_type: str
) -> None:
    visitor.send(visitor.path, [("card_type", card_type)])
    assert visitor.status == 422
    assert len(visitor.errors) == 1
    assert stripe.requests() == []
    assert not PaymentAttempt.objects.exists()


def test_showing_the_pay_page_asks_stripe_nothing(stripe: Simulator, visitor: Visitor) -> None:
    go_to_stripe(visitor)
    asked = len(stripe.requests())
    for story in ("", "?afbrudt=1", "?udloebet=1", "?mislykket=1", "?andet=<b>"):
        assert visitor.open(f"/ordrer/{Order.objects.get().pk}/betal/{story}").status == 200
    assert len(stripe.requests()) == asked
    assert standing(Order.objects.get()) == OPEN


def test_pay_page_of_a_paid_order_leads_to_its_receipt(stripe: Simulator, visitor: Visitor) -> None:
    order = Order.objects.get()
    pay(order)
    visitor.send(f"/ordrer/{order.pk}/betal/", [("card_type", "visa")])
    assert visitor.path == f"/dokumenter/{order.documents.get().pk}/"
    assert stripe.requests() == []


# --- whose order ------------------------------------------------------------------------------------------------------


@pytest.mark.fault(45)
def test_another_companys_order_does_not_exist(stripe: Simulator, order: Order) -> None:
    session = open_page(order)
    stripe.pay(session)
    asked = len(stripe.requests())
    stranger = Visitor(UserFactory.create())
    assert stranger.open(f"/ordrer/{order.pk}/betal/").status == 404
    assert stranger.send(f"/ordrer/{order.pk}/betal/", [("card_type", "visa")]).status == 404
    assert stranger.open(f"/ordrer/{order.pk}/betal/retur/?session={session}").status == 404
    assert len(stripe.requests()) == asked
    assert standing(order) == OPEN


@pytest.mark.fault(46)
def test_reader_pays_nothing(stripe: Simulator, order: Order) -> None:
    session = open_page(order)
    reader = Visitor(UserFactory.create(company=order.company, role=Role.READER))
    assert reader.open(f"/ordrer/{order.pk}/betal/").status == 403
    assert reader.send(f"/ordrer/{order.pk}/betal/", [("card_type", "visa")]).status == 403
    assert reader.open(f"/ordrer/{order.pk}/betal/retur/?session={session}").status == 403
    assert len(stripe.requests()) == 1


def test_visitor_who_is_not_logged_on_is_sent_to_log_on(stripe: Simulator, order: Order) -> None:
    nobody = Visitor()
    for path in (f"/ordrer/{order.pk}/betal/", f"/ordrer/{order.pk}/betal/retur/?session=x"):
        answer = nobody.client.get(path)
        assert answer.status_code == 302
        assert "next=" in answer["Location"]
    assert stripe.requests() == []


def test_colleague_pays_what_another_began(stripe: Simulator, order: Order) -> None:
    session = open_page(order)
    stripe.pay(session)
    colleague = Visitor(UserFactory.create(company=order.company))
    colleague.open(f"/ordrer/{order.pk}/betal/retur/?session={session}")
    assert colleague.path == f"/dokumenter/{order.documents.get().pk}/?betalt=1"
    assert standing(order) == PAID


def test_unpaid_card_order_is_no_line_of_orders_and_invoices(order: Order) -> None:
    visitor = Visitor(order.placed_by).open("/ordrer/")
    assert f"/ordrer/{order.pk}/" not in [link.get("href") for link in visitor.page.iter("a")]


@pytest.mark.fault(16)
def test_transfer_invoice_is_paid_by_card_through_the_page(stripe: Simulator, user: User, fakturaklip: Product) -> None:
    order = place(user, (fakturaklip, 100), method=PaymentMethod.BANK_TRANSFER).order
    visitor = Visitor(user).open(f"/ordrer/{order.pk}/betal/")
    assert go_to_stripe(visitor) == stripe.sessions()[0]["url"]
    session = stripe.sessions()[0]["id"]
    stripe.pay(session)
    visitor.open(f"/ordrer/{order.pk}/betal/retur/?session={session}")
    assert standing(order) == replace(PAID, mails=("invoice", "receipt"))


# --- machines ---------------------------------------------------------------------------------------------------------


@pytest.mark.fault(31)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker_down")
def test_redis_that_is_down_costs_a_card_payment_nothing(stripe: Simulator, visitor: Visitor) -> None:
    """The receipt waits in the outbox for a sweep; clips, invoice and page do not."""
    with capture_logs() as logs:
        go_to_stripe(visitor)
        order = Order.objects.get()
        session = stripe.sessions()[0]["id"]
        stripe.pay(session)
        visitor.open(f"/ordrer/{order.pk}/betal/retur/?session={session}")
        assert visitor.status == 200
        assert set(bring(stripe)) == {200}
    assert standing(order) == PAID
    assert order.mails.get().sent_at is None
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["kick_failed"]
