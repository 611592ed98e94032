""" "Se pris": what the chosen quantity costs, before anything is put into the cart."""

import re

import pytest

from accounts.models import Role
from billing.models import Order
from catalog.models import PriceTier, Product
from checkout.cart import Cart
from tests.factories import ProductFactory, UserFactory, open_shop, priced, support
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db

LIST = "/koeb/"
ADD = "/koeb/laeg-i-kurv/"


@pytest.fixture
def fakturaklip() -> Product:
    """2.50 kr. from 100, 2.25 kr. from 1,000."""
    return open_shop()


@pytest.fixture
def visitor(fakturaklip: Product) -> Visitor:
    """A buyer at the product list."""
    support(unit="t.")
    assert fakturaklip.is_clips
    return Visitor(UserFactory.create(role=Role.BUYER)).open(LIST)


def sums(visitor: Visitor) -> list[str]:
    """What stands below the buttons of each product."""
    return [text_of(each) for each in visitor.page.iter("output")]


def marked(visitor: Visitor) -> list[str]:
    """The rows that are marked as the quantity's."""
    return [text_of(row) for row in visitor.page.iter("tr") if row.get("class") == "tier-reached"]


def see_price(visitor: Visitor, quantity: str, *, inside: str = "Fakturaklip") -> Visitor:
    return visitor.fill("Antal", quantity, inside=inside).press("Se pris", inside=inside)


def test_nothing_is_priced_before_a_quantity_was_chosen(visitor: Visitor) -> None:
    assert (sums(visitor), marked(visitor)) == (["", ""], [])


def test_price_is_shown_with_the_tier_that_is_reached_and_nothing_is_put_into_the_cart(
    visitor: Visitor, fakturaklip: Product
) -> None:
    see_price(visitor, "1.000")
    pk = fakturaklip.pk
    assert visitor.requests[-2:] == [f"POST {ADD}", f"GET {LIST}?vare={pk}&antal=1000#vare-{pk}"]
    assert sums(visitor) == [
        "1.000 stk. à 2,25\u00a0kr. = 2.250,00\u00a0kr. uden moms (2.812,50\u00a0kr. med moms)",
        "",
    ]
    assert marked(visitor) == ["✓ Prisen for dit antal: 1.000 2,25\u00a0kr."]
    assert visitor.field("Antal", inside="Fakturaklip").get("value") == "1000"
    assert visitor.field("Antal", inside="B2B fakturamodtagersupport").get("value") is None
    assert (visitor.cart, visitor.errors) == ("Din indkøbskurv Din indkøbskurv er tom", [])
    assert not Cart(visitor.client.session).quantities


def test_price_comes_with_the_lower_price_that_is_near(visitor: Visitor) -> None:
    assert sums(see_price(visitor, "950"))[0] == (
        "950 stk. à 2,50\u00a0kr. = 2.375,00\u00a0kr. uden moms (2.968,75\u00a0kr. med moms) "
        "Køb 50 stk. mere, så falder prisen til 2,25\u00a0kr. pr. stk., og det hele bliver 125,00\u00a0kr. billigere."
    )
    assert marked(visitor) == ["✓ Prisen for dit antal: 100 2,50\u00a0kr."]


def test_price_of_a_product_with_one_price_needs_no_mark(visitor: Visitor) -> None:
    see_price(visitor, "2", inside="B2B fakturamodtagersupport")
    assert sums(visitor) == [
        "",
        "2 t. à 850,00\u00a0kr. = 1.700,00\u00a0kr. uden moms (2.125,00\u00a0kr. med moms)",
    ]
    assert marked(visitor) == []


def test_see_price_leads_on_with_a_get_by_status_303(visitor: Visitor, fakturaklip: Product) -> None:
    answer = visitor.client.post(ADD, {"product": fakturaklip.pk, "quantity": "100", "do": "price"})
    assert answer.status_code == 303


@pytest.mark.fault(41)
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("99", "Du skal købe mindst 100 stk."),
        ("-1", "Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."),
        ("1,000", "Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."),
        ("9" * 30, "Du kan højst købe 1.000.000 stk. ad gangen. Kontakt kundecenteret for mere."),
        ("", "Skriv et antal."),
    ],
)
def test_see_price_of_a_bad_quantity_answers_as_add_to_cart_does(
    visitor: Visitor, fakturaklip: Product, typed: str, sentence: str
) -> None:
    see_price(visitor, typed)
    assert visitor.status == 422
    assert visitor.errors == [(f"Fakturaklip: {sentence}", f"id_quantity_{fakturaklip.pk}")]
    assert visitor.field("Antal", inside="Fakturaklip").get("value", "") == typed
    assert (sums(visitor), marked(visitor)) == (["", ""], [])
    [title] = [text_of(each) for each in visitor.page.iter("title")]
    assert title.startswith("Fejl: ")


@pytest.mark.parametrize(
    ("product", "quantity"),
    [
        ("", ""),
        ("x", "100"),
        ("987654", "100"),
        ("%00", "100"),
        ("9" * 5000, "100"),
        ("{pk}", ""),
        ("{pk}", "99"),
        ("{pk}", "%00"),
        ("{pk}", "1%0000"),
        ("{pk}", "-1"),
        ("{pk}", "9" * 5000),
        ("{pk}", "%3Cb%3E"),
        ("{pk}%00", "100"),
    ],
)
def test_list_shrugs_at_an_address_that_chooses_nothing(
    visitor: Visitor, fakturaklip: Product, product: str, quantity: str
) -> None:
    visitor.open(f"{LIST}?vare={product.format(pk=fakturaklip.pk)}&antal={quantity}")
    assert (visitor.status, visitor.errors, sums(visitor)) == (200, [], ["", ""])
    assert visitor.field("Antal", inside="Fakturaklip").get("value") is None


def test_list_priced_by_its_address_changes_nothing(visitor: Visitor, fakturaklip: Product) -> None:
    before = dict(visitor.client.session.items())
    visitor.open(f"{LIST}?vare={fakturaklip.pk}&antal=3.400")
    assert sums(visitor)[0].startswith("3.400 stk. à 2,25\u00a0kr. = 7.650,00\u00a0kr.")
    assert dict(visitor.client.session.items()) == before
    assert not Order.objects.exists()


def test_list_names_no_price_of_a_product_that_is_not_sold(visitor: Visitor, fakturaklip: Product) -> None:
    Product.objects.filter(pk=fakturaklip.pk).update(is_active=False)
    assert sums(visitor.open(f"{LIST}?vare={fakturaklip.pk}&antal=100")) == [""]


def test_enter_in_the_field_puts_into_the_cart(visitor: Visitor) -> None:
    """A browser takes a form's first submit button."""
    for form in visitor.page.iter("form"):
        buttons = [text_of(each) for each in form.iter("button")]
        if "Se pris" in buttons:
            assert buttons == ["Læg i kurv", "Se pris"]


def test_reader_sees_the_tier_and_has_nothing_to_press(visitor: Visitor, fakturaklip: Product) -> None:
    reader = Visitor(UserFactory.create(role=Role.READER)).open(f"{LIST}?vare={fakturaklip.pk}&antal=1000")
    assert marked(reader) == ["✓ Prisen for dit antal: 1.000 2,25\u00a0kr."]
    assert not reader.has_button("Se pris")
    assert [each.get("src", "") for each in reader.page.iter("script") if "price" in each.get("src", "")] == []
    assert visitor.has_button("Se pris")


def test_page_tells_the_script_whole_numbers_and_the_same_sentences(visitor: Visitor, fakturaklip: Product) -> None:
    PriceTier.objects.filter(from_quantity=1000).update(unit_price="0.8755")
    Product.objects.filter(pk=fakturaklip.pk).update(vat_rate="12.50")
    form = next(each for each in visitor.open(LIST).page.iter("form") if "data-tiers" in each.attrib)
    facts = {name: value for name, value in form.attrib.items() if re.fullmatch(r"data-(?!words-).*", name)}
    assert facts == {
        "data-tiers": "100:25000 1000:8755",
        "data-vat": "1250",
        "data-minimum": "100",
        "data-maximum": "1000000",
        "data-near": "25",
        "data-long-above": "5000",
        "data-long": "24",
        "data-short": "12",
    }
    assert form.get("data-words-unit") == "stk."
    assert form.get("data-words-price") == "%(quantity)s %(unit)s à %(price)s = %(net)s uden moms (%(total)s med moms)"


def test_cart_page_names_the_lower_price_and_the_checkout_does_not(visitor: Visitor, fakturaklip: Product) -> None:
    sentence = (
        "Køb 50 stk. mere, så falder prisen til 2,25\u00a0kr. pr. stk., og det hele bliver 125,00\u00a0kr. billigere."
    )
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "950")])
    assert sentence in visitor.open("/kurv/").part("Fakturaklip")
    assert "så falder prisen" not in visitor.open("/kassen/").text
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "1000")])
    assert "så falder prisen" not in visitor.open("/kurv/").text


def test_longer_validity_is_named_to_who_is_near_it(visitor: Visitor) -> None:
    assert sums(see_price(visitor, "5.000"))[0].endswith(
        " (14.062,50\u00a0kr. med moms) Køb 1 stk. mere, så gælder klippene i 24 måneder i stedet for 12."
    )
    assert "så gælder klippene" not in sums(see_price(visitor, "5.001"))[0]
    assert "så gælder klippene" not in sums(see_price(visitor, "3.749"))[0]


def test_cart_page_names_the_longer_validity_that_the_order_is_near(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "4900")])
    sentence = "Køb {} stk. mere, så gælder klippene i 24 måneder i stedet for 12."
    assert sentence.format(101) in visitor.open("/kurv/").part("Fakturaklip")
    assert "så gælder klippene" not in visitor.open("/kassen/").text
    same = priced(ProductFactory.create(name="Fakturaklip, pakke", clip_type=fakturaklip.clip_type), t1="3")
    visitor.send(ADD, [("product", str(same.pk)), ("quantity", "100")])
    for name in ("Fakturaklip", "Fakturaklip, pakke"):
        assert sentence.format(1) in visitor.open("/kurv/").part(name)
    visitor.send(ADD, [("product", str(same.pk)), ("quantity", "101")])
    assert "så gælder klippene" not in visitor.open("/kurv/").text


def test_cart_page_names_no_lower_price_of_what_cannot_be_bought(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "950")])
    Product.objects.filter(pk=fakturaklip.pk).update(minimum_quantity=980)
    assert "så falder prisen" not in visitor.open("/kurv/").text
