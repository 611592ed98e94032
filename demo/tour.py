"""Take the pictures of docs/tour/: each page at 390 and 1280 pixels, light and dark, and the invoice as it is printed.

Run by hand on a fresh demo: `./run reset; ./run demo`, then `var/venv/bin/python -m demo.tour http://127.0.0.1:8000`.
"""

import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from demo.walks import Look, Story, Walk, walk_all

TOUR = Path(__file__).resolve().parent.parent / "docs" / "tour"
WIDTHS = (1280, 390)


def keep_pdf(walk: Walk) -> None:
    """Fetch an invoice's PDF and keep its first page as a picture."""
    walk.log_on("medlem")
    walk.open("/ordrer/")
    walk.click_document("Faktura", "")
    path = walk.page.get_by_role("link", name="Åbn faktura som PDF").get_attribute("href")
    for _ in range(100):
        answer = walk.page.request.get(f"{walk.base}{path}")
        if answer.headers["content-type"] == "application/pdf":
            break
        time.sleep(0.2)
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(answer.body())
        file.flush()
        picture = str(TOUR / "invoice-pdf")
        command = ["/usr/bin/pdftoppm", "-png", "-r", "90", "-singlefile", file.name, picture]
        subprocess.run(command, check=True)


def photographer(width: int) -> Look:
    """Return what takes a picture of a whole page in the light and in the dark."""

    def look(page: Page, name: str) -> None:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        _keep(page, f"{name}-{width}.png")
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        _keep(page, f"{name}-{width}-dark.png")

    return look


def _keep(page: Page, name: str) -> None:
    """Keep a picture in 256 colours: a third of the bytes, and nobody sees it."""
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(TOUR / name, optimize=True)


def main(base: str) -> None:
    """Walk everything at each width."""
    TOUR.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width in WIDTHS:
            viewport = {"width": width, "height": 900}
            walk_all(browser, base, photographer(width), viewport=viewport, java_script_enabled=False)
        keep_pdf(Walk(browser.new_page(locale="da-DK"), base, look=lambda page, name: None, story=Story()))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
