"""The guide's chapter "Betal med betalingskort"."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from django.core.mail import EmailMessage
from pypdf import PdfReader

from accounts.models import ClipAccount
from billing.models import Order, OutboxMail
from tests.simulator import MASTERCARD, VISA, Simulator
from tests.stripe_page import choose_card, enter_card, look, pay_with_card
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_card_choice(stripe: Simulator, at_checkout: Visitor) -> Visitor:
    """A member who has sent the order and chosen to pay by card."""
    assert stripe.sessions() == []
    at_checkout.choose("Betal med betalingskort").choose("Jeg accepterer TrueLinks salgsbetingelser")
    return at_checkout.press("Afsend bestilling")


@pytest.mark.parametrize(
    ("card_type", "number"),
    [("Visa/Dankort", VISA), ("Mastercard", MASTERCARD)],
)
def test_you_choose_the_card_type_and_then_enter_the_card(
    at_card_choice: Visitor, stripe: Simulator, card_type: str, number: str
) -> None:
    """Har du valgt ”Betal med betalingskort” skal du nu vælge korttypen, og derefter indtaste kortoplysninger."""
    assert at_card_choice.heading == "Betal med betalingskort"
    types = [text_of(each) for each in at_card_choice.page.iter("label")]
    assert types == ["Visa/Dankort", "Mastercard", "American Express", "MobilePay"]
    choose_card(at_card_choice, card_type)
    assert at_card_choice.path.startswith(f"{stripe.url}/c/pay/")
    page = look(at_card_choice.path)
    assert "2.812,50" in page
    assert "Kortnummer" in page
    assert enter_card(at_card_choice.path, number=number).status_code == 303


def test_the_receipt_for_your_purchase_is_shown_when_the_payment_has_gone_through(at_card_choice: Visitor) -> None:
    """Når betalingen er gennemført, vises kvitteringen for dit køb."""
    pay_with_card(choose_card(at_card_choice, "Visa/Dankort"))
    order = Order.objects.get()
    assert (order.state, order.total) == ("paid", order.payments.get().amount)
    assert at_card_choice.heading == "Kvittering"
    for fact in (
        f"Tak. Bestilling {order.number} er betalt.",
        "Betalt med betalingskort.",
        "Klippene er sat ind på din konto.",
        "Faktura 10001",
        "Holm & Søn ApS",
        "Fakturaklip 1.000 stk. 2,25\u00a0kr. 2.250,00\u00a0kr.",
        "2.812,50\u00a0kr.",
    ):
        assert fact in at_card_choice.text
    assert "Betal senest" not in at_card_choice.text
    at_card_choice.open("/egen-vedligeholdelse/").click("Konti")
    last_day = ClipAccount.objects.get().expires_on
    assert isinstance(last_day, date)
    assert f"Fakturaklip 1.000 klip Gælder til og med {last_day.day}. " in at_card_choice.text
    assert "Din indkøbskurv er tom" in at_card_choice.open("/koeb/").cart


def test_the_receipt_is_also_sent_to_the_administrative_address_under_your_own_maintenance_accounts(
    at_card_choice: Visitor, worker: Callable[[], None], mailoutbox: list[EmailMessage]
) -> None:
    """Samtidig fremsendes kvitteringen for købet også til den administrative e-mail-adresse, der er registreret under
    "Egen vedligeholdelse" - "Konti".
    """
    pay_with_card(choose_card(at_card_choice, "Visa/Dankort"))
    worker()
    [mail] = mailoutbox
    assert mail.to == ["kontor@holm.example"]
    assert "2.812,50\u00a0kr. med moms er betalt med betalingskort" in mail.body
    assert "1.000 stk. Fakturaklip" in mail.body
    [(name, content, kind)] = mail.attachments
    assert (name, kind) == ("Faktura 10001.pdf", "application/pdf")
    assert isinstance(content, bytes)
    assert "Betalt med betalingskort" in PdfReader(BytesIO(content)).pages[0].extract_text()
    assert "kontor@holm.example" in at_card_choice.text
    at_card_choice.open("/egen-vedligeholdelse/").click("Konti")
    assert at_card_choice.field("Administrativ e-mail").get("value") == "kontor@holm.example"
    assert OutboxMail.objects.count() == 1
