"""Reading at 400 % on a screen of 1280 × 1024 (which leaves 320 × 256), with large type, and with wide spaces."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.card_buyer import CardBuyer
from tests.browser.demo_server import DemoServer

pytestmark = [pytest.mark.browser, pytest.mark.processes]

_BEYOND = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# WCAG 2.2, 1.4.4 and 1.4.12: what a reader may ask of any page.
_LARGE = "html { font-size: 200% !important; }"
_WIDE = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-bottom: 2em !important; }"""
_PAGES = (
    "/",
    "/koeb/",
    "/kurv/",
    "/kassen/",
    "/egen-vedligeholdelse/",
    "/egen-vedligeholdelse/konti/",
    "/egen-vedligeholdelse/konti/1/",
    "/egen-vedligeholdelse/modtagelse-af-faktura/",
    "/ordrer/",
    "/ordrer/bilag/2025/",
    "/ordrer/1/",
    "/dokumenter/1/",
    "/skift-kodeord/",
    "/salgsbetingelser/",
)
Open = Callable[[int, int], Page]


@pytest.fixture
def open_at(browser: Browser, demo: DemoServer) -> Iterator[Open]:
    """A member who has logged on, on a screen of a size."""
    contexts = []

    def open_page(width: int, height: int) -> Page:
        context = browser.new_context(
            locale="da-DK", viewport={"width": width, "height": height}, bypass_csp=True, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        CardBuyer(page, demo).log_on()
        return page

    yield open_page
    for context in contexts:
        context.close()


def add_clips(page: Page) -> None:
    """Put 100 invoice clips into the cart."""
    offer = page.get_by_role("article", name="Fakturaklip")
    offer.get_by_label("Antal").fill("100")
    offer.get_by_role("button", name="Læg i kurv").click()


def beyond(page: Page) -> int:
    """How many pixels the page is wider than the screen."""
    page.wait_for_load_state()
    return int(page.evaluate(_BEYOND))


def test_a_purchase_at_400_percent_never_scrolls_sideways(open_at: Open) -> None:
    page = open_at(320, 256)
    assert beyond(page) == 0
    add_clips(page)
    assert beyond(page) == 0
    page.get_by_role("link", name="Gå til kassen").click()
    assert beyond(page) == 0
    page.get_by_label("Betal via kontooverførsel").check()
    page.get_by_role("button", name="Afsend bestilling").click()
    expect(page.get_by_role("alert")).to_contain_text("Du skal acceptere salgsbetingelserne")
    assert beyond(page) == 0
    page.get_by_label("Jeg accepterer TrueLinks salgsbetingelser").check()
    page.get_by_role("button", name="Afsend bestilling").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tak for din bestilling")
    assert beyond(page) == 0


@pytest.mark.parametrize(("style", "width"), [(_LARGE, 640), (_WIDE, 320), (_WIDE, 1280)])
def test_large_type_and_wide_spaces_fit(open_at: Open, demo: DemoServer, style: str, width: int) -> None:
    page = open_at(width, 900)
    add_clips(page)
    found = {}
    for path in _PAGES:
        page.goto(demo.url + path)
        page.add_style_tag(content=style)
        found[path] = beyond(page)
    assert found == dict.fromkeys(_PAGES, 0)
