"""axe-core on every page that a walk through the shop passes: light on a wide screen, dark on the narrowest.

Two languages, two modes and four widths: `benchmarks/axe.py`, whose table is in docs/accessibility.md.
"""

import pytest
from playwright.sync_api import Browser

from demo.walks import walk_all
from tests.browser.axe import Scheme, looker
from tests.browser.demo_server import DemoServer

pytestmark = [pytest.mark.browser, pytest.mark.processes]

_MATRIX: list[tuple[Scheme, int]] = [("light", 1280), ("dark", 320)]


def test_axe_finds_nothing_and_nothing_scrolls_sideways_on_any_page(demo: DemoServer, browser: Browser) -> None:
    found: list[str] = []
    looked_at: set[str] = set()

    def tell(name: str, scheme: Scheme, width: int, faults: list[str]) -> None:
        looked_at.add(name)
        found.extend(f"{name}, {scheme}, {width} px: {fault}" for fault in faults)

    walk_all(browser, demo.url, looker(_MATRIX, tell))

    assert found == []
    # Whether the PDF is still being made when it is asked for is up to the worker.
    assert len(looked_at - {"pdf-pending"}) == 56
