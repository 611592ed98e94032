"""Walks through a running demo that pass every page: for pictures (`demo.tour`) and for looking at accessibility.

What is done at a page is the caller's: `Walk.keep` hands it over under a name. Labels are written in Danish and said in
the language of the walk; staff's pages, Stripe's and the names of products are Danish in both.
"""

import gettext
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page

PASSWORD = "klip-demo-100"
_LOCALE = Path(__file__).resolve().parent.parent / "locale"

Look = Callable[[Page, str], None]


@dataclass
class Story:
    """What one walk leaves for the next: the numbers of its order and invoice."""

    order: str = ""
    invoice: str = ""


@dataclass
class Walk:
    """One visitor, and what is done at each page that is worth a look."""

    page: Page
    base: str
    look: Look
    story: Story
    language: str = "da"
    _words: gettext.NullTranslations = field(init=False)

    def __post_init__(self) -> None:
        english = self.language == "en"
        self._words = gettext.translation("django", _LOCALE, ["en"]) if english else gettext.NullTranslations()

    def say(self, label: str) -> str:
        """Return the label in the language of the walk."""
        return self._words.gettext(label)

    @property
    def main(self) -> Locator:
        """The page's own part."""
        return self.page.get_by_role("main")

    def keep(self, name: str) -> None:
        """Have this page looked at."""
        self.look(self.page, name)

    def open(self, path: str, name: str = "") -> None:
        """Open an address, and have it looked at when it has a name."""
        self.page.goto(self.base + path)
        if name:
            self.keep(name)

    def log_on(self, user_name: str, name: str = "") -> None:
        """Log on, in the language of the walk."""
        self.open("/log-paa/", name)
        self.page.get_by_label(self.say("Brugernavn")).fill(user_name)
        self.page.get_by_label(self.say("Kodeord")).fill(PASSWORD)
        self.press(self.say("Log på"))

    def add(self, product: str, quantity: str) -> None:
        """Put a product into the cart."""
        offer = self.page.get_by_role("article", name=product)
        offer.get_by_label(self.say("Antal")).fill(quantity)
        self.follow(offer.get_by_role("button", name=self.say("Læg i kurv")))

    def follow(self, link: Locator) -> None:
        """Click what leads to another page, and wait until it is there."""
        with self.page.expect_navigation():
            link.click()

    def press(self, label: str) -> None:
        """Press a button, named in the language of the page."""
        self.follow(self.page.get_by_role("button", name=label))

    def click(self, label: str) -> None:
        """Follow the first link or button of that name in the page's own part."""
        link = self.main.get_by_role("link", name=self.say(label))
        self.follow((link if link.count() else self.main.get_by_role("button", name=self.say(label))).first)

    def click_in_row(self, text: str, label: str) -> None:
        """Click a link in the table row that has the text."""
        row = self.page.get_by_role("row").filter(has_text=re.compile(rf"{text}\b"))
        self.follow(row.get_by_role("link", name=self.say(label)).first)

    def click_document(self, kind: str, number: str) -> None:
        """Click the link to an order or document by its name."""
        self.follow(self.main.get_by_role("link", name=re.compile(rf"^{self.say(kind)} {number}")).first)

    def send(self) -> None:
        """Send the form of the page's own part, whatever amount its button names."""
        self.follow(self.main.locator("form.card-like button[type=submit]").first)

    def send_order(self, payment: str) -> None:
        """Choose how to pay, accept the terms, send the order, and note its numbers."""
        self.page.get_by_label(self.say(payment)).check()
        self.page.get_by_label(self.say("Jeg accepterer TrueLinks salgsbetingelser")).check()
        self.click("Afsend bestilling")
        text = self.main.inner_text()
        order, invoice = (re.search(rf"{self.say(word)} (\d+)", text) for word in ("Bestilling", "Faktura"))
        self.story.order = order[1] if order else ""
        self.story.invoice = invoice[1] if invoice else ""

    def go_to_stripe(self, card_type: str) -> None:
        """Choose a card type and go on to Stripe's page."""
        self.page.get_by_label(card_type).check()
        self.send()

    def type_card(self, number: str) -> None:
        """Pay with a card on Stripe's page."""
        for label, text in (("Kortnummer", number), ("Udløbsdato", "12/40"), ("Kontrolcifre", "123")):
            self.page.get_by_label(label).fill(text)
        self.press("Betal ")

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
    walk.open("/koeb/?vare=1&antal=900", "products-price")
    walk.add("Fakturaklip", "900")
    walk.open("/kurv/", "cart-cheaper")
    walk.open("/koeb/")
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
    walk.click_in_row(f"Faktura {walk.story.invoice}", "Markér som betalt")
    walk.keep("staff-mark-paid")
    walk.press("Markér som betalt")
    walk.keep("staff-order")
    walk.click_in_row(f"Bestilling {walk.story.order}", "Markér som udført")
    walk.keep("staff-perform")
    walk.press("Markér som udført")
    walk.open("/admin/accounts/company/add/", "staff-new-company")
    walk.open("/admin/accounts/company/1/change/", "staff-company")
    walk.open("/admin/billing/order/", "staff-orders")
    walk.open("/admin/billing/outboxmail/", "staff-mails")
    walk.open("/admin/accounts/clipaccount/", "staff-clip-accounts")


def afterwards(walk: Walk) -> None:
    """Look at what the member has when the money is there."""
    walk.log_on("medlem")
    walk.open("/egen-vedligeholdelse/konti/", "clip-accounts")
    walk.follow(walk.main.locator('a[href*="/konti/"]').first)
    walk.keep("clip-account")
    walk.open(urlsplit(walk.page.url).path + "?fra=31.2.2026", "clip-account-error")
    walk.open(urlsplit(walk.page.url).path + "?art=expiry", "clip-account-nothing")
    walk.open("/egen-vedligeholdelse/modtagelse-af-faktura/", "invoice-setup")
    walk.open("/ordrer/", "orders")
    walk.click_document("Bestilling", walk.story.order)
    walk.keep("order")
    walk.click_document("Faktura", walk.story.invoice)
    walk.keep("document-paid")


def accountant(walk: Walk) -> None:
    """Find an old order, fetch a year's documents, and buy the same again."""
    walk.log_on("medlem")
    walk.open("/ordrer/?soeg=findes+ikke", "orders-nothing")
    walk.open("/ordrer/?soeg=BOG-2023-11", "orders-found")
    walk.click_document("Bestilling", "")
    walk.click("Køb igen")
    walk.keep("cart-again")
    walk.open("/ordrer/")
    walk.click("Lav zip-fil")
    walk.keep("zip-pending")
    walk.main.get_by_role("link", name=re.compile(r"zip.*\(")).wait_for()
    walk.keep("zip")


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
    if walk.main.count():  # the worker may have been faster
        walk.keep("pdf-pending")


def cancelled(walk: Walk) -> None:
    """Cancel that order as staff, and look at what the office sees of it."""
    walk.log_on("kundecenter")
    walk.open(f"/admin/billing/invoice/?q={walk.story.invoice}")
    walk.follow(walk.page.locator("#result_list tbody th a").first)
    walk.keep("staff-invoice")
    walk.open(f"/admin/billing/order/?q={walk.story.order}")
    walk.follow(walk.page.locator("#result_list tbody th a").first)
    walk.keep("staff-order-page")
    walk.follow(walk.page.get_by_role("link", name="Annullér bestillingen"))
    walk.keep("staff-cancel")
    walk.page.get_by_label("Årsag").fill("Bestilt ved en fejl")
    walk.press("Annullér bestillingen")


def credited(walk: Walk) -> None:
    """Look at the credit note and the cancelled invoice as the member."""
    walk.log_on("medlem")
    walk.open("/ordrer/")
    walk.click_document("Bestilling", walk.story.order)
    walk.click_document("Kreditnota", "")
    walk.keep("credit-note")
    walk.page.go_back()
    walk.click_document("Faktura", walk.story.invoice)
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
    walk.send()
    walk.keep("pay-error")
    walk.go_to_stripe("Visa/Dankort")
    walk.keep("stripe")
    stripe = "{0.scheme}://{0.netloc}".format(urlsplit(walk.page.url))
    walk.type_card("4000 0000 0000 0002")
    walk.keep("stripe-declined")
    walk.follow(walk.page.get_by_role("link", name="Tilbage til butikken"))
    walk.keep("pay-stopped")
    walk.tell_stripe(stripe, "fail", kind="500", times=2, seconds=0, method="POST", path="/v1/checkout/sessions")
    walk.go_to_stripe("Mastercard")
    walk.keep("pay-unavailable")
    walk.go_to_stripe("Visa/Dankort")
    walk.type_card("4000 0027 6000 3184")
    walk.keep("stripe-approval")
    walk.tell_stripe(stripe, "hold")
    walk.tell_stripe(stripe, "fail", kind="500", times=1, seconds=0, method="GET", path="/v1/checkout/sessions")
    walk.press("Godkend")
    walk.keep("card-pending")
    walk.tell_stripe(stripe, "release", reverse=False)
    walk.page.reload()
    walk.page.wait_for_url("**/dokumenter/**")
    walk.keep("receipt")


PARTS: tuple[Callable[[Walk], None], ...] = (
    member, office, afterwards, accountant, reader, given_up, cancelled, credited, by_card,
)  # fmt: skip
_STAFF = {office, cancelled}


def walk_all(browser: Browser, base: str, look: Look, *, language: str = "da", **context: Any) -> None:
    """Walk everything once, each part in a browser of its own; `context` is what Playwright's context is made with."""
    story = Story()
    for part in PARTS:
        tab = browser.new_context(locale="da-DK", **context)
        spoken = "da" if part in _STAFF else language
        tab.add_cookies([{"name": "language", "value": spoken, "url": base}])
        part(Walk(tab.new_page(), base, look, story, spoken))
        tab.close()
