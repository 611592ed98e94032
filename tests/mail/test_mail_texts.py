"""What each mail says, to whom, and that names come out as they are written."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Company, User
from billing.models import Document, DocumentKind, MailKind, Order, OutboxMail, PaymentMethod, Seller
from billing.outbox import send_queued
from billing.services.cancelling import cancel_order
from billing.services.rendering import make_pdf
from billing.services.settling import Received, settle_order
from catalog.models import Product
from tests.factories import CompanyFactory, UserFactory, open_shop, pay, place, support

pytestmark = pytest.mark.django_db

_NAME = "Ørbæk Tømrer & Snedker <ApS>"


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 23, 9, 30, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def clips() -> Product:
    """The shop with "Fakturaklip" for 2.50 kr., 2.25 kr. from 1,000."""
    return open_shop()


@pytest.fixture
def user() -> User:
    """A buyer of a company whose name holds what markup and headers trip over."""
    company = CompanyFactory.create(
        name=_NAME, administrative_email="kontor@oerbaek.example", invoice_email="faktura@oerbaek.example"
    )
    return UserFactory.create(company=company, username="karen", email="karen@oerbaek.example")


def only(kind: MailKind) -> OutboxMail:
    """The one mail of this kind."""
    return OutboxMail.objects.get(kind=kind)


def plain(text: str) -> str:
    """The text with its no-break spaces as spaces."""
    return text.replace("\u00a0", " ")


def pay_by_card(order: Order) -> None:
    """Settle the order by card."""
    received = Received(method=PaymentMethod.CARD, amount=order.total, received_on=date(2026, 11, 23), key="card:1")
    settle_order(order_id=order.pk, received=received)


def address(document: Document) -> str:
    """Where the document stands in the shop."""
    return "http://testserver" + reverse("billing:document", args=[document.pk])


_CONTACT = """
Har du spørgsmål, er du velkommen til at kontakte vores kundecenter på kundecenter@truelink.dk \
eller telefon 70 00 00 00.

Venlig hilsen
TrueLink Test A/S
Havnegade 1, 8000 Aarhus C
CVR-nr. 13585628
"""


def test_writes_the_invoice(clips: Product, user: User) -> None:
    placed = place(user, (clips, 1000), (support(), 2))
    assert placed.invoice is not None

    mail = only(MailKind.INVOICE)

    assert mail.recipients == ["faktura@oerbaek.example"]
    assert mail.sender == "TrueLink <kundecenter@truelink.dk>"
    assert (mail.order, mail.company, mail.document) == (placed.order, user.company, placed.invoice)
    assert mail.subject == "Faktura 10001 fra TrueLink Test A/S"
    assert (
        plain(mail.text)
        == f"""Hej

Tak for bestilling {placed.order.pk} fra {_NAME}. Faktura 10001 er vedhæftet som PDF.

At betale: 4.937,50 kr.
Betal senest: 1. december 2026

DET HAR DU BESTILT
- 1.000 stk. Fakturaklip à 2,25 kr.: 2.250,00 kr.
- 2 time B2B fakturamodtagersupport à 850,00 kr.: 1.700,00 kr.

Beløb uden moms: 3.950,00 kr.
Moms 25 %: 987,50 kr.
I alt med moms: 4.937,50 kr.

SÅDAN BETALER DU
Overfør beløbet til vores konto, og skriv betalingsreferencen i teksten til modtageren:
Bank: Prøvebanken
Reg.nr.: 0040
Kontonr.: 0440116243
IBAN: DK50 0040 0440 1162 43
Betalingsreference: 000000000100016

Eller betal med FIK:
+71<000000000100016+89012345<

HVAD SKER DER NU?
Klippene sættes ind på din konto, og vi går i gang med supporten, når vi har registreret din indbetaling.
Du får en bekræftelse på kontor@oerbaek.example.

Se fakturaen: {address(placed.invoice)}
{_CONTACT}"""
    )


@pytest.mark.parametrize(
    ("buys_clips", "sentence"),
    [
        (True, "Klippene sættes ind på din konto, når vi har registreret din indbetaling."),
        (False, "Vi går i gang med supporten, når vi har registreret din indbetaling."),
    ],
)
def test_promises_what_was_ordered_and_nothing_else(
    clips: Product, user: User, buys_clips: bool, sentence: str
) -> None:
    place(user, (clips, 100) if buys_clips else (support(), 1))

    mail = only(MailKind.INVOICE)

    assert f"HVAD SKER DER NU?\n{sentence}\nDu får" in mail.text
    assert sentence in mail.html


def test_writes_the_confirmation_of_a_transfer(clips: Product, user: User) -> None:
    pay(place(user, (clips, 6000)).order)
    OutboxMail.objects.all().delete()
    placed = place(user, (clips, 100), (support(), 2))
    assert placed.invoice is not None
    pay(placed.order)

    mail = only(MailKind.CONFIRMATION)

    assert mail.recipients == ["kontor@oerbaek.example"]
    assert mail.document is None
    assert mail.subject == "Vi har registreret din indbetaling af faktura 10002"
    assert (
        plain(mail.text)
        == f"""Hej

Vi har registreret din indbetaling på 2.437,50 kr. den 23. november 2026. Faktura 10002 (bestilling {placed.order.pk}) er betalt. Tak!

Klippene er sat ind på din konto:
- Fakturaklip: 100 klip sat ind. Ny saldo: 6.100 klip, der gælder til og med 23. november 2028.

Se dine konti: http://testserver/egen-vedligeholdelse/konti/

Du har købt support:
- 2 time B2B fakturamodtagersupport
Kundecenteret kontakter dig, aftaler det videre forløb og udfører opgaven.

Se fakturaen: {address(placed.invoice)}
{_CONTACT}"""  # noqa: E501 (a sentence of a mail is one line)
    )


def test_speaks_only_of_support_when_only_support_was_bought(clips: Product, user: User) -> None:
    pay(place(user, (support(), 3)).order)

    mail = only(MailKind.CONFIRMATION)

    assert "er betalt. Tak!\n\nDu har købt support:\n- 3 time B2B fakturamodtagersupport\nKundecenteret" in mail.text
    for part in (mail.text, mail.html):
        assert "klip sat ind" not in part
        assert "Se dine konti" not in part


def test_writes_the_receipt_of_a_card_payment(clips: Product, user: User) -> None:
    order = place(user, (clips, 1000), method=PaymentMethod.CARD).order
    assert not OutboxMail.objects.exists()
    pay_by_card(order)
    invoice = order.documents.get()

    mail = only(MailKind.RECEIPT)

    assert mail.recipients == ["kontor@oerbaek.example"]
    assert mail.document == invoice
    assert mail.subject == f"Kvittering for bestilling {order.pk} hos TrueLink Test A/S"
    assert (
        plain(mail.text)
        == f"""Hej

Tak for dit køb. 2.812,50 kr. med moms er betalt med betalingskort den 23. november 2026. Faktura 10001 er vedhæftet som PDF.

DET HAR DU KØBT
- 1.000 stk. Fakturaklip à 2,25 kr.: 2.250,00 kr.

Beløb uden moms: 2.250,00 kr.
Moms 25 %: 562,50 kr.
I alt med moms: 2.812,50 kr.

Klippene er sat ind på din konto:
- Fakturaklip: 1.000 klip sat ind. Ny saldo: 1.000 klip, der gælder til og med 23. november 2027.

Se dine konti: http://testserver/egen-vedligeholdelse/konti/

Se kvitteringen: {address(invoice)}
{_CONTACT}"""  # noqa: E501 (a sentence of a mail is one line)
    )


def test_writes_the_credit_note(clips: Product, user: User) -> None:
    order = place(user, (clips, 100)).order
    cancel_order(order_id=order.pk, actor=None, reason='Bestilt to gange & "forkert"')
    credit_note = order.documents.get(kind=DocumentKind.CREDIT_NOTE)

    mail = only(MailKind.CREDIT_NOTE)

    assert mail.document == credit_note
    assert mail.subject == "Kreditnota 500001 til faktura 10001"
    assert (
        plain(mail.text)
        == f"""Hej

Kreditnota 500001 til faktura 10001 er vedhæftet som PDF. Den lyder på 312,50 kr. med moms.

Bestilling {order.pk} er annulleret. Faktura 10001 skal ikke betales.

Årsag: Bestilt to gange & "forkert"

DET ER KREDITERET
- 100 stk. Fakturaklip à 2,50 kr.: 250,00 kr.

Beløb uden moms: 250,00 kr.
Moms 25 %: 62,50 kr.
I alt med moms: 312,50 kr.

Se kreditnotaen: {address(credit_note)}
{_CONTACT}"""
    )


def test_sends_the_credit_note_to_whoever_had_the_invoice(clips: Product, user: User) -> None:
    order = place(user, (clips, 100)).order
    Company.objects.update(invoice_email="ny@oerbaek.example")

    cancel_order(order_id=order.pk, actor=None, reason="")

    assert only(MailKind.CREDIT_NOTE).recipients == ["faktura@oerbaek.example"]
    assert "Årsag" not in only(MailKind.CREDIT_NOTE).text


@pytest.mark.fault(57)
@pytest.mark.parametrize("kind", [MailKind.INVOICE, MailKind.CONFIRMATION, MailKind.CREDIT_NOTE, MailKind.RECEIPT])
def test_escapes_names_in_html_and_nowhere_else(clips: Product, user: User, kind: MailKind) -> None:
    Product.objects.update(name='<img src="http://127.0.0.1/"> & klip')
    pay(place(user, (clips, 100)).order)
    cancel_order(order_id=place(user, (clips, 100)).order.pk, actor=None, reason="")
    pay_by_card(place(user, (clips, 100), method=PaymentMethod.CARD).order)
    pay(place(user, (support(name='<img src="http://127.0.0.1/"> & support'), 1)).order)

    mail = OutboxMail.objects.filter(kind=kind).order_by("-pk")[0]

    assert '<img src="http://127.0.0.1/"> & ' in mail.text
    assert "&lt;img src=&quot;http://127.0.0.1/&quot;&gt; &amp; " in mail.html
    assert "<img" not in mail.html
    for entity in ("&amp;", "&lt;", "&quot;", "&#x27;"):
        assert entity not in mail.text


@pytest.mark.parametrize("kind", [MailKind.INVOICE, MailKind.CONFIRMATION, MailKind.CREDIT_NOTE, MailKind.RECEIPT])
def test_says_the_same_in_html(clips: Product, user: User, kind: MailKind) -> None:
    pay(place(user, (clips, 100)).order)
    cancel_order(order_id=place(user, (clips, 100)).order.pk, actor=None, reason="Bestilt to gange")
    pay_by_card(place(user, (clips, 100), method=PaymentMethod.CARD).order)
    mail = OutboxMail.objects.filter(kind=kind).order_by("pk")[0]
    document = mail.document or mail.order.documents.get()  # type: ignore[union-attr]

    html = plain(mail.html)

    assert html.startswith("<!DOCTYPE html>")
    assert '<html lang="da">' in html
    assert f'href="{address(document)}"' in html
    assert '<a href="mailto:kundecenter@truelink.dk">kundecenter@truelink.dk</a>' in html
    assert "312,50 kr." in html
    assert "<img" not in html
    assert "</a> eller telefon 70 00 00 00." in html
    assert "http://" not in html.replace("http://testserver/", "")
    expected = {
        MailKind.INVOICE: ["1. december 2026", "0440116243", "+71&lt;000000000100016+89012345&lt;", "Fakturaklip"],
        MailKind.CONFIRMATION: ["100 klip sat ind", "Ny saldo: 100 klip", "til og med 23. november 2027"],
        MailKind.CREDIT_NOTE: ["til faktura 10002", "skal ikke betales", "Årsag: Bestilt to gange", "62,50 kr."],
        MailKind.RECEIPT: ["betalt med betalingskort", "62,50 kr.", "Ny saldo: 200 klip", "23. november 2027"],
    }
    for fact in expected[kind]:
        assert fact in html


def test_writes_danish_whatever_the_page_spoke(clips: Product, user: User) -> None:
    with override("en"):
        place(user, (clips, 1000))

    assert "Betal senest: 1. december 2026" in only(MailKind.INVOICE).text
    assert "2.250,00" in only(MailKind.INVOICE).text


@pytest.mark.fault(58)
def test_invoice_names_the_buyers_own_number_when_there_is_one(user: User, clips: Product) -> None:
    place(user, (clips, 100), purchase_order_number="PO <7>")
    mail = only(MailKind.INVOICE)
    assert "Rekvisitionsnr.: PO <7>\nAt betale: " in mail.text
    assert "PO &lt;7&gt;" in mail.html


@pytest.mark.parametrize("field", ["name", "address", "city", "purchase_order_number"])
@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\u2028", "\x00", "\u202e"])
def test_refuses_line_breaks_in_a_companys_data(user: User, field: str, breaks: str) -> None:
    company = user.company
    assert company is not None
    setattr(company, field, f"Firma{breaks}Bcc: ond@example.com")

    with pytest.raises(ValidationError) as refusal:
        company.full_clean()

    assert list(refusal.value.message_dict) == [field]


@pytest.mark.fault(58)
def test_keeps_line_breaks_out_of_the_heads_of_mails(
    clips: Product, user: User, mailoutbox: list[EmailMessage]
) -> None:
    # Past the forms, as a script might write it.
    Seller.objects.update(name="TrueLink\r\nBcc: ond@example.com")
    place(user, (clips, 100))
    mail = only(MailKind.INVOICE)
    make_pdf(mail.document_id or 0)

    assert mail.subject == "Faktura 10001 fra TrueLink Bcc: ond@example.com"
    assert send_queued(mail.pk) is True
    assert mailoutbox[0].recipients() == ["faktura@oerbaek.example"]
    assert mailoutbox[0].message()["Bcc"] is None


def test_mails_a_link_for_a_forgotten_password(clips: Product, user: User, client: Client) -> None:
    client.post("/glemt-kodeord/", {"email": "karen@oerbaek.example"})

    mail = only(MailKind.ACCOUNT)

    assert mail.recipients == ["karen@oerbaek.example"]
    assert mail.secret is True
    assert mail.subject.endswith("Vælg et nyt kodeord")
    assert "Dit brugernavn: karen\n\nVælg et nyt kodeord her:\nhttp://testserver/kodeord/" in mail.text
    assert mail.text.endswith(_CONTACT.strip())
    assert "Dit brugernavn: <strong>karen</strong>" in mail.html
    _says_nothing_that_the_guide_does_not_say(mail.text + mail.html)


def test_tells_a_stranger_that_there_is_no_such_user(clips: Product, client: Client) -> None:
    client.post("/glemt-kodeord/", {"email": "ukendt@example.com"})

    mail = only(MailKind.ACCOUNT)

    assert mail.recipients == ["ukendt@example.com"]
    assert mail.subject.endswith("Vi kender ikke denne e-mail")
    assert "Vi har ingen bruger med den e-mail." in mail.text
    assert "http" not in mail.text  # nobody signs up by themselves
    _says_nothing_that_the_guide_does_not_say(mail.text + mail.html)


def test_welcomes_a_new_user(clips: Product, user: User) -> None:
    context = {
        "user": user,
        "company": user.company,
        "choose_password_url": "http://testserver/kodeord/1-abc/",
        "log_on_url": "http://testserver/log-paa/",
        "valid_days": 3,
        "seller": Seller.objects.get(),
    }

    assert render_to_string("mail/welcome/subject.txt", context).split() == (
        "Velkommen til TrueLink Test A/S: vælg dit kodeord".split()
    )
    text = render_to_string("mail/welcome/body.txt", context)
    assert text.startswith(f"Hej Karen\n\nDu er oprettet som bruger for {_NAME}, der er medlem af TrueLink")
    assert "Dit brugernavn: karen\n\nVælg dit kodeord her:\nhttp://testserver/kodeord/1-abc/\n" in text
    assert "virker i 3 dage" in text
    assert text.rstrip().endswith(_CONTACT.strip())
    html = render_to_string("mail/welcome/body.html", context)
    assert "Du er oprettet som bruger for Ørbæk Tømrer &amp; Snedker &lt;ApS&gt;, der er medlem" in html
    assert 'href="http://testserver/kodeord/1-abc/"' in html
    _says_nothing_that_the_guide_does_not_say(text + html)


def _says_nothing_that_the_guide_does_not_say(text: str) -> None:
    for word in ("adgangskode", "password", "log ind", "logge ind"):
        assert word not in text.lower()
