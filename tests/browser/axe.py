"""What axe-core finds on a page, in a mode and at a width, and whether the page scrolls sideways there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route

from demo.walks import Look

Scheme = Literal["light", "dark"]
Tell = Callable[[str, Scheme, int, list[str]], None]

# WCAG 2.2 AA, and what axe holds to be good practice beyond it.
_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}
_SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults(page: Page, scheme: Scheme, width: int) -> list[str]:
    """Return what is wrong with the open page: axe's findings, each with its element, and sideways scrolling."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    beyond = sideways(page, width)
    result = Axe().run(page, options=_RULES)
    found = [
        f"{violation['id']}: {node['target']} {node['html'][:160]}"
        for violation in result.response["violations"]
        for node in violation["nodes"]
    ]
    return [*found, *beyond]


def sideways(page: Page, width: int) -> list[str]:
    """Return whether the open page scrolls sideways at the width, as a fault."""
    page.set_viewport_size({"width": width, "height": 900})
    beyond = page.evaluate(_SIDEWAYS)
    return [f"scrolls sideways by {beyond} px at {width} px"] if beyond > 0 else []


def looker(matrix: list[tuple[Scheme, int]], tell: Tell) -> Look:
    """Return a look for `demo.walks` that tells what is wrong with each page in each mode and width."""

    def look(page: Page, name: str) -> None:
        with held(page):
            for scheme, width in matrix:
                tell(name, scheme, width, faults(page, scheme, width))

    return look


@contextmanager
def held(page: Page) -> Iterator[None]:
    """Keep a page that looks again by itself from leaving while it is looked at."""

    def stay(route: Route) -> None:
        if route.request.is_navigation_request():
            route.abort("aborted")
        else:
            route.continue_()

    page.route("**/*", stay)
    try:
        yield
    finally:
        page.unroute("**/*", stay)
