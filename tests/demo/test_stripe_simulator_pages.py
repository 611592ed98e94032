"""The simulator's hosted page, as a browser without JavaScript walks through it."""

import html
import re
from typing import Any

import pytest
import requests
import stripe

from tests.demo.stripe_orders import an_order
from tests.simulator import AMEX, MASTERCARD, THREE_D_SECURE, VISA, Simulator, complaints_of_schema, stripe_client

pytestmark = pytest.mark.processes
_CARD = {"method": "card", "expiry": "12/34", "cvc": "123"}


class Visitor:
    """Somebody on the hosted page of one session."""

    def __init__(self, simulator: Simulator, session: stripe.checkout.Session) -> None:
        self.client = stripe_client(simulator)
        self.session = session
        self.url = str(session.url)

    def post(self, path: str = "", **typed: str) -> requests.Response:
        """Send a form, and follow no redirect."""
        return requests.post(f"{self.url}{path}", typed, timeout=5, allow_redirects=False)

    def pay_with(self, number: str, **typed: str) -> requests.Response:
        """Send the form of cards."""
        return self.post(**(_CARD | {"number": number} | typed))

    def read(self, path: str = "") -> str:
        """Return the page's text."""
        return _text(requests.get(f"{self.url}{path}", timeout=5))

    def now(self) -> Any:
        """Return the session as the shop reads it."""
        return self.client.v1.checkout.sessions.retrieve(self.session.id, {"expand": ["payment_intent.latest_charge"]})


def _text(response: requests.Response) -> str:
    """Return what a person reads."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", response.text)).split())


def _success(visitor: Visitor) -> tuple[int, str]:
    return 303, f"http://127.0.0.1:1/tilbage/?session={visitor.session.id}"


def _answer(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.headers["Location"]


@pytest.fixture
def visitor(simulator: Simulator) -> Visitor:
    return Visitor(simulator, stripe_client(simulator).v1.checkout.sessions.create(an_order()))


@pytest.fixture
def mobilepay(simulator: Simulator) -> Visitor:
    asked = an_order(methods=("mobilepay",))
    return Visitor(simulator, stripe_client(simulator).v1.checkout.sessions.create(asked))


def test_the_page_says_what_is_paid_and_that_it_is_no_payment(visitor: Visitor) -> None:
    text = visitor.read()

    for expected in (
        "Simulator – ikke en rigtig betaling",
        "Betal 312,50 kr.",
        "Fakturaklip × 100 250,00 kr.",
        "Tilbage til butikken",
        "Kortnummer",
        "Udløbsdato (MM/ÅÅ)",
        "Kontrolcifre",
        "4000 0027 6000 3184",
    ):
        assert expected in text
    assert "MobilePay" not in text
    assert 'href="http://127.0.0.1:1/afbrudt/"' in requests.get(visitor.url, timeout=5).text
    assert "<script" not in requests.get(visitor.url, timeout=5).text


def test_what_the_shop_wrote_is_no_html(simulator: Simulator) -> None:
    asked = an_order(amounts={"<b>Klip</b>": 5000})
    session = stripe_client(simulator).v1.checkout.sessions.create(asked)
    assert "&lt;b&gt;Klip&lt;/b&gt;" in requests.get(str(session.url), timeout=5).text


@pytest.mark.parametrize(
    ("number", "cvc", "brand"),
    [
        ("4242 4242 4242 4242", "123", "visa"),
        ("5555-5555-5555-4444", "123", "mastercard"),
        (AMEX, "1234", "amex"),
        ("4000000000000259", "123", "visa"),
    ],
)
def test_a_card_pays_and_leads_back(simulator: Simulator, visitor: Visitor, number: str, cvc: str, brand: str) -> None:
    assert _answer(visitor.pay_with(number, cvc=cvc)) == _success(visitor)

    paid = visitor.now()
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.payment_intent.latest_charge.payment_method_details.card.brand == brand
    assert paid.customer_details.email == "medlem@example.dk"
    assert complaints_of_schema(simulator) == []


@pytest.mark.parametrize(
    ("number", "sentence", "code"),
    [
        ("4000 0000 0000 0002", "Kortet blev afvist af banken.", "card_declined"),
        ("4000 0000 0000 9995", "der er ikke penge nok på kontoen", "card_declined"),
        ("4000 0000 0000 0069", "det er udløbet", "expired_card"),
        ("4000 0000 0000 0127", "kontrolcifrene er forkerte", "incorrect_cvc"),
        ("4111 1111 1111 1111", "simulatoren tager kun testkort", "card_declined"),
    ],
)
def test_a_decline_lets_another_card_be_tried(
    simulator: Simulator, visitor: Visitor, number: str, sentence: str, code: str
) -> None:
    declined = visitor.pay_with(number)

    assert declined.status_code == 200
    assert sentence in _text(declined)
    assert "Kortnummer" in _text(declined)
    tried = visitor.now()
    assert (tried.status, tried.payment_status) == ("open", "unpaid")
    assert tried.payment_intent.status == "requires_payment_method"
    assert (tried.payment_intent.last_payment_error.code, tried.payment_intent.latest_charge.status) == (code, "failed")
    assert [event["type"] for event in simulator.events()] == ["payment_intent.payment_failed"]

    assert _answer(visitor.pay_with(MASTERCARD)) == _success(visitor)
    assert visitor.now().payment_intent.id == tried.payment_intent.id
    assert complaints_of_schema(simulator) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"number": "4242424242424241"}, "Kortnummeret er ikke gyldigt."),
        ({"number": "hej"}, "Kortnummeret er ikke gyldigt."),
        ({"number": ""}, "Kortnummeret er ikke gyldigt."),
        ({"number": VISA, "expiry": "13/34"}, "Udløbsdatoen er ikke gyldig"),
        ({"number": VISA, "expiry": "01/20"}, "Kortet er udløbet."),
        ({"number": VISA, "cvc": "12"}, "Kontrolcifrene er ikke gyldige"),
        ({"number": AMEX, "cvc": "123"}, "Kontrolcifrene er ikke gyldige"),
    ],
)
def test_what_is_mistyped_is_no_try(
    simulator: Simulator, visitor: Visitor, typed: dict[str, str], sentence: str
) -> None:
    assert sentence in _text(visitor.pay_with(**typed))
    assert visitor.now().payment_intent is None
    assert simulator.events() == []


def test_a_blocked_brand_is_named(simulator: Simulator) -> None:
    asked = an_order(blocked=("visa", "american_express"))
    visitor = Visitor(simulator, stripe_client(simulator).v1.checkout.sessions.create(asked))

    assert "Butikken tager ikke imod Visa her." in _text(visitor.pay_with(VISA))
    assert "Butikken tager ikke imod American Express her." in _text(visitor.pay_with(AMEX, cvc="1234"))
    assert _answer(visitor.pay_with(MASTERCARD)) == _success(visitor)
    assert complaints_of_schema(simulator) == []


def test_3d_secure_asks_first(simulator: Simulator, visitor: Visitor) -> None:
    assert _answer(visitor.pay_with(THREE_D_SECURE)) == (303, f"/c/pay/{visitor.session.id}/3ds")
    assert visitor.now().payment_intent.status == "requires_action"
    assert "Godkend betalingen" in visitor.read("/3ds")

    assert _answer(visitor.post("/3ds", answer="approve")) == _success(visitor)
    charge = visitor.now().payment_intent.latest_charge
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"
    assert complaints_of_schema(simulator) == []


@pytest.mark.parametrize(
    ("number", "answer", "sentence"),
    [
        (THREE_D_SECURE, "reject", "Betalingen blev ikke godkendt hos banken."),
        ("4000 0084 0000 1629", "approve", "Kortet blev afvist af banken."),
        ("4000 0084 0000 1629", "reject", "Betalingen blev ikke godkendt hos banken."),
    ],
)
def test_3d_secure_may_end_in_a_decline(
    simulator: Simulator, visitor: Visitor, number: str, answer: str, sentence: str
) -> None:
    visitor.pay_with(number)
    assert sentence in _text(visitor.post("/3ds", answer=answer))
    assert visitor.now().status == "open"
    # Answered is answered: the page leads back to the cards.
    assert _answer(visitor.post("/3ds", answer="approve")) == (303, f"/c/pay/{visitor.session.id}")
    assert _answer(visitor.pay_with(VISA)) == _success(visitor)
    assert complaints_of_schema(simulator) == []


def test_mobilepay_is_approved(simulator: Simulator, mobilepay: Visitor) -> None:
    assert "Godkend i MobilePay" in mobilepay.read()
    assert "Kortnummer" not in mobilepay.read()
    assert _answer(mobilepay.post(method="mobilepay_approve")) == _success(mobilepay)
    assert mobilepay.now().payment_intent.latest_charge.payment_method_details.type == "mobilepay"
    assert complaints_of_schema(simulator) == []


def test_mobilepay_is_rejected_and_tried_again(simulator: Simulator, mobilepay: Visitor) -> None:
    assert "Betalingen blev afvist i MobilePay." in _text(mobilepay.post(method="mobilepay_reject"))
    assert mobilepay.now().payment_status == "unpaid"
    assert _answer(mobilepay.post(method="mobilepay_approve")) == _success(mobilepay)
    assert complaints_of_schema(simulator) == []


def test_a_way_to_pay_that_is_not_offered_is_refused(visitor: Visitor, mobilepay: Visitor) -> None:
    assert "tager ikke imod den betalingsmåde" in _text(visitor.post(method="mobilepay_approve"))
    assert "tager ikke imod den betalingsmåde" in _text(mobilepay.pay_with(VISA))
    assert visitor.now().payment_intent is None


def test_a_paid_session_is_paid_once(simulator: Simulator, visitor: Visitor) -> None:
    visitor.pay_with(VISA)
    again = visitor.pay_with(VISA)

    assert "Betalingen er gennemført" in _text(again)
    assert f"/tilbage/?session={visitor.session.id}" in visitor_html(visitor)
    assert len([event for event in simulator.events() if event["type"] == "charge.succeeded"]) == 1


def visitor_html(visitor: Visitor) -> str:
    """Return the page as it is sent."""
    return requests.get(visitor.url, timeout=5).text


def test_an_expired_session_takes_no_money(simulator: Simulator, visitor: Visitor) -> None:
    visitor.pay_with(THREE_D_SECURE)
    simulator.advance(seconds=3601)

    assert "Betalingssiden er udløbet" in visitor.read()
    assert "Betalingssiden er udløbet" in _text(visitor.pay_with(VISA))
    assert _answer(visitor.post("/3ds", answer="approve")) == (303, f"/c/pay/{visitor.session.id}")
    assert 'href="http://127.0.0.1:1/afbrudt/"' in visitor_html(visitor)
    expired = visitor.now()
    assert (expired.status, expired.payment_intent.status) == ("expired", "canceled")
    assert complaints_of_schema(simulator) == []


def test_an_unknown_session_has_no_page(simulator: Simulator) -> None:
    response = requests.get(f"{simulator.url}/c/pay/cs_test_none", timeout=5)
    assert response.status_code == 404
    assert "Siden findes ikke" in _text(response)


@pytest.mark.parametrize("succeeds", [True, False])
def test_a_late_outcome_comes_after_the_visit(simulator: Simulator, visitor: Visitor, succeeds: bool) -> None:
    simulator.make_next_payment_late()
    assert _answer(visitor.pay_with(VISA)) == _success(visitor)
    waiting = visitor.now()
    assert (waiting.status, waiting.payment_status, waiting.payment_intent.status) == (
        *("complete", "unpaid", "processing"),
    )
    assert "ikke afgjort endnu" in visitor.read()

    simulator.finish_late(visitor.session.id, succeeds=succeeds)
    known = visitor.now()
    assert known.payment_status == ("paid" if succeeds else "unpaid")
    assert known.payment_intent.status == ("succeeded" if succeeds else "requires_payment_method")
    outcome = "succeeded" if succeeds else "failed"
    types = [event["type"] for event in simulator.events()]
    assert types[0] == "checkout.session.completed"
    assert types[-1] == f"checkout.session.async_payment_{outcome}"
    assert complaints_of_schema(simulator) == []
