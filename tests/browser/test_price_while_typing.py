"""The price while a quantity is typed: static/js/price.js says what the server would say."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, expect

from catalog.models import ClipType, PriceTier, Product
from catalog.price_words import longer_in_words, nudge_in_words, price_in_words
from catalog.prices import Offer
from checkout.price_facts import price_facts
from tests.browser.scripted import ScriptedMember

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# Types each quantity into the form as if its product cost what the facts say, and returns what stands below it then.
_TYPE_EACH = """
    (form, [facts, quantities]) => {
        for (const [name, value] of Object.entries(facts)) {
            form.setAttribute(`data-${name}`, value);
        }
        const field = form.elements.quantity;
        const output = form.querySelector("output");
        return quantities.map(quantity => {
            field.value = quantity;
            field.dispatchEvent(new Event("change"));
            return [...output.children].map(each => each.textContent);
        });
    }
"""
_MOST = 1_000_000


def offers() -> Iterator[Offer]:
    """The sample's prices, and others that round in every way: four decimals, odd VAT rates, prices that rise."""
    for rate, prices in (
        ("25", {100: "2.25", 500: "1.95", 1000: "1.70", 5000: "1.45", 10000: "1.20"}),
        ("25", {1: "895"}),
        ("25", {1: "0.0001", 7: "0.00005", 300: "0"}),
        ("25", {1: "0.8255", 10: "0.8245", 100: "0.8235", 12345: "0.0001"}),
        ("12.5", {3: "1234.5678", 50: "99.9999", 60: "99.9900", 61: "99.99"}),
        ("33.33", {1: "3.3333", 20: "4", 25: "3.0050", 40: "2.9950"}),
        ("0", {1: "99999999.9999", 2: "12345.005"}),
        ("0.01", {1: "0.5", 10000: "0.495"}),
    ):
        product = Product(name="Vare", unit="stk.", minimum_quantity=1, maximum_quantity=_MOST, vat_rate=Decimal(rate))
        tiers = (
            PriceTier(product=product, from_quantity=start, unit_price=round(Decimal(price), 4))
            for start, price in prices.items()
        )
        yield Offer(product, tuple(tiers))
    for above, short, long in ((5000, 12, 24), (350, 3, 6), (360, 12, 12), (_MOST, 3, 6)):
        clip_type = ClipType(short_validity_months=short, long_validity_months=long, long_validity_above=above)
        product = Product(name="Klip", unit="stk.", minimum_quantity=1, maximum_quantity=_MOST, clip_type=clip_type)
        yield Offer(product, (PriceTier(product=product, from_quantity=1, unit_price=Decimal("2.25")),))


def quantities() -> list[int]:
    """The small ones all, the edges of tiers, and a thousand others."""
    edges = [edge + step for edge in (500, 1000, 5000, 10_000, 12_345, _MOST - 1) for step in (-1, 0, 1)]
    return [*range(1, 400), *edges, *range(401, _MOST, 997)]


def form_of(member: ScriptedMember, name: str = "Fakturaklip") -> Locator:
    """Open the product list, and return the product's form."""
    member.page.goto(f"{member.demo.url}/koeb/")
    return member.page.get_by_role("article", name=name).locator("form")


def test_script_and_server_agree_to_the_ore(scripted: ScriptedMember) -> None:
    form = form_of(scripted)
    for offer in offers():
        said = form.evaluate(_TYPE_EACH, [price_facts(offer), [str(number) for number in quantities()]])
        expected = []
        for number in quantities():
            nudge = offer.nudge(number)
            longer = offer.longer_validity(number)
            sentences = [nudge_in_words(nudge) if nudge else "", longer_in_words(longer) if longer else ""]
            expected.append([price_in_words(offer.price(number)), *sentences])
        assert said == expected


def test_script_prices_what_the_server_takes_and_nothing_else(scripted: ScriptedMember) -> None:
    form = form_of(scripted)
    product = Product(name="Vare", unit="stk.", minimum_quantity=100, maximum_quantity=_MOST, vat_rate=Decimal(25))
    facts = price_facts(Offer(product, (PriceTier(product=product, from_quantity=100, unit_price=Decimal("2.25")),)))
    taken = {"100": "100", " 1.000 ": "1.000", "0100": "100", "1.000.000": "1.000.000", "1000000": "1.000.000"}
    fullwidth = "\uff11\uff10\uff10"
    refused = ["", " ", "99", "-100", "+100", "1e3", "100.5", "1,000", "1.00", "01.000", "0x64", fullwidth, "1000001"]
    typed = [*taken, *refused, "9" * 41, "100\u00a0", "100n"]
    said = [price for price, _nudge, _longer in form.evaluate(_TYPE_EACH, [facts, typed])]
    assert [price.partition(" stk. à")[0] for price in said] == [*taken.values(), *[""] * len(refused), "", "100", ""]


def test_price_comes_while_typing_and_goes_with_what_cannot_be_bought(scripted: ScriptedMember) -> None:
    form = form_of(scripted)
    output, row = form.locator("output"), scripted.page.get_by_role("row", name="Prisen for dit antal")
    expect(form.get_by_role("button", name="Se pris")).to_be_hidden()
    expect(output).to_have_text("")
    form.get_by_label("Antal").press_sequentially("900")
    expect(output).to_contain_text(
        "900 stk. à 1,95\u00a0kr. = 1.755,00\u00a0kr. uden moms (2.193,75\u00a0kr. med moms)"
    )
    expect(output).to_contain_text("Køb 100 stk. mere, så falder prisen til 1,70\u00a0kr. pr. stk., og det hele bliver")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("1,95\u00a0kr.")
    form.get_by_label("Antal").press_sequentially("0")
    expect(output).to_contain_text("9.000 stk. à 1,45\u00a0kr.")
    expect(row).to_contain_text("1,45\u00a0kr.")
    form.get_by_label("Antal").fill("9x")
    expect(output).to_have_text("")
    expect(row).to_have_count(0)
    form.get_by_label("Antal").fill("1.000")
    form.get_by_role("button", name="Læg i kurv").click()
    expect(scripted.page.get_by_role("complementary")).to_contain_text("1.000 stk. Fakturaklip")


def test_price_is_said_politely_and_not_for_each_key(scripted: ScriptedMember) -> None:
    form = form_of(scripted)
    output = form.locator("output")
    assert (output.get_attribute("aria-live"), output.get_attribute("for")) == (
        "polite",
        form.get_by_label("Antal").get_attribute("id"),
    )
    output.evaluate(
        """output => {
            window.said = [];
            const note = () => window.said.push(output.firstElementChild.textContent.split(" ")[0]);
            new MutationObserver(note).observe(output, { childList: true, subtree: true });
        }"""
    )
    form.get_by_label("Antal").press_sequentially("12345")
    expect(output).to_contain_text("12.345 stk.")
    assert scripted.page.evaluate("window.said") == ["12.345"]


def test_prefilled_quantity_is_priced_when_the_page_opens(scripted: ScriptedMember) -> None:
    form = form_of(scripted)
    product = form.locator("[name=product]").get_attribute("value")
    scripted.page.goto(f"{scripted.demo.url}/koeb/?vare={product}&antal=3400")
    expect(form.locator("output")).to_contain_text("3.400 stk. à 1,70\u00a0kr. = 5.780,00\u00a0kr. uden moms")
    expect(form.get_by_label("Antal")).to_have_value("3400")
