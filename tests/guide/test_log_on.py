"""The guide's first chapter: becoming a member and logging on."""

import re
from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage

from catalog.models import Product
from tests.factories import StaffFactory
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_as_a_user_you_must_first_be_created_as_a_member(shop: Product) -> None:
    """Som bruger af TrueLink e-fakturering, skal du først og fremmest være oprettet som medlem på TrueLink.dk – se evt.
    vejledningen hertil på www.TrueLink.dk
    """
    guest = Visitor().open("/")
    assert guest.status == 200
    assert "oprettet som medlem" in guest.text
    guest.open("/koeb/")
    assert guest.path == "/log-paa/?next=/koeb/"
    assert shop.name not in guest.text


def test_you_must_also_buy_clips(shop: Product) -> None:
    """Derudover skal du købe klip til TrueLink:"""
    guest = Visitor().open("/")
    assert "Sådan køber du klip" in guest.text
    steps = ["Log på", "Læg klip i kurven", "Vælg betaling, og afsend bestillingen"]
    assert [each.text for each in guest.page.iter("h3") if each.text in steps] == steps
    assert shop.is_clips


def test_you_log_on_with_the_name_and_password_of_the_mail_from_when_your_company_was_created(
    shop: Product, worker: Callable[[], None], mailoutbox: list[EmailMessage]
) -> None:
    """Log ind på TrueLink via www.truelink.dk og menuen ”Log på”, med det brugernavn og kodeord, som du har fået
    tilsendt på din mailadresse i forbindelse med oprettelsen af din virksomhed på TrueLink.dk.

    The one deliberate deviation: the mail holds a link for choosing the password, not a password.
    """
    company = {"name": "Holm & Søn ApS", "cvr": "13585628", "address": "Vestergade 12", "postal_code": "5000"}
    mails = {"city": "Odense C", "administrative_email": "kontor@holm.example", "invoice_email": "faktura@holm.example"}
    person = {"username": "karen", "email": "karen@holm.example", "first_name": "Karen", "last_name": "Holm"}
    office = Visitor(StaffFactory.create())
    office.send("/admin/accounts/company/add/", [*company.items(), *mails.items(), *person.items()])
    worker()
    [mail] = mailoutbox
    assert mail.to == ["karen@holm.example"]
    assert "Dit brugernavn: karen" in mail.body
    link = re.search(r"http://testserver(/kodeord/\S+)", str(mail.body))
    assert link is not None
    member = Visitor().open(link[1])
    member.fill("Nyt kodeord", "fjord-og-klit-1957").fill("Gentag det nye kodeord", "fjord-og-klit-1957")
    member.press("Gem kodeord")
    member = Visitor().open("/").click("Log på")
    assert member.heading == "Log på"
    member.fill("Brugernavn", "karen").fill("Kodeord", "fjord-og-klit-1957").press("Log på")
    assert member.heading == "Egen vedligeholdelse"
    assert shop.is_active
