"""The guide's second chapter: from the menu to the cart."""

import pytest

from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_you_choose_buy_clips_and_support_under_your_own_maintenance(member: Visitor) -> None:
    """Vælg menupunktet "Køb TrueLink klip og support" under "Egen vedligeholdelse"."""
    member.click("Egen vedligeholdelse")
    assert member.heading == "Egen vedligeholdelse"
    [in_the_menu] = [link for link in next(member.page.iter("main")).iter("a") if link.get("href") == "/koeb/"]
    assert in_the_menu.text == "Køb TrueLink klip og support"
    member.open(in_the_menu.attrib["href"])
    assert member.heading == "Køb TrueLink klip og support"


def test_you_choose_the_service_or_the_clips_that_you_want(member: Visitor) -> None:
    """Vælg den ydelse eller de klip du ønsker at købe. I nedenstående eksempel vælges fakturaklip."""
    member.open("/koeb/")
    offers = [heading.text for heading in next(member.page.iter("main")).iter("h2")]
    assert offers == ["Fakturaklip", "B2B fakturamodtagersupport"]


def test_you_enter_how_many_invoice_clips_at_least_100_and_press_add_to_cart(member: Visitor) -> None:
    """Herefter indtaster du det antal fakturaklip, du vil købe (min. 100 stk.), klikker på knappen Læg i kurv,"""
    member.open("/koeb/")
    assert member.described(member.field("Antal", inside="Fakturaklip")) == "min. 100 stk."
    member.fill("Antal", "99", inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
    assert [sentence for sentence, _ in member.errors] == ["Fakturaklip: Du skal købe mindst 100 stk."]
    assert member.field("Antal", inside="Fakturaklip").get("value") == "99"
    member.fill("Antal", "100", inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
    assert member.errors == []
    assert "Lagt i kurv: 100 stk. Fakturaklip." in member.text


def test_you_see_quantity_and_price_in_the_cart_at_the_top_right_and_go_to_the_checkout(member: Visitor) -> None:
    """og såfremt det rette antal og pris fremgår af din indkøbskurv øverst i højre hjørne, klikker du på knappen
    ”Gå til kassen”:
    """
    member.open("/koeb/").fill("Antal", "1.000", inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
    assert "1.000 stk. Fakturaklip 2.250,00\u00a0kr." in member.cart
    assert "Gå til kassen" in member.cart
    member.click("Gå til kassen")
    assert member.heading == "Kassen"
    assert "Fakturaklip 1.000 stk. 2,25\u00a0kr. 2.250,00\u00a0kr." in member.text
