"""Look at every page with axe-core: two languages, light and dark, 320, 390, 768 and 1280 pixels.

Run by hand on a fresh demo: `./run reset; ./run demo`, then `var/venv/bin/python -m benchmarks.axe http://127.0.0.1:8000`.
Prints the table of docs/accessibility.md, then each finding; ends with 1 when there is one.
"""

import sys
from collections import defaultdict

from playwright.sync_api import sync_playwright

from demo.walks import walk_all
from tests.browser.axe import Scheme, looker

LANGUAGES = ("da", "en")
WIDTHS = (320, 390, 768, 1280)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


class Findings:
    """What was found, by page and by language, mode and width."""

    def __init__(self) -> None:
        self.language = ""
        self.counts: dict[str, dict[tuple[str, str, int], int]] = defaultdict(dict)
        self.told: list[str] = []

    def tell(self, name: str, scheme: Scheme, width: int, found: list[str]) -> None:
        """Keep what was found on a page."""
        self.counts[name][self.language, scheme, width] = len(found)
        self.told += [f"{name} ({self.language}, {scheme}, {width}): {each}" for each in found]

    def table(self) -> str:
        """Return the counts as a Markdown table, a page a row; each cell has the widths in order."""
        columns = [(language, scheme) for language in LANGUAGES for scheme in SCHEMES]
        lines = [
            "| page | " + " | ".join(f"{language}, {scheme}" for language, scheme in columns) + " |",
            "|---|" + "---|" * len(columns),
        ]
        for name, counts in self.counts.items():
            cells = (" ".join(str(counts.get((*column, width), "–")) for width in WIDTHS) for column in columns)
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        return "\n".join(lines)


def main(base: str) -> int:
    """Walk in each language, print what was found, and return the exit code."""
    findings = Findings()
    matrix = [(scheme, width) for scheme in SCHEMES for width in WIDTHS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for language in LANGUAGES:
            findings.language = language
            walk_all(browser, base, looker(matrix, findings.tell), language=language)
        browser.close()
    looks = sum(map(len, findings.counts.values()))
    print(findings.table(), "", *findings.told, sep="\n")
    print(f"{len(findings.counts)} pages, {looks} looks, {len(findings.told)} findings")
    return 1 if findings.told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1].rstrip("/")))
