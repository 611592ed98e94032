""" "Betal med betalingskort": the choice of card, the way to Stripe's page, and what the page tells on the way back."""

import pytest
from django.utils import timezone

from accounts.models import Role
from billing.models import ActionItem, Order, PaymentAttempt, PaymentMethod
from billing.services.cancelling import cancel_order
from catalog.models import Product
from tests.factories import UserFactory, open_shop, pay, place
from tests.simulator import VISA, Simulator
from tests.stripe_page import choose_card, pay_with_card
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db

CARD = "Betal med betalingskort"


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def order(fakturaklip: Product) -> Order:
    """1,000 clips for 2,812.50 kr., to be paid by card."""
    return place(UserFactory.create(), (fakturaklip, 1000), method=PaymentMethod.CARD).order


@pytest.fixture
def invoiced(fakturaklip: Product) -> Order:
    """The same against an invoice, which may be paid by card all the same."""
    return place(UserFactory.create(), (fakturaklip, 1000)).order


def at_pay(order: Order, story: str = "") -> Visitor:
    """Return the buyer at the order's pay page."""
    return Visitor(order.placed_by).open(address(order) + story)


def address(order: Order) -> str:
    return f"/ordrer/{order.pk}/betal/"


def is_payable(visitor: Visitor) -> bool:
    return any(text_of(button).startswith("Gå til betaling") for button in visitor.page.iter("button"))


# --- the page --------------------------------------------------------------------------------------------------------


def test_pay_page_shows_the_order_and_the_cards_with_none_chosen(order: Order) -> None:
    visitor = at_pay(order)
    assert (visitor.status, visitor.heading) == (200, CARD)
    assert f"Bestilling {order.number}" in visitor.text
    assert "Fakturaklip 1.000 stk. 2,25\u00a0kr. 2.250,00\u00a0kr." in visitor.text
    assert visitor.has_button("Gå til betaling af 2.812,50\u00a0kr.")
    for card_type in ("Visa/Dankort", "Mastercard", "American Express", "MobilePay"):
        assert "checked" not in visitor.field(card_type).attrib
    assert visitor.has_link("← Ordrer og fakturaer")
    assert not PaymentAttempt.objects.exists()


def test_pay_page_of_an_invoice_leads_back_to_it(invoiced: Order) -> None:
    visitor = at_pay(invoiced)
    assert is_payable(visitor)
    visitor.click("Betal via kontooverførsel i stedet")
    assert visitor.heading == "Faktura 10001"


def test_pay_page_lets_forms_lead_to_stripe_and_nowhere_else(order: Order) -> None:
    policy = at_pay(order).response.headers["Content-Security-Policy"]
    [rule] = [each.strip() for each in policy.split(";") if each.strip().startswith("form-action")]
    assert rule == "form-action 'self' https://checkout.stripe.com"


def test_card_must_be_chosen(order: Order) -> None:
    visitor = at_pay(order).press("Gå til betaling af 2.812,50\u00a0kr.")
    assert (visitor.path, visitor.status) == (address(order), 422)
    assert visitor.errors == [("Vælg, hvad du vil betale med.", "id_card_type_0")]
    assert not PaymentAttempt.objects.exists()


def test_unknown_card_is_refused(order: Order) -> None:
    visitor = at_pay(order).send(address(order), [("card_type", "diners")])
    assert (visitor.status, PaymentAttempt.objects.exists()) == (422, False)


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.fault(46)
def test_reader_may_not_pay(order: Order) -> None:
    reader = Visitor(UserFactory.create(company=order.company, role=Role.READER))
    assert reader.open(address(order)).status == 403
    assert reader.send(address(order), [("card_type", "visa")]).status == 403
    assert not PaymentAttempt.objects.exists()


@pytest.mark.fault(45)
def test_another_company_finds_nothing_to_pay(order: Order) -> None:
    stranger = Visitor(UserFactory.create())
    assert stranger.open(address(order)).status == 404
    assert stranger.send(address(order), [("card_type", "visa")]).status == 404
    assert not PaymentAttempt.objects.exists()


@pytest.mark.fault(45)
def test_another_company_learns_nothing_from_the_return_page(order: Order, stripe: Simulator) -> None:
    visitor = choose_card(at_pay(order), "Visa/Dankort")
    session = str(PaymentAttempt.objects.get().session_id)
    stripe.pay(session)
    back = f"{address(order)}retur/?session={session}"
    assert Visitor(UserFactory.create()).open(back).status == 404
    order.refresh_from_db()
    assert order.state == "awaiting_payment"
    assert visitor.open(back).heading == "Kvittering"


@pytest.mark.parametrize("session", ["", "cs_test_unknown", "\0", "x" * 300])
def test_return_page_of_no_session_of_the_order_does_not_exist(order: Order, session: str) -> None:
    visitor = Visitor(order.placed_by)
    visitor.client.get(address(order))
    answer = visitor.client.get(f"{address(order)}retur/", {"session": session})
    assert answer.status_code == 404


# --- to Stripe and back ----------------------------------------------------------------------------------------------


def test_choosing_a_card_leads_to_stripes_page(order: Order, stripe: Simulator) -> None:
    visitor = choose_card(at_pay(order), "Visa/Dankort")
    attempt = PaymentAttempt.objects.get()
    assert (attempt.card_type, attempt.state, attempt.url) == ("visa", "open", visitor.path)
    assert visitor.path.startswith(stripe.url)


def test_choosing_the_same_card_again_leads_to_the_same_page(order: Order, stripe: Simulator) -> None:
    first = choose_card(at_pay(order), "Visa/Dankort").path
    assert choose_card(at_pay(order), "Visa/Dankort").path == first
    assert len(stripe.sessions()) == 1


def test_paid_order_shows_its_receipt_where_it_was_to_be_paid(order: Order, stripe: Simulator) -> None:
    visitor = pay_with_card(choose_card(at_pay(order), "Visa/Dankort"), number=VISA)
    receipt = f"/dokumenter/{order.documents.get().pk}/"
    assert (visitor.path, visitor.heading) == (f"{receipt}?betalt=1", "Kvittering")
    assert visitor.open(address(order)).path == receipt
    assert visitor.send(address(order), [("card_type", "visa")]).path == receipt
    assert len(stripe.sessions()) == 1


def test_invoice_that_is_paid_by_card_becomes_its_receipt(invoiced: Order, stripe: Simulator) -> None:
    assert stripe.sessions() == []
    visitor = at_pay(invoiced)
    pay_with_card(choose_card(visitor, "Visa/Dankort"))
    assert visitor.heading == "Kvittering"
    assert (invoiced.documents.count(), invoiced.payments.get().method) == (1, "card")
    assert "Betal senest" not in visitor.text


def test_way_back_from_an_open_page_tells_that_nothing_was_paid(order: Order, stripe: Simulator) -> None:
    visitor = choose_card(at_pay(order), "Visa/Dankort")
    [session] = stripe.sessions()
    visitor.open(f"{address(order)}retur/?session={session['id']}")
    assert (visitor.path, is_payable(visitor)) == (f"{address(order)}?afbrudt=1", True)


def test_way_back_from_an_expired_page_tells_that_the_time_is_up(order: Order, stripe: Simulator) -> None:
    visitor = choose_card(at_pay(order), "Visa/Dankort")
    [session] = stripe.sessions()
    stripe.expire(session["id"])
    visitor.open(f"{address(order)}retur/?session={session['id']}")
    assert visitor.path == f"{address(order)}?udloebet=1"
    assert "Tiden til at betale er udløbet" in visitor.text
    assert PaymentAttempt.objects.get().state == "expired"


# --- what the page tells ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "heading"),
    [
        ("afbrudt", "Betalingen blev ikke gennemført"),
        ("udloebet", "Tiden til at betale er udløbet"),
        ("mislykket", "Betalingen mislykkedes"),
    ],
)
def test_story_of_the_address_is_told_and_paying_stays_possible(order: Order, story: str, heading: str) -> None:
    visitor = at_pay(order, f"?{story}=1")
    assert heading in visitor.text
    assert "Der er ikke trukket penge" in visitor.text
    assert is_payable(visitor)
    assert heading not in at_pay(order).text


def test_unknown_story_is_not_told(order: Order) -> None:
    assert "Der er ikke trukket penge" not in at_pay(order, "?gratis=1").text


def test_stopped_payment_of_an_invoice_says_nothing_of_the_cart(invoiced: Order) -> None:
    visitor = at_pay(invoiced, "?afbrudt=1")
    assert "Prøv igen her, eventuelt med et andet kort. Du kan også betale via kontooverførsel." in visitor.text
    assert "kurven" not in visitor.text


def test_cancelled_order_cannot_be_paid(order: Order) -> None:
    cancel_order(order_id=order.pk, actor=None, reason="Fortrudt")
    visitor = at_pay(order, "?afbrudt=1")
    assert "Bestillingen er annulleret" in visitor.text
    assert not is_payable(visitor)
    visitor.send(address(order), [("card_type", "visa")])
    assert (visitor.status, is_payable(visitor), PaymentAttempt.objects.exists()) == (200, False, False)


@pytest.mark.parametrize("why", ["pending", "mismatch"])
def test_money_on_its_way_is_not_asked_for_again(order: Order, why: str) -> None:
    now = timezone.now()
    moments = {"expires_at": now, "created_at": now, "next_look_at": now}
    if why == "pending":
        facts = {"card_type": "visa", "state": "pending", "parameters": {}, "session_id": "cs_1"}
        key = "11111111-1111-4111-8111-111111111111"
        PaymentAttempt.objects.create(order=order, key=key, started_by=order.placed_by, **facts, **moments)
    else:
        ActionItem.objects.create(order=order, kind="mismatch", key="mismatch:cs_1", what="Beløbet er et andet")
    visitor = at_pay(order)
    assert "Vi er ved at undersøge din betaling" in visitor.text
    assert not is_payable(visitor)
    visitor.send(address(order), [("card_type", "visa")])
    assert (visitor.path, is_payable(visitor)) == (address(order), False)


def test_order_that_was_paid_by_transfer_shows_its_document(invoiced: Order) -> None:
    pay(invoiced)
    visitor = at_pay(invoiced)
    assert visitor.path == f"/dokumenter/{invoiced.documents.get().pk}/"
    assert visitor.heading == "Faktura 10001"
