"""The guide, walked by its labels in a real browser without JavaScript: from the welcome mail to clips on "Konti"."""

import io
import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.browser.card_buyer import CardBuyer
from tests.browser.demo_server import DemoServer, pdf_of, text_of, wait_for
from tests.simulator import MASTERCARD

pytestmark = [pytest.mark.browser, pytest.mark.processes]

USER_NAME = "solveig"
PASSWORD = "ekstra lange klip 2026"


def create_company(office: Page) -> None:
    """Let staff create a member company with its first user."""
    office.get_by_role("link", name="Medlemmer", exact=True).click()
    office.get_by_role("link", name="Tilføj medlem").click()
    typed = {
        "name": "Solgården Mejeri ApS",
        "cvr": "99999942",
        "address": "Mejerivej 3",
        "postal_code": "6800",
        "city": "Varde",
        "administrative_email": "kontor@solgaarden.example",
        "invoice_email": "faktura@solgaarden.example",
        "username": USER_NAME,
        "first_name": "Solveig",
        "last_name": "Krog",
        "email": "solveig@solgaarden.example",
    }
    for name, value in typed.items():
        office.locator(f'[name="{name}"]').fill(value)
    office.get_by_role("button", name="Gem", exact=True).click()
    expect(office.locator("body")).to_contain_text("Solgården Mejeri ApS")


def choose_password(demo: DemoServer, page: Page) -> None:
    """Follow the link of the welcome mail and choose a password."""
    welcome = demo.mail(to="solveig@solgaarden.example", subject="Velkommen")
    text = text_of(welcome)
    assert f"Dit brugernavn: {USER_NAME}" in text
    assert [*welcome.iter_attachments()] == []
    link = re.search(r"http://127\.0\.0\.1:\d+/kodeord/\S+", text)
    assert link is not None
    page.goto(link.group())
    page.get_by_label("Nyt kodeord", exact=True).fill(PASSWORD)
    page.get_by_label("Gentag det nye kodeord").fill(PASSWORD)
    page.get_by_role("button").filter(has_text="kodeord").click()


def log_on(demo: DemoServer, page: Page) -> None:
    """Log on from the front page."""
    page.goto(demo.url)
    page.get_by_role("link", name="Log på").click()
    page.get_by_label("Brugernavn").fill(USER_NAME)
    page.get_by_label("Kodeord").fill(PASSWORD)
    page.get_by_role("button", name="Log på").click()


def fill_cart(page: Page) -> None:
    """Pick "Fakturaklip": too few first, then 1.000."""
    page.get_by_role("link", name="Egen vedligeholdelse").click()
    page.get_by_role("main").get_by_role("link", name="Køb TrueLink klip og support").click()
    invoice_clips = page.get_by_role("article", name="Fakturaklip")
    expect(invoice_clips).to_contain_text("min. 100 stk.")
    invoice_clips.get_by_label("Antal").fill("99")
    invoice_clips.get_by_role("button", name="Læg i kurv").click()
    expect(page).to_have_title(re.compile("^Fejl: "))
    expect(invoice_clips).to_contain_text("Du skal købe mindst 100 stk.")
    expect(invoice_clips.get_by_label("Antal")).to_have_value("99")
    invoice_clips.get_by_label("Antal").fill("1.000")
    invoice_clips.get_by_role("button", name="Læg i kurv").click()
    cart = page.get_by_role("complementary")
    expect(cart).to_contain_text("1.000 stk. Fakturaklip")
    expect(cart).to_contain_text("1.700,00\u00a0kr.")


def check_out(page: Page) -> None:
    """Go to the checkout, abandon, come back, and place the order."""
    page.get_by_role("link", name="Gå til kassen").click()
    page.get_by_role("link", name="Afbryd bestilling").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Køb TrueLink klip og support")
    expect(page.get_by_role("complementary")).to_contain_text("1.000 stk. Fakturaklip")
    page.get_by_role("link", name="Gå til kassen").click()
    page.get_by_label("Betal via kontooverførsel").check()
    page.get_by_role("button", name="Afsend bestilling").click()
    expect(page.get_by_role("alert")).to_contain_text("Du skal acceptere salgsbetingelserne")
    page.get_by_label("Rekvisitionsnr.").fill("MEJ-42")
    page.get_by_label("Jeg accepterer TrueLinks salgsbetingelser").check()
    page.get_by_role("button", name="Afsend bestilling").click()


def invoice_number(page: Page) -> str:
    """Check the invoice on the screen and return its number."""
    main = page.get_by_role("main")
    expect(main).to_contain_text("Der er ikke sat klip ind på din konto endnu")
    for fact in ("2.125,00\u00a0kr.", "0001234567", "+89012345<", "MEJ-42", "faktura@solgaarden.example"):
        expect(main).to_contain_text(fact)
    heading = re.search(r"Faktura (\d+)", main.inner_text())
    assert heading is not None
    return heading.group(1)


def open_pdf(demo: DemoServer, page: Page) -> bytes:
    """Open the invoice's PDF by its link, waiting while it is being made."""
    path = page.get_by_role("link", name="Åbn faktura som PDF").get_attribute("href")

    def look() -> bytes | None:
        answer = page.request.get(f"{demo.url}{path}")
        return answer.body() if answer.headers["content-type"] == "application/pdf" else None

    return wait_for(look, what="The PDF")


def mark_as_paid(office: Page, demo: DemoServer, number: str) -> None:
    """Let staff register the transfer from admin's front page."""
    office.goto(f"{demo.url}/admin/")
    row = office.get_by_role("row").filter(has_text=number)
    expect(row).to_contain_text("2.125,00\u00a0kr.")
    row.get_by_role("link", name="Markér som betalt").click()
    office.get_by_role("button", name="Markér som betalt").click()
    expect(office.locator(".messagelist")).to_contain_text("betalt")


def balance_on_konti(page: Page) -> str:
    """Open "Konti" through "Egen vedligeholdelse" and return what its main part says."""
    page.get_by_role("link", name="Egen vedligeholdelse").click()
    page.get_by_role("main").get_by_role("link", name="Konti").click()
    return page.get_by_role("main").inner_text()


def pay_by_card(demo: DemoServer, page: Page) -> str:
    """Change where receipts go, buy once more, by Mastercard, and return the order's number."""
    page.get_by_role("textbox", name="Administrativ e-mail").fill("bogholder@solgaarden.example")
    page.get_by_role("button", name="Gem").click()
    buyer = CardBuyer(page, demo)
    number = buyer.order_and_go_to_stripe("Mastercard")
    buyer.type_card(MASTERCARD)
    buyer.has_receipt(number)
    expect(page.get_by_role("main")).to_contain_text("bogholder@solgaarden.example")
    return number


def test_a_new_member_buys_clips_by_bank_transfer_and_by_card(
    demo: DemoServer, browser: Browser, page: Page, office: Page
) -> None:
    create_company(office)
    choose_password(demo, page)
    log_on(demo, page)
    fill_cart(page)
    check_out(page)
    number = invoice_number(page)
    expect(page.get_by_role("complementary")).to_contain_text("Din indkøbskurv er tom")

    pdf = open_pdf(demo, page)
    invoice_mail = demo.mail(to="faktura@solgaarden.example", subject=f"Faktura {number}")
    assert pdf_of(invoice_mail) == pdf
    printed = " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
    for fact in (
        f"Faktura {number}",
        "Solgården Mejeri ApS",
        "99999942",
        "MEJ-42",
        "2.125,00",
        "425,00",
        "Fakturaklip",
    ):
        assert fact in printed
    assert "1.000" not in balance_on_konti(page)

    mark_as_paid(office, demo, number)
    confirmation = demo.mail(to="kontor@solgaarden.example", subject="Vi har registreret")
    assert [*confirmation.iter_attachments()] == []
    assert "Fakturaklip: 1.000 klip sat ind. Ny saldo: 1.000 klip" in text_of(confirmation)
    assert "1.000" in balance_on_konti(page)

    order = pay_by_card(demo, page)
    receipt = demo.mail(to="bogholder@solgaarden.example", subject=f"Kvittering for bestilling {order} ")
    assert pdf_of(receipt).startswith(b"%PDF")
    assert "Fakturaklip: 100 klip sat ind. Ny saldo: 1.100 klip" in text_of(receipt)
    assert "1.100" in balance_on_konti(page)

    own = [mail["Subject"] for mail in demo.mails() if "solgaarden.example" in mail["To"]]
    assert len(own) == 4
