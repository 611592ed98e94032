""" "Ordrer og fakturaer": the member's orders and documents."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from billing.models import Document, PaymentMethod
from billing.services.cancelling import cancel_order
from billing.services.placing import Placed
from billing.services.settling import Received, settle_order
from catalog.models import Product
from tests.factories import TermsFactory, UserFactory, open_shop, pay, place, support
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def user() -> User:
    return UserFactory.create(first_name="Karen", last_name="Holm")


@pytest.fixture
def placed(user: User, fakturaklip: Product) -> Placed:
    with time_machine.travel(NOON, tick=False):
        return place(user, (fakturaklip, 1000), (support(), 2), purchase_order_number="PO 9")


@pytest.fixture
def visitor(user: User) -> Visitor:
    return Visitor(user)


def invoice_of(placed: Placed) -> Document:
    assert placed.invoice is not None
    return placed.invoice


# --- the list --------------------------------------------------------------------------------------------------------


def test_orders_are_listed_with_state_documents_and_money(visitor: Visitor, placed: Placed) -> None:
    visitor.open("/ordrer/")
    number = placed.order.number
    order = f"Bestilling {number} Rekvisitionsnr. PO 9 23.11.2026"
    documents = "Faktura 10001 PDF 4.937,50\u00a0kr."
    assert f"{order} Afventer betaling betal senest 01.12.2026 {documents}" in visitor.text
    pay(placed.order)
    assert f"{order} Betalt {documents}" in visitor.open("/ordrer/").text


def test_cancelled_order_is_listed_with_both_documents(visitor: Visitor, placed: Placed) -> None:
    cancel_order(order_id=placed.order.pk, actor=None, reason="Fortrudt")
    assert "Annulleret Faktura 10001 PDF Kreditnota 500001 PDF 4.937,50\u00a0kr." in visitor.open("/ordrer/").text


def test_orders_are_paged_the_newest_first(visitor: Visitor, user: User, fakturaklip: Product) -> None:
    orders = [place(user, (fakturaklip, 100)).order for _ in range(21)]
    visitor.open("/ordrer/")
    assert "Side 1 af 2" in visitor.text
    assert f"Bestilling {orders[-1].number} " in visitor.text
    assert f"Bestilling {orders[0].number} " not in visitor.text
    visitor.click("Næste")
    assert visitor.path == "/ordrer/?side=2"
    assert f"Bestilling {orders[0].number} " in visitor.text


def test_orders_leave_out_a_card_order_that_was_not_paid(visitor: Visitor, user: User, fakturaklip: Product) -> None:
    place(user, (fakturaklip, 100), method=PaymentMethod.CARD)
    assert "Ingen bestillinger endnu" in visitor.open("/ordrer/").text


# --- one order -------------------------------------------------------------------------------------------------------


def test_order_shows_lines_documents_and_money(visitor: Visitor, placed: Placed) -> None:
    visitor.open(f"/ordrer/{placed.order.pk}/")
    assert visitor.heading == f"Bestilling {placed.order.number}"
    assert "Fakturaklip 1.000 stk. 2,25\u00a0kr. 2.250,00\u00a0kr." in visitor.text
    assert "Moms 25\u00a0% 987,50\u00a0kr." in visitor.text
    assert "I alt med moms 4.937,50\u00a0kr." in visitor.text
    assert "Faktura 10001 23. november 2026 4.937,50\u00a0kr." in visitor.text
    assert "23. november 2026 kl. 12.00 af Karen Holm" in visitor.text
    assert "Kontooverførsel" in visitor.text
    assert "PO 9" in visitor.text
    assert f"Version {placed.order.terms.version}" in visitor.text
    assert "Indbetalt" not in visitor.text
    pay(placed.order)
    assert (
        "Indbetalt 4.937,50\u00a0kr., bogført i banken den 23. november 2026, registreret af os den"
    ) in visitor.open(f"/ordrer/{placed.order.pk}/").text


def test_order_that_waits_for_a_transfer_says_until_when_and_leads_to_how(visitor: Visitor, placed: Placed) -> None:
    visitor.open(f"/ordrer/{placed.order.pk}/")
    assert "Betal senest 1. december 2026. Kontonummer og betalingsreference står på faktura 10001." in visitor.text
    assert visitor.click("faktura 10001").path == f"/dokumenter/{invoice_of(placed).pk}/"
    pay(placed.order)
    assert "Betal senest" not in visitor.open(f"/ordrer/{placed.order.pk}/").text


def test_order_shows_the_money_that_was_too_much(visitor: Visitor, placed: Placed) -> None:
    pay(placed.order)
    again = Received(PaymentMethod.BANK_TRANSFER, Decimal("100.00"), NOON.date(), "bank-line:9")
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        settle_order(order_id=placed.order.pk, received=again)
    assert (
        "100,00\u00a0kr., bogført i banken den 23. november 2026, registreret af os den 24. november 2026 "
        "(overskydende beløb"
    ) in visitor.open(f"/ordrer/{placed.order.pk}/").text


# --- one document ----------------------------------------------------------------------------------------------------


def test_invoice_on_the_screen_says_how_to_pay_and_that_nothing_is_credited_yet(
    visitor: Visitor, placed: Placed
) -> None:
    visitor.open(f"/dokumenter/{invoice_of(placed).pk}/")
    for fact in (
        "Faktura 10001",
        "23. november 2026",
        "1. december 2026",
        "4.937,50\u00a0kr.",
        "+71<000000000100016+89012345<",
        "0040",
        "0440116243",
        "DK50 0040 0440 1162 43",
        "Til kontonummer Prøvebanken Reg.nr. 0040",
        "TrueLink Test A/S",
        "CVR-nr. 13585628",
        "PO 9",
        "Der er ikke sat klip ind på din konto endnu.",
    ):
        assert fact in visitor.text
    assert visitor.heading == "Faktura 10001"


def test_invoice_that_is_paid_says_so_and_asks_for_nothing(visitor: Visitor, placed: Placed) -> None:
    pay(placed.order)
    visitor.open(f"/dokumenter/{invoice_of(placed).pk}/?afsendt=1")
    assert visitor.heading == "Faktura 10001"
    assert "Betalt" in visitor.text
    assert "Der er ikke sat klip ind" not in visitor.text
    assert "Betalt med kontooverførsel." in visitor.part("Faktura 10001")
    assert visitor.has_link("Se dine klip")
    nothing_to_pay(visitor)


def test_invoice_that_is_cancelled_leads_to_its_credit_note_and_back(visitor: Visitor, placed: Placed) -> None:
    cancel_order(order_id=placed.order.pk, actor=None, reason="Bestilt to gange")
    visitor.open(f"/dokumenter/{invoice_of(placed).pk}/")
    assert "Bestillingen er annulleret, og fakturaen skal ikke betales." in visitor.text
    assert "Annulleret – se Kreditnota 500001" in visitor.part("Faktura 10001")
    nothing_to_pay(visitor)
    visitor.click("Se kreditnota 500001")
    assert visitor.heading == "Kreditnota 500001"
    assert "Faktura 10001" in visitor.text
    assert "Bestilt to gange" in visitor.text
    assert "4.937,50\u00a0kr." in visitor.text
    assert "+71<" not in visitor.text
    visitor.click("Se fakturaen")
    assert visitor.heading == "Faktura 10001"


def nothing_to_pay(visitor: Visitor) -> None:
    assert "I alt med moms 4.937,50\u00a0kr." in visitor.text
    for words in ("Sådan betaler du", "Betal senest", "At betale", "+71<", "IBAN", "Skriv betalingsreferencen"):
        assert words not in visitor.text


def test_invoice_and_order_of_support_say_nothing_of_clips(visitor: Visitor, user: User, fakturaklip: Product) -> None:
    placed = place(user, (support(), 1))
    pages = (f"/dokumenter/{invoice_of(placed).pk}/?afsendt=1", f"/ordrer/{placed.order.pk}/")
    for page in pages:
        assert "Vi går i gang med supporten, når vi har registreret din indbetaling." in visitor.open(page).text
        assert "klip" not in visitor.text.lower()
    pay(placed.order)
    for page in pages:
        assert "klip" not in visitor.open(page).text.lower()


def test_invoice_and_order_of_clips_say_nothing_of_support(visitor: Visitor, user: User, fakturaklip: Product) -> None:
    placed = place(user, (fakturaklip, 100))
    for page in (f"/dokumenter/{invoice_of(placed).pk}/?afsendt=1", f"/ordrer/{placed.order.pk}/"):
        assert "Klippene bliver sat ind på din konto, når vi har registreret din indbetaling." in (
            visitor.open(page).text
        )
        assert "support" not in visitor.text.lower()


def test_order_that_is_paid_says_what_was_delivered(visitor: Visitor, placed: Placed) -> None:
    assert "Leveret" not in visitor.open(f"/ordrer/{placed.order.pk}/").text
    pay(placed.order)
    visitor.open(f"/ordrer/{placed.order.pk}/")
    assert visitor.part("Leveret") == (
        "Leveret Fakturaklip 1.000 klip sat ind på kontoen B2B fakturamodtagersupport Kundecenteret kontakter dig"
    )
    placed.order.lines.filter(clip_type=None).update(performed_at=NOON)
    visitor.open(f"/ordrer/{placed.order.pk}/")
    assert "B2B fakturamodtagersupport Udført 23. november 2026" in visitor.part("Leveret")


def test_pdf_that_is_not_there_yet_is_a_page_that_looks_again(visitor: Visitor, placed: Placed) -> None:
    visitor.open(f"/dokumenter/{invoice_of(placed).pk}/pdf/")
    assert (visitor.status, visitor.heading) == (202, "PDF'en dannes")
    assert visitor.response.headers["Refresh"] == "2"


def test_pdf_is_served_byte_for_byte(visitor: Visitor, placed: Placed) -> None:
    invoice = invoice_of(placed)
    content = b"%PDF-1.7 \x00\xff\r\n"
    invoice.files.create(kind="pdf", content=content, sha256="0" * 64)
    visitor.open(f"/dokumenter/{invoice.pk}/pdf/")
    assert (visitor.status, visitor.content) == (200, content)
    headers = visitor.response.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"] == 'inline; filename="Faktura 10001.pdf"'
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("address", ["/ordrer/1/", "/dokumenter/1/", "/dokumenter/1/pdf/", "/salgsbetingelser/"])
def test_pages_of_orders_and_documents_take_no_post(visitor: Visitor, address: str) -> None:
    assert visitor.send(address, []).status == 405


# --- terms of sale ---------------------------------------------------------------------------------------------------


def test_terms_are_read_by_everybody_in_the_newest_version_and_in_each_older_one(client: Client) -> None:
    first = TermsFactory.create(version="2026-1", text="# Gamle vilkår\n\nFørst.")
    second = TermsFactory.create(version="2026-2", text="# Nye vilkår\n\n<b>Så</b>.")
    newest = client.get("/salgsbetingelser/").content.decode()
    assert "Version 2026-2" in newest
    assert "&lt;b&gt;Så&lt;/b&gt;." in newest
    assert "Gamle vilkår" in client.get(f"/salgsbetingelser/{first.pk}/").content.decode()
    assert "Nye vilkår" in client.get(f"/salgsbetingelser/{second.pk}/").content.decode()
    assert client.get("/salgsbetingelser/987654/").status_code == 404


def test_terms_are_no_part_of_the_orders_in_the_menu(visitor: Visitor, placed: Placed) -> None:
    for address, current in (("/salgsbetingelser/", []), ("/ordrer/", ["page"])):
        visitor.open(address)
        assert [link.get("aria-current") for link in visitor.page.iter("a") if "aria-current" in link.attrib] == current


def test_terms_that_were_never_published_are_not_found(client: Client) -> None:
    assert client.get("/salgsbetingelser/").status_code == 404
