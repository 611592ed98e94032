"""The cart: in the session only, priced anew whenever it is shown."""

from decimal import Decimal

import pytest

from billing.models import Order
from catalog.models import PriceTier, Product
from checkout.cart import Cart
from tests.checkout.pages import SEND, TERMS, TRANSFER
from tests.factories import UserFactory, open_shop, priced, support
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db

CART = "/kurv/"
ADD = "/koeb/laeg-i-kurv/"


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def visitor(fakturaklip: Product) -> Visitor:
    """A member with 1,000 clips and 2 hours of support in the cart."""
    visitor = Visitor(UserFactory.create())
    for product, quantity in ((fakturaklip, "1000"), (support(), "2")):
        visitor.send(ADD, [("product", str(product.pk)), ("quantity", quantity)])
    return visitor


def quantities(visitor: Visitor) -> list[int]:
    return list(Cart(visitor.client.session).quantities.values())


def test_cart_stands_on_every_page_of_a_buyer(visitor: Visitor) -> None:
    for address in ("/", "/koeb/", "/egen-vedligeholdelse/", "/ordrer/", "/salgsbetingelser/", "/kurv/", "/kassen/"):
        visitor.open(address)
        assert visitor.cart.startswith("Din indkøbskurv")
        assert "1.000 stk. Fakturaklip 2.250,00\u00a0kr." in visitor.cart
        assert "2 time B2B fakturamodtagersupport 1.700,00\u00a0kr." in visitor.cart
        assert "I alt uden moms 3.950,00\u00a0kr. I alt med moms 4.937,50\u00a0kr. Gå til kassen" in visitor.cart


def test_cart_page_shows_lines_vat_and_total(visitor: Visitor) -> None:
    visitor.open(CART)
    assert "1.000 stk. à 2,25\u00a0kr. 2.250,00\u00a0kr." in visitor.part("Fakturaklip")
    assert (
        "Beløb uden moms 3.950,00\u00a0kr. Moms 25\u00a0% 987,50\u00a0kr. I alt med moms 4.937,50\u00a0kr."
    ) in visitor.text


@pytest.mark.parametrize("page", ["/koeb/", CART])
def test_way_to_the_checkout_says_what_is_to_be_paid_after_its_label(visitor: Visitor, page: str) -> None:
    ways = [text_of(link) for link in visitor.open(page).page.iter("a") if link.get("href") == "/kassen/"]
    buttons = [text_of(button) for button in visitor.page.iter("button") if button.get("value") == "checkout"]
    assert set(ways) == {"Gå til kassen 4.937,50\u00a0kr."}
    assert buttons == (["Gå til kassen 4.937,50\u00a0kr."] if page == CART else [])


def test_button_that_places_the_order_says_what_is_to_be_paid_after_its_label(visitor: Visitor) -> None:
    buttons = [text_of(button) for button in visitor.open("/kassen/").page.iter("button")]
    assert "Afsend bestilling 4.937,50\u00a0kr." in buttons


def test_cart_changes_a_quantity_and_prices_it_by_its_tier(visitor: Visitor) -> None:
    visitor.open(CART).fill("Antal", "999", inside="Fakturaklip").press("Ret antal", inside="Fakturaklip")
    assert (visitor.path, visitor.status) == (CART, 200)
    assert "999 stk. à 2,50\u00a0kr. 2.497,50\u00a0kr." in visitor.part("Fakturaklip")
    assert quantities(visitor) == [999, 2]


def test_cart_removes_a_line_and_a_second_click_changes_nothing(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.open(CART).press("Fjern", inside="Fakturaklip")
    assert "Fjernet fra kurven: Fakturaklip." in visitor.text
    assert quantities(visitor) == [2]
    visitor.send(CART, [("remove", str(fakturaklip.pk))])
    assert (visitor.status, quantities(visitor)) == (200, [2])
    visitor.press("Fjern", inside="B2B fakturamodtagersupport")
    assert "Din indkøbskurv er tom." in visitor.text
    assert not visitor.has_link("Gå til kassen")
    assert not visitor.has_button("Gå til kassen")


@pytest.mark.fault(41)
@pytest.mark.parametrize("typed", ["99", "-1", "100.5", "1e9", "\uff11\uff10\uff10", "1,000", ""])
def test_cart_refuses_a_bad_quantity_and_keeps_the_old_one(visitor: Visitor, fakturaklip: Product, typed: str) -> None:
    visitor.open(CART).fill("Antal", typed, inside="Fakturaklip").press("Ret antal", inside="Fakturaklip")
    assert visitor.status == 422
    [(sentence, field)] = visitor.errors
    assert sentence.startswith("Fakturaklip: ")
    assert field == f"id_quantity_{fakturaklip.pk}"
    assert visitor.field("Antal", inside="Fakturaklip").get("value", "") == typed
    assert visitor.field("Antal", inside="B2B fakturamodtagersupport").get("value") == "2"
    assert quantities(visitor) == [1000, 2]


HOUR = "B2B fakturamodtagersupport"


@pytest.mark.parametrize("line", ["Fakturaklip", HOUR])
def test_change_of_one_line_saves_what_was_typed_for_all(visitor: Visitor, line: str) -> None:
    visitor.open(CART).fill("Antal", "999", inside="Fakturaklip").fill("Antal", "3", inside=HOUR)
    visitor.press("Ret antal", inside=line)
    assert quantities(visitor) == [999, 3]
    assert "Antallet er rettet fra 1.000 til 999 stk. Fakturaklip." in visitor.text
    assert f"Antallet er rettet fra 2 til 3 time {HOUR}." in visitor.text


def test_way_to_the_checkout_saves_what_was_typed(visitor: Visitor) -> None:
    visitor.open(CART).fill("Antal", "999", inside="Fakturaklip").fill("Antal", "3", inside=HOUR)
    path, fields = visitor.form_of("Gå til kassen")
    answer = visitor.client.post(path, dict(fields))
    assert (answer.status_code, answer["Location"]) == (303, "/kassen/")
    assert quantities(visitor) == [999, 3]
    before = dict(visitor.client.session.items())
    visitor.send(path, fields)  # a second click
    assert (visitor.path, visitor.heading, dict(visitor.client.session.items())) == ("/kassen/", "Kassen", before)


@pytest.mark.fault(41)
def test_nobody_reaches_the_checkout_with_a_faulty_quantity(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.open(CART).fill("Antal", "99", inside="Fakturaklip").fill("Antal", "3", inside=HOUR)
    visitor.press("Gå til kassen", inside="I alt")
    assert (visitor.path, visitor.status) == (CART, 422)
    assert visitor.errors == [("Fakturaklip: Du skal købe mindst 100 stk.", f"id_quantity_{fakturaklip.pk}")]
    assert visitor.field("Antal", inside="Fakturaklip").get("value") == "99"
    assert visitor.field("Antal", inside=HOUR).get("value") == "3"
    assert quantities(visitor) == [1000, 3]
    assert "3 time à 850,00\u00a0kr. 2.550,00\u00a0kr." in visitor.part(HOUR)


def test_every_faulty_quantity_is_named(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.open(CART).fill("Antal", "99", inside="Fakturaklip").fill("Antal", "", inside=HOUR)
    visitor.press("Ret antal", inside=HOUR)
    hour = Product.objects.get(clip_type=None)
    assert visitor.errors == [
        ("Fakturaklip: Du skal købe mindst 100 stk.", f"id_quantity_{fakturaklip.pk}"),
        (f"{HOUR}: Skriv et antal.", f"id_quantity_{hour.pk}"),
    ]


def test_removal_saves_what_was_typed_for_the_others_and_asks_nothing_of_its_own_line(visitor: Visitor) -> None:
    visitor.open(CART).fill("Antal", "x", inside="Fakturaklip").fill("Antal", "3", inside=HOUR)
    visitor.press("Fjern", inside="Fakturaklip")
    assert (visitor.status, quantities(visitor)) == (200, [3])


def test_removal_keeps_a_faulty_quantity_of_another_line_with_its_error(visitor: Visitor) -> None:
    visitor.open(CART).fill("Antal", "x", inside=HOUR).press("Fjern", inside="Fakturaklip")
    assert (visitor.status, quantities(visitor)) == (422, [2])
    assert "Fjernet fra kurven: Fakturaklip." in visitor.text
    assert visitor.field("Antal", inside=HOUR).get("value") == "x"


def test_enter_in_a_field_saves_and_removes_nothing(visitor: Visitor, fakturaklip: Product) -> None:
    """A browser presses a form's first submit button, also where the first line can only be removed."""
    Product.objects.filter(pk=fakturaklip.pk).update(is_active=False)
    [form] = [each for each in visitor.open(CART).page.iter("form") if each.get("action") == CART]
    first = next(form.iter("button"))
    assert (first.get("name"), first.get("value"), first.get("type")) == ("do", "change", "submit")


@pytest.mark.fault(42)
def test_cart_ignores_fields_that_the_form_does_not_have(visitor: Visitor, fakturaklip: Product) -> None:
    fields = [(f"quantity_{fakturaklip.pk}", "500"), ("do", "change"), ("price", "1"), ("net", "1"), ("quantity", "7")]
    visitor.send(CART, fields)
    assert "500 stk. à 2,50\u00a0kr. 1.250,00\u00a0kr." in visitor.part("Fakturaklip")


@pytest.mark.fault(43)
def test_cart_takes_the_last_of_two_quantities(visitor: Visitor, fakturaklip: Product) -> None:
    name = f"quantity_{fakturaklip.pk}"
    visitor.send(CART, [(name, "100"), (name, "300"), ("do", "change")])
    assert quantities(visitor) == [300, 2]


@pytest.mark.parametrize("product", ["", "0", "987654", "x", "9" * 5000])
def test_cart_shrugs_at_a_line_that_is_not_in_it(visitor: Visitor, product: str) -> None:
    visitor.send(CART, [(f"quantity_{product[:500]}", "500"), ("remove", product), ("do", "change")])
    assert (visitor.path, visitor.status, quantities(visitor)) == (CART, 200, [1000, 2])


def test_cart_is_priced_anew_whenever_it_is_shown(visitor: Visitor) -> None:
    PriceTier.objects.filter(from_quantity=1000).update(unit_price=Decimal("2.00"))
    visitor.open("/koeb/")
    assert "1.000 stk. Fakturaklip 2.000,00\u00a0kr." in visitor.cart
    assert "I alt uden moms 3.700,00\u00a0kr." in visitor.cart


def test_cart_holds_no_price_and_no_company_in_the_session(visitor: Visitor, fakturaklip: Product) -> None:
    hour = Product.objects.get(clip_type=None)
    assert visitor.client.session["cart"] == {str(fakturaklip.pk): 1000, str(hour.pk): 2}
    assert not Order.objects.exists()


def test_withdrawn_product_stands_in_the_cart_with_what_to_do(visitor: Visitor, fakturaklip: Product) -> None:
    Product.objects.filter(pk=fakturaklip.pk).update(is_active=False)
    visitor.open(CART)
    assert "Varen sælges ikke længere. Fjern den fra kurven." in visitor.part("Fakturaklip")
    assert "I alt uden moms 1.700,00\u00a0kr." in visitor.cart
    assert "0,00\u00a0kr." not in (visitor.part("Fakturaklip") + visitor.cart).replace("1.700,00", "")
    assert "Ret antal" not in visitor.part("Fakturaklip")
    assert "Ret eller fjern de varer, der ikke kan købes." in visitor.text
    for page in (CART, "/koeb/"):
        assert not visitor.open(page).has_link("Gå til kassen")
        assert not visitor.has_button("Gå til kassen")
    assert visitor.open("/kassen/").path == CART
    assert "Intet er bestilt." not in visitor.text
    visitor.press("Fjern", inside="Fakturaklip")
    assert visitor.open("/kassen/").path == "/kassen/"


def test_product_that_lost_its_price_stands_in_the_cart_with_what_to_do(visitor: Visitor) -> None:
    PriceTier.objects.filter(product__clip_type=None).delete()
    assert "Varen sælges ikke længere." in visitor.open(CART).part("B2B fakturamodtagersupport")


def test_minimum_that_was_raised_stands_in_the_cart_with_what_to_do(visitor: Visitor, fakturaklip: Product) -> None:
    Product.objects.filter(pk=fakturaklip.pk).update(minimum_quantity=2000)
    assert "Du skal købe mindst 2.000 stk." in visitor.open(CART).part("Fakturaklip")
    assert "I alt uden moms 1.700,00\u00a0kr." in visitor.cart  # what cannot be bought is no part of the sum
    assert visitor.open("/kassen/").path == CART


def test_product_that_was_deleted_is_gone_and_stops_nobody(visitor: Visitor) -> None:
    Product.objects.filter(clip_type=None).delete()
    assert visitor.open(CART).cart.count("stk.") == 1
    visitor.open("/kassen/").choose(TRANSFER).choose(TERMS).press(SEND)
    assert Order.objects.get().net == Decimal("2250.00")


def test_cart_of_nothing_but_a_deleted_product_is_empty(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.open(CART).press("Fjern", inside="Fakturaklip")
    Product.objects.filter(clip_type=None).delete()
    visitor.open("/kassen/")
    assert (visitor.path, visitor.has_link("Gå til kassen")) == (CART, False)
    assert "Din indkøbskurv er tom." in visitor.text


def test_cart_of_many_products_names_each_of_them(visitor: Visitor) -> None:
    for number in range(5):
        product = priced(support(name=f"Support {number}"), t10="1")
        visitor.send(ADD, [("product", str(product.pk)), ("quantity", "1")])
    for number in range(5):
        assert f"1 time Support {number} 850,00\u00a0kr." in visitor.cart
