"""An invoice printed from the screen: the sheet alone, dark on white whatever the screen's mode."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.card_buyer import CardBuyer
from tests.browser.demo_server import DemoServer

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """A browser whose colours can be asked for."""
    return {**browser_context_args, "java_script_enabled": True, "color_scheme": "dark"}


def test_paper_shows_the_invoice_alone(demo: DemoServer, page: Page) -> None:
    CardBuyer(page, demo).log_on()
    page.goto(f"{demo.url}/dokumenter/1/")
    page.emulate_media(media="print", color_scheme="dark")

    expect(page.get_by_role("article")).to_contain_text("Faktura 10001")
    for left_out in ("banner", "complementary", "navigation", "contentinfo", "button"):
        expect(page.get_by_role(left_out)).to_have_count(0)
    assert page.evaluate("() => getComputedStyle(document.querySelector('.paper')).color") == "rgb(20, 35, 42)"
