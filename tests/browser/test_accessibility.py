"""axe-core on every page that a walk through the shop passes, by turns light and wide, and dark on a narrow screen.

Two languages, two modes and four widths: `benchmarks/axe.py`, whose table is in docs/accessibility.md.
"""

from collections.abc import Iterator
from itertools import cycle

import pytest
from playwright.sync_api import Browser, Page

from demo.walks import walk_all
from tests.browser.axe import Scheme, faults, held, sideways
from tests.browser.demo_server import DemoServer

pytestmark = [pytest.mark.browser, pytest.mark.processes]

_NARROWEST = 320


def test_axe_finds_nothing_and_nothing_scrolls_sideways_on_any_page(demo: DemoServer, browser: Browser) -> None:
    found: list[str] = []
    looked_at: set[str] = set()
    looks: Iterator[tuple[Scheme, int]] = cycle([("light", 1280), ("dark", _NARROWEST)])

    def look(page: Page, name: str) -> None:
        scheme, width = next(looks)
        with held(page):
            told = [*faults(page, scheme, width), *sideways(page, _NARROWEST)]
        looked_at.add(name)
        found.extend(f"{name}, {scheme}, {width} px: {fault}" for fault in told)

    walk_all(browser, demo.url, look)

    assert found == []
    # Whether the PDF is still being made when it is asked for is up to the worker.
    assert len(looked_at - {"pdf-pending"}) == 56
