"""The guide's chapter "Betal via kontooverførsel"."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from django.core.mail import EmailMessage
from pypdf import PdfReader

from accounts.models import ClipAccount
from billing.models import Order
from tests.factories import pay
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def after_order(at_checkout: Visitor) -> Visitor:
    """A member who has just sent the order."""
    at_checkout.choose("Betal via kontooverførsel").choose("Jeg accepterer TrueLinks salgsbetingelser")
    return at_checkout.press("Afsend bestilling")


def test_you_send_the_order_to_truelink(after_order: Visitor) -> None:
    """Har du valgt ”Betal via kontooverførsel”, skal bestillingen afsendes til TrueLink."""
    order = Order.objects.get()
    assert (order.company.name, order.state) == ("Holm & Søn ApS", "awaiting_payment")
    assert after_order.heading == "Tak for din bestilling"
    assert "Din indkøbskurv er tom" in after_order.cart


def test_the_invoice_is_shown_on_the_screen_and_sent_to_the_address_for_invoices(
    after_order: Visitor, worker: Callable[[], None], mailoutbox: list[EmailMessage]
) -> None:
    """Fakturaen vises på skærmen og sendes samtidig til den e-mail adresse, der er registreret under opsæt til
    modtagelse af faktura.
    """
    for fact in ("Faktura 10001", "Holm & Søn ApS", "2.812,50\u00a0kr.", "+71<000000000100016+89012345<"):
        assert fact in after_order.text
    worker()
    [mail] = mailoutbox
    assert mail.to == ["faktura@holm.example"]
    [(name, content, kind)] = mail.attachments
    assert (name, kind) == ("Faktura 10001.pdf", "application/pdf")
    assert isinstance(content, bytes)
    assert "Faktura 10001" in PdfReader(BytesIO(content)).pages[0].extract_text()
    after_order.click("Åbn faktura som PDF")
    assert after_order.content == content
    after_order.open("/egen-vedligeholdelse/").click("Opsæt til modtagelse af faktura")
    assert after_order.field("Faktura-e-mail").get("value") == "faktura@holm.example"


def test_your_account_gets_the_clips_and_you_a_mail_when_truelink_has_registered_your_payment(
    after_order: Visitor, worker: Callable[[], None], mailoutbox: list[EmailMessage]
) -> None:
    """Når TrueLink har registreret din indbetaling af fakturabeløbet opdateres din faktura konto med det købte antal
    klip, og du modtager en bekræftelse herpå via mail.
    """
    after_order.open("/egen-vedligeholdelse/").click("Konti")
    assert "Ingen klip endnu" in after_order.text
    pay(Order.objects.get())
    worker()
    after_order.open("/egen-vedligeholdelse/").click("Konti")
    last_day = ClipAccount.objects.get().expires_on
    assert isinstance(last_day, date)
    assert f"Fakturaklip 1.000 klip Gælder til og med {last_day.day}. " in after_order.text
    confirmation = mailoutbox[-1]
    assert confirmation.to == ["kontor@holm.example"]
    assert "1.000" in confirmation.body
    assert "Fakturaklip" in confirmation.body
    assert f"{last_day.day}. " in confirmation.body
    assert confirmation.attachments == []
