"""A member who buys clips by card in a browser, by what stands on the pages."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.demo_server import DemoServer

CLIPS = 100
TOTAL = "281,25\u00a0kr."
RECEIPTS_GO_TO = "kontor@bogtryk.example"
_EXPIRY = "12/40"


@dataclass
class CardBuyer:
    """A member at one tab of a browser."""

    page: Page
    demo: DemoServer

    def log_on(self) -> None:
        """Log on as the sample member "medlem", and land on the products."""
        self.page.goto(f"{self.demo.url}/log-paa/?next=/koeb/")
        self.page.get_by_label("Brugernavn").fill("medlem")
        self.page.get_by_label("Kodeord").fill("klip-demo-100")
        self.page.get_by_role("button", name="Log på").click()

    def order(self, *, payment: str = "Betal med betalingskort") -> str:
        """Fill the cart, send the order, and return its number."""
        self.page.goto(f"{self.demo.url}/koeb/")
        offer = self.page.get_by_role("article", name="Fakturaklip")
        offer.get_by_label("Antal").fill(str(CLIPS))
        offer.get_by_role("button", name="Læg i kurv").click()
        self.page.get_by_role("link", name="Gå til kassen").click()
        self.page.get_by_label(payment).check()
        self.page.get_by_label("Jeg accepterer TrueLinks salgsbetingelser").check()
        self.page.get_by_role("button", name="Afsend bestilling").click()
        found = re.search(r"Bestilling (\S+)", self.page.get_by_role("main").inner_text())
        assert found is not None
        return found.group(1)

    def order_and_go_to_stripe(self, card_type: str) -> str:
        """Order by card, choose the card type, go to Stripe's page, and return the order's number."""
        number = self.order()
        self.go_to_stripe(card_type)
        return number

    def go_to_stripe(self, card_type: str) -> str:
        """Choose a card type on the pay page, go on to Stripe's page, and return its session's id."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Betal med betalingskort")
        self.page.get_by_label(card_type).check()
        self.page.get_by_role("button", name="Gå til betaling").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Betal 281,25 kr.")
        return self.session

    @property
    def session(self) -> str:
        """The id of the session whose page is open."""
        found = re.search(r"/c/pay/(cs_\w+)", self.page.url)
        assert found is not None
        return found.group(1)

    def type_card(self, number: str) -> None:
        """Type a card on Stripe's page and pay."""
        self.page.get_by_label("Kortnummer").fill(number)
        self.page.get_by_label("Udløbsdato").fill(_EXPIRY)
        self.page.get_by_label("Kontrolcifre").fill("1234" if number.startswith("3") else "123")
        self.page.get_by_role("button", name="Betal 281,25 kr.").click()

    def is_refused_at_stripe(self, why: str) -> None:
        """Expect to be on Stripe's page still, and to read the reason."""
        expect(self.page.get_by_role("alert")).to_contain_text(why)
        assert "/c/pay/" in self.page.url

    def has_receipt(self, number: str) -> None:
        """Expect the receipt of the order on the screen, and an empty cart."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Kvittering")
        main = self.page.get_by_role("main")
        for fact in (number, TOTAL, "Betalt med betalingskort", "Klippene er sat ind på din konto"):
            expect(main).to_contain_text(fact)
        expect(self.page.get_by_role("complementary")).to_contain_text("Din indkøbskurv er tom")

    def has_the_clips_in_the_cart(self) -> None:
        """Expect that the cart is still filled."""
        expect(self.page.get_by_role("complementary")).to_contain_text("100 stk. Fakturaklip")

    def balance(self) -> int:
        """Open "Konti" and return how many invoice clips there are."""
        self.page.goto(f"{self.demo.url}/egen-vedligeholdelse/konti/")
        account = self.page.get_by_role("listitem").filter(has=self.page.get_by_role("heading", name="Fakturaklip"))
        if account.count() == 0:
            return 0
        return int(account.locator(".balance").inner_text().split()[0].replace(".", ""))
