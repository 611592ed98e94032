"""The whole guide with the keyboard alone: every stop of the focus is seen, and nothing covers it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.demo_server import DemoServer
from tests.browser.keyboard import Keyboard
from tests.simulator import VISA

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser that tells where its focus is, which takes JavaScript, and does not slide to it."""
    context = browser.new_context(locale="da-DK", reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def keyboard(demo: DemoServer, page: Page) -> Keyboard:
    """Somebody who has come to the front page and logged on, by keyboard."""
    keys = Keyboard(page)
    page.goto(demo.url)
    keys.press("Log på")
    keys.type("Brugernavn", "medlem")
    keys.type("Kodeord", "klip-demo-100")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return keys


def fill_cart(keyboard: Keyboard) -> None:
    """Put 100 invoice clips into the cart, after too few, and go to the checkout."""
    keyboard.press("Køb TrueLink klip og support")
    keyboard.type("Antal", "99", inside="Fakturaklip")
    with keyboard.page.expect_navigation():
        keyboard.page.keyboard.press("Enter")
    expect(keyboard.page).to_have_title(re.compile("^Fejl: "))
    keyboard.go_to("Fakturaklip: Du skal købe mindst 100 stk.")
    keyboard.page.keyboard.press("Enter")
    keyboard.page.keyboard.press("Control+a")
    keyboard.page.keyboard.type("100")
    with keyboard.page.expect_navigation():
        keyboard.page.keyboard.press("Enter")
    keyboard.press("Gå til kassen")


def send_order(keyboard: Keyboard, payment: str) -> None:
    """Choose how to pay, accept the terms and send."""
    keyboard.choose(payment)
    keyboard.choose("Jeg accepterer TrueLinks salgsbetingelser")
    keyboard.press("Afsend bestilling")


def test_the_focus_begins_with_a_way_past_the_menu(demo: DemoServer, page: Page) -> None:
    page.goto(demo.url)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Gå til indholdet")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_a_transfer_is_ordered_and_its_invoice_opened(keyboard: Keyboard) -> None:
    fill_cart(keyboard)
    keyboard.press("Afbryd bestilling")
    keyboard.press("Gå til kassen")
    send_order(keyboard, "Betal via kontooverførsel")

    expect(keyboard.page.get_by_role("heading", level=1)).to_have_text("Tak for din bestilling")
    keyboard.go_to("Åbn faktura som PDF")
    keyboard.press("Ordrer og fakturaer")
    expect(keyboard.page.get_by_role("heading", level=1)).to_have_text("Ordrer og fakturaer")


def test_a_card_pays_and_the_clips_are_seen(keyboard: Keyboard) -> None:
    fill_cart(keyboard)
    send_order(keyboard, "Betal med betalingskort")
    keyboard.choose("Visa/Dankort")
    keyboard.press("Gå til betaling")
    keyboard.type("Kortnummer", VISA)
    keyboard.type("Udløbsdato", "12/40")
    keyboard.type("Kontrolcifre", "123")
    keyboard.press("Betal 281,25 kr.")

    expect(keyboard.page.get_by_role("heading", level=1)).to_have_text("Kvittering", timeout=20_000)
    keyboard.press("Egen vedligeholdelse")
    keyboard.press("Konti")
    expect(keyboard.page.get_by_role("heading", level=1)).to_have_text("Konti")
