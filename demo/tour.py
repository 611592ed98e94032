"""Take the pictures of docs/tour/: each page at 390 and 1280 pixels, and the invoice as it is printed.

Run by hand on a fresh demo: `./run reset; ./run demo`, then `var/venv/bin/python -m demo.tour http://127.0.0.1:8000`.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

TOUR = Path(__file__).resolve().parent.parent / "docs" / "tour"
WIDTHS = (1280, 390)
PASSWORD = "klip-demo-100"


class Walk:
    """One visitor, whose pages are kept as pictures of one width."""

    def __init__(self, page: Page, base: str, width: int) -> None:
        self.page = page
        self.base = base
        self._width = width

    def keep(self, name: str) -> None:
        """Take a picture of the whole page."""
        self.page.screenshot(path=TOUR / f"{name}-{self._width}.png", full_page=True)

    def open(self, path: str, name: str = "") -> None:
        """Open an address, and take its picture when it has a name."""
        self.page.goto(self.base + path)
        if name:
            self.keep(name)

    def log_on(self, user_name: str, name: str = "") -> None:
        """Log on from the front page."""
        self.open("/log-paa/", name)
        self.page.get_by_label("Brugernavn").fill(user_name)
        self.page.get_by_label("Kodeord").fill(PASSWORD)
        self.page.get_by_role("button", name="Log på").click()

    def add(self, product: str, quantity: str) -> None:
        """Put a product into the cart."""
        offer = self.page.get_by_role("article", name=product)
        offer.get_by_label("Antal").fill(quantity)
        offer.get_by_role("button", name="Læg i kurv").click()

    def click(self, label: str) -> None:
        """Click the first link or button of that name."""
        link = self.page.get_by_role("link", name=label)
        (link if link.count() else self.page.get_by_role("button", name=label)).first.click()

    def send_order(self, payment: str) -> None:
        """Choose how to pay, accept the terms and send the order."""
        self.page.get_by_label(payment).check()
        self.page.get_by_label("Jeg accepterer TrueLinks salgsbetingelser").check()
        self.click("Afsend bestilling")

    def go_to_stripe(self) -> None:
        """Choose the first card type and go on to Stripe's page."""
        self.page.get_by_label("Visa/Dankort").check()
        self.click("Gå til betaling")

    def type_card(self, number: str) -> None:
        """Pay with a card on Stripe's page."""
        for label, text in (("Kortnummer", number), ("Udløbsdato", "12/40"), ("Kontrolcifre", "123")):
            self.page.get_by_label(label).fill(text)
        self.click("Betal ")

    def tell_stripe(self, stripe: str, what: str, **how: object) -> None:
        """Ask the simulator for something that a visitor cannot: tests/simulator.py says what there is."""
        self.page.request.post(f"{stripe}/_control/{what}", data=how)


def member(walk: Walk) -> None:
    """Walk the guide up to the invoice."""
    walk.open("/", "front")
    walk.open("/glemt-kodeord/", "forgotten-password")
    walk.log_on("medlem", "log-on")
    walk.keep("menu")
    walk.open("/koeb/", "products")
    walk.add("Fakturaklip", "50")
    walk.keep("products-error")
    walk.add("Fakturaklip", "1.000")
    walk.add("Systemopsæt", "2")
    walk.keep("products-cart")
    walk.open("/kurv/", "cart")
    walk.open("/kassen/", "review")
    walk.click("Afsend bestilling")
    walk.keep("review-error")
    walk.send_order("Betal via kontooverførsel")
    walk.keep("document")
    walk.open("/salgsbetingelser/", "terms")
    walk.open("/findes-ikke/", "not-found")
    walk.open("/kurv/", "cart-empty")
    walk.open("/skift-kodeord/", "change-password")
    walk.open("/glemt-kodeord/sendt/", "forgotten-password-sent")


def office(walk: Walk) -> None:
    """Register the transfer as staff do."""
    walk.log_on("kundecenter")
    walk.keep("staff-front")
    walk.click("Markér som betalt")
    walk.keep("staff-mark-paid")
    walk.click("Markér som betalt")
    walk.keep("staff-order")
    walk.click("Markér som udført")
    walk.keep("staff-perform")
    walk.click("Markér som udført")
    walk.open("/admin/accounts/company/add/", "staff-new-company")
    walk.open("/admin/accounts/company/1/change/", "staff-company")
    walk.open("/admin/billing/order/", "staff-orders")


def afterwards(walk: Walk) -> None:
    """Look at what the member has when the money is there."""
    walk.log_on("medlem")
    walk.open("/egen-vedligeholdelse/konti/", "clip-accounts")
    walk.page.get_by_role("main").get_by_role("link", name="Se bevægelser").first.click()
    walk.keep("clip-account")
    walk.open("/egen-vedligeholdelse/modtagelse-af-faktura/", "invoice-setup")
    walk.open("/ordrer/", "orders")
    walk.page.get_by_role("main").get_by_role("link", name="Bestilling").first.click()
    walk.keep("order")
    walk.page.get_by_role("main").get_by_role("link", name="Faktura 1").first.click()
    walk.keep("document-paid")


def reader(walk: Walk) -> None:
    """See what somebody sees who may not buy."""
    walk.log_on("laeser")
    walk.open("/koeb/", "products-reader")
    walk.open("/kassen/", "forbidden")


def given_up(walk: Walk) -> None:
    """Order once more, and ask for the PDF before the worker has made it."""
    walk.log_on("medlem")
    walk.open("/koeb/")
    walk.add("Ordreklip", "100")
    walk.open("/kassen/")
    walk.send_order("Betal via kontooverførsel")
    walk.click("Åbn faktura som PDF")
    walk.keep("pdf-pending")


def cancelled(walk: Walk) -> None:
    """Cancel that order as staff, and look at what the office sees of it."""
    walk.log_on("kundecenter")
    walk.page.get_by_role("link", name="Faktura 1").first.click()
    walk.keep("staff-invoice")
    walk.open("/admin/billing/order/")
    walk.page.locator("#result_list tbody th a").first.click()
    walk.keep("staff-order-page")
    walk.click("Annullér bestillingen")
    walk.keep("staff-cancel")
    walk.page.get_by_label("Årsag").fill("Bestilt ved en fejl")
    walk.click("Annullér bestillingen")


def credited(walk: Walk) -> None:
    """Look at the credit note and the cancelled invoice as the member."""
    walk.log_on("medlem")
    walk.open("/ordrer/")
    walk.page.get_by_role("main").get_by_role("link", name="Kreditnota").first.click()
    walk.keep("credit-note")
    walk.open("/ordrer/")
    walk.page.get_by_role("main").get_by_role("link", name="Faktura 1").first.click()
    walk.keep("document-cancelled")


def by_card(walk: Walk) -> None:
    """Pay by card, with each thing that can come between."""
    walk.log_on("medlem")
    walk.open("/koeb/")
    walk.add("Fakturaklip", "500")
    walk.add("Systemopsæt", "1")
    walk.open("/kassen/")
    walk.send_order("Betal med betalingskort")
    walk.keep("pay")
    walk.click("Gå til betaling")
    walk.keep("pay-error")
    walk.go_to_stripe()
    walk.keep("stripe")
    stripe = "{0.scheme}://{0.netloc}".format(urlsplit(walk.page.url))
    walk.type_card("4000 0000 0000 0002")
    walk.keep("stripe-declined")
    walk.click("Tilbage til butikken")
    walk.keep("pay-stopped")
    walk.tell_stripe(stripe, "fail", kind="500", times=2, seconds=0, method="POST", path="/v1/checkout/sessions")
    walk.page.get_by_label("Mastercard").check()
    walk.click("Gå til betaling")
    walk.keep("pay-unavailable")
    walk.go_to_stripe()
    walk.type_card("4000 0027 6000 3184")
    walk.keep("stripe-approval")
    walk.tell_stripe(stripe, "hold")
    walk.tell_stripe(stripe, "fail", kind="500", times=1, seconds=0, method="GET", path="/v1/checkout/sessions")
    walk.click("Godkend")
    walk.keep("card-pending")
    walk.tell_stripe(stripe, "release", reverse=False)
    walk.page.wait_for_url("**/dokumenter/**")
    walk.keep("receipt")


def keep_pdf(walk: Walk) -> None:
    """Fetch the newest invoice's PDF and keep its first page as a picture."""
    walk.log_on("medlem")
    walk.open("/ordrer/")
    walk.page.get_by_role("main").get_by_role("link", name="Faktura 1").last.click()
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


def walked(browser: Browser, base: str, width: int, part: Callable[[Walk], None]) -> None:
    """Do one part in a browser of its own."""
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=False, locale="da-DK")
    part(Walk(context.new_page(), base, width))
    context.close()


def main(base: str) -> None:
    """Walk everything at each width."""
    TOUR.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width in WIDTHS:
            for part in (member, office, afterwards, reader, given_up, cancelled, credited, by_card):
                walked(browser, base, width, part)
        walked(browser, base, WIDTHS[0], keep_pdf)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
