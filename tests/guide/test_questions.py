"""The guide's last sentence: whom to ask."""

from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives

from billing.models import Order
from billing.services.cancelling import cancel_order
from tests.factories import pay
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db

ADDRESS = "kundecenter@truelink.dk"
PAGES = (
    "/",
    "/log-paa/",
    "/glemt-kodeord/",
    "/egen-vedligeholdelse/",
    "/egen-vedligeholdelse/konti/",
    "/egen-vedligeholdelse/modtagelse-af-faktura/",
    "/koeb/",
    "/kurv/",
    "/kassen/",
    "/ordrer/",
    "/salgsbetingelser/",
    "/findes-ikke/",
)


def test_you_may_ask_the_customer_centre_on_every_page(at_checkout: Visitor) -> None:
    """Har du spørgsmål, er du velkommen til at kontakte vores Kundecenter på kundecenter@truelink.dk."""
    for person in (at_checkout, Visitor()):
        for address in PAGES:
            [footer] = person.open(address).page.iter("footer")
            assert ADDRESS in text_of(footer)


def test_you_may_ask_the_customer_centre_from_every_mail(
    at_checkout: Visitor, worker: Callable[[], None], mailoutbox: list[EmailMessage]
) -> None:
    """Har du spørgsmål, er du velkommen til at kontakte vores Kundecenter på kundecenter@truelink.dk."""
    for _ in range(2):
        at_checkout.open("/koeb/").fill("Antal", "100", inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
        at_checkout.click("Gå til kassen").choose("Betal via kontooverførsel")
        at_checkout.choose("Jeg accepterer TrueLinks salgsbetingelser").press("Afsend bestilling")
    cancelled, paid = Order.objects.order_by("pk")
    cancel_order(order_id=cancelled.pk, actor=None, reason="Bestilt to gange")
    pay(paid)
    Visitor().open("/glemt-kodeord/").fill("Din e-mail", paid.placed_by.email).press("Send link")
    worker()
    assert len(mailoutbox) == 5
    for mail in mailoutbox:
        assert ADDRESS in mail.body
        assert isinstance(mail, EmailMultiAlternatives)
        assert ADDRESS in str(mail.alternatives[0][0])
