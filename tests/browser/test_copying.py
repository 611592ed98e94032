""" "Kopiér" in the payment box of an invoice: static/js/copy.js."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.card_buyer import CardBuyer
from tests.browser.demo_server import DemoServer
from tests.browser.scripted import ScriptedMember

pytestmark = [pytest.mark.browser, pytest.mark.processes]

BOX = "Sådan betaler du"
# Each button with what it copies; the reference and the FIK line are the invoice's own.
COPIES = {
    "Kopiér beløb": r"281,25",
    "Kopiér FIK-linje": r"\+71<\d{15}\+89012345<",
    "Kopiér kortart": r"71",
    "Kopiér kreditornr.": r"89012345",
    "Kopiér reg.nr.": r"9999",
    "Kopiér kontonr.": r"0001234567",
    "Kopiér IBAN": r"DK69 9999 0001 2345 67",
}


@pytest.fixture(scope="module")
def invoice(demo: DemoServer, browser: Browser) -> str:
    """The address of an invoice that waits for its transfer."""
    context = browser.new_context(locale="da-DK", java_script_enabled=False)
    buyer = CardBuyer(context.new_page(), demo)
    buyer.log_on()
    buyer.order(payment="Betal via kontooverførsel")
    address = buyer.page.url
    context.close()
    return address


@pytest.fixture
def at_invoice(scripted: ScriptedMember, invoice: str) -> Iterator[Page]:
    """A member who may write to the clipboard, at the invoice."""
    scripted.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    scripted.page.goto(invoice)
    yield scripted.page
    scripted.page.context.clear_permissions()


def box_of(page: Page) -> Locator:
    return page.get_by_role("region", name=BOX)


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_each_value_is_copied_by_a_button_that_says_which(at_invoice: Page) -> None:
    box = box_of(at_invoice)
    for name, copied in COPIES.items():
        box.get_by_role("button", name=name, exact=True).click()
        expect(box.get_by_role("status")).to_have_text("Kopieret")
        assert re.fullmatch(copied, clipboard(at_invoice)), name
    for way in (".pay-way-fik", ".pay-way:not(.pay-way-fik)"):
        button = box.locator(way).get_by_role("button", name="Kopiér betalingsreference", exact=True)
        button.click()
        expect(box.locator(way).get_by_role("button", name="Kopieret betalingsreference")).to_be_visible()
        assert re.fullmatch(r"\d{15}", clipboard(at_invoice))
    assert box.get_by_role("button").count() == len(COPIES) + 2


def test_only_the_last_copied_value_says_so_and_not_for_ever(at_invoice: Page) -> None:
    box = box_of(at_invoice)
    expect(box.get_by_role("status")).to_have_text("")
    for name in ("beløb", "IBAN"):
        box.get_by_role("button", name=f"Kopiér {name}").click()
        expect(box.get_by_role("button", name="Kopieret")).to_have_text(re.compile(rf"Kopieret\s*{name}"))
    expect(box.get_by_role("button", name="Kopieret")).to_have_count(0, timeout=10_000)
    expect(box.get_by_role("status")).to_have_text("")


def test_button_is_reached_and_pressed_by_keyboard_and_keeps_the_focus(at_invoice: Page) -> None:
    first = box_of(at_invoice).get_by_role("button", name="beløb")
    first.focus()
    at_invoice.keyboard.press("Enter")
    expect(first).to_have_text(re.compile("Kopieret"))
    expect(first).to_be_focused()


@pytest.mark.parametrize(
    "without",
    [
        "Object.defineProperty(navigator, 'clipboard', { value: undefined })",
        "navigator.permissions.query = async () => ({ state: 'denied' })",
    ],
)
def test_without_a_clipboard_that_may_be_written_to_there_is_no_button(
    scripted: ScriptedMember, invoice: str, without: str
) -> None:
    scripted.page.add_init_script(without)
    scripted.page.goto(invoice)
    expect(box_of(scripted.page)).to_contain_text("DK69 9999 0001 2345 67")
    scripted.page.wait_for_load_state("networkidle")
    assert box_of(scripted.page).get_by_role("button").count() == 0


def test_value_that_cannot_be_copied_after_all_is_marked_to_be_copied_by_hand(
    scripted: ScriptedMember, invoice: str
) -> None:
    scripted.page.add_init_script("navigator.clipboard.writeText = async () => { throw new Error('no') }")
    scripted.page.goto(invoice)
    box = box_of(scripted.page)
    box.get_by_role("button", name="Kopiér IBAN").click()
    expect(box.get_by_role("button", name="IBAN")).to_have_count(0)
    assert scripted.page.evaluate("getSelection().toString()") == "DK69 9999 0001 2345 67"
    expect(box.get_by_role("status")).to_have_text("")


def test_without_javascript_there_is_no_button(buyer: CardBuyer, invoice: str) -> None:
    buyer.page.goto(invoice)
    expect(box_of(buyer.page)).to_contain_text("DK69 9999 0001 2345 67")
    assert box_of(buyer.page).get_by_role("button").count() == 0


@pytest.mark.parametrize("width", [320, 390])
def test_payment_box_and_priced_product_fit_a_narrow_screen(
    demo: DemoServer, scripted: ScriptedMember, invoice: str, width: int
) -> None:
    scripted.page.set_viewport_size({"width": width, "height": 800})
    scripted.page.goto(invoice)
    expect(box_of(scripted.page).get_by_role("button", name="Kopiér IBAN")).to_be_visible()
    assert _width(scripted.page) == width
    scripted.page.goto(f"{demo.url}/koeb/")
    offer = scripted.page.get_by_role("article", name="Fakturaklip")
    offer.get_by_label("Antal").fill("999999")
    expect(offer.locator("output")).to_contain_text("999.999 stk.")
    offer.get_by_role("button", name="Læg i kurv").click()
    for path in ("/koeb/", "/kurv/", "/kassen/"):
        scripted.page.goto(demo.url + path)
        assert _width(scripted.page) == width, path


def _width(page: Page) -> Any:
    return page.evaluate("document.documentElement.scrollWidth")
