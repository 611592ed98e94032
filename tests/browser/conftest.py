"""The demo and the browser that tests of this folder share."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.card_buyer import CardBuyer
from tests.browser.demo_server import DemoServer, start_demo
from tests.browser.scripted import ScriptedMember
from tests.simulator import Simulator


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[DemoServer]:
    """A running demo with its sample data. Asks for the browser first: without one, nothing is started."""
    server = start_demo(tmp_path_factory.mktemp("demo"))
    yield server
    server.stop()


@pytest.fixture
def stripe(demo: DemoServer) -> Iterator[Simulator]:
    """The demo's simulator of Stripe, which delivers webhooks again after the test."""
    yield demo.stripe
    demo.stripe.release()


@pytest.fixture
def buyer(demo: DemoServer, page: Page) -> CardBuyer:
    """A member who has just logged on, with an empty cart."""
    member = CardBuyer(page, demo)
    member.log_on()
    return member


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Browsers of members: Danish, and without JavaScript."""
    return {**browser_context_args, "locale": "da-DK", "java_script_enabled": False}


@pytest.fixture
def office(browser: Browser, demo: DemoServer) -> Iterator[Page]:
    """A second browser, in which a member of staff is logged on."""
    context = browser.new_context(locale="da-DK", java_script_enabled=False)
    page = context.new_page()
    page.goto(demo.url)
    page.get_by_role("link", name="Log på").first.click()
    page.get_by_label("Brugernavn").fill("kundecenter")
    page.get_by_label("Kodeord").fill("klip-demo-100")
    page.get_by_role("button", name="Log på").click()
    yield page
    context.close()


@pytest.fixture
def scripted(browser: Browser, demo: DemoServer) -> Iterator[ScriptedMember]:
    """A member who has just logged on in a browser with JavaScript; whatever a page complains of fails the test."""
    context = browser.new_context(locale="da-DK", java_script_enabled=True)
    member = ScriptedMember(context.new_page(), demo)
    member.log_on()
    yield member
    context.close()
    assert member.complaints == []
