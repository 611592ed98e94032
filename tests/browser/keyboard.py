"""Somebody who has a keyboard and nothing else."""

from dataclasses import dataclass

from playwright.sync_api import Page

_LONGEST_WAY = 120
_WHERE = """() => {
    const one = document.activeElement;
    const labels = [...(one.labels || [])];
    const words = one.getAttribute("aria-label") || labels[0]?.innerText || one.innerText || one.value || "";
    const isMarked = each => each && parseFloat(getComputedStyle(each).outlineWidth) >= 2
        && getComputedStyle(each).outlineStyle !== "none";
    const box = one.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return {
        name: words.replace(/\\s+/g, " ").trim(),
        inside: one.closest("article, tr")?.innerText || "",
        marked: isMarked(one) || isMarked(one.closest("li")),
        seen: !!top && [one, ...labels].some(each => each.contains(top) || top.contains(each)),
        tag: one.tagName,
    };
}"""


@dataclass
class Keyboard:
    """Goes through a page with Tab, and expects to see where it is at each stop."""

    page: Page

    def go_to(self, name: str, *, inside: str = "") -> None:
        """Press Tab until the focus is on an element whose name begins so, inside a row or article with a text."""
        stops = []
        for _ in range(_LONGEST_WAY):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(_WHERE)
            if here["tag"] == "BODY":
                continue
            stops.append(here["name"])
            assert here["marked"], f"nobody sees that the focus is on «{here['name']}»"
            assert here["seen"], f"something covers «{here['name']}» while it has the focus"
            if here["name"].startswith(name) and inside in here["inside"]:
                return
        raise AssertionError(f"«{name}» is not reached by Tab: {stops}")

    def press(self, name: str, *, inside: str = "") -> None:
        """Go to a link or button and press Enter."""
        self.go_to(name, inside=inside)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, name: str, text: str, *, inside: str = "") -> None:
        """Go to a field and type; what stood there is replaced, as Tab has marked it."""
        self.go_to(name, inside=inside)
        self.page.keyboard.type(text)

    def choose(self, name: str) -> None:
        """Go to a checkbox or a group of choices, and set it with Space; arrows go on within a group."""
        for _ in range(_LONGEST_WAY):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(_WHERE)
            if here["name"].startswith(name):
                self.page.keyboard.press("Space")
                return
            if self.page.evaluate("document.activeElement.type") == "radio" and self._by_arrows(name):
                return
        raise AssertionError(f"«{name}» is not reached")

    def _by_arrows(self, name: str) -> bool:
        """Whether the choice is one of the group in which the focus is; it is chosen then."""
        choices = self.page.evaluate("document.getElementsByName(document.activeElement.name).length")
        for _ in range(choices):
            self.page.keyboard.press("ArrowDown")
            if self.page.evaluate(_WHERE)["name"].startswith(name):
                return True
        return False
