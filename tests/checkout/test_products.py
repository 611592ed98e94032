"""The product list, and putting things into the cart."""

import pytest

from accounts.models import Role
from billing.models import Order
from catalog.models import Product
from checkout.cart import Cart
from tests.factories import ProductFactory, UserFactory, open_shop, priced, support
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

LIST = "/koeb/"
ADD = "/koeb/laeg-i-kurv/"


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def visitor(fakturaklip: Product) -> Visitor:
    """A buyer at the product list."""
    support()
    assert fakturaklip.is_clips
    return Visitor(UserFactory.create(role=Role.BUYER)).open(LIST)


def quantities(visitor: Visitor) -> dict[int, int]:
    return Cart(visitor.client.session).quantities


def test_product_list_shows_prices_and_minimum(visitor: Visitor) -> None:
    assert visitor.heading == "Køb TrueLink klip og support"
    clips = visitor.part("Fakturaklip")
    assert "100 2,50\u00a0kr. 1.000 2,25\u00a0kr." in clips
    assert "Gælder 12 måneder, eller 24 måneder når du køber mere end 5.000." in clips
    assert visitor.described(visitor.field("Antal", inside="Fakturaklip")) == "min. 100 stk."
    hours = visitor.part("B2B fakturamodtagersupport")
    assert "850,00\u00a0kr. pr. time uden moms" in hours
    assert visitor.described(visitor.field("Antal", inside="B2B fakturamodtagersupport")) == ""
    assert visitor.cart == "Din indkøbskurv Din indkøbskurv er tom"


def test_product_list_leaves_out_what_is_not_for_sale(visitor: Visitor) -> None:
    priced(ProductFactory.create(name="Udgået", is_active=False), t1="1")
    ProductFactory.create(name="Uden pris")
    text = visitor.open(LIST).text
    assert "Udgået" not in text
    assert "Uden pris" not in text


def test_add_puts_the_product_into_the_cart_and_comes_back(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.fill("Antal", "1000", inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
    assert (visitor.path, visitor.status) == (LIST, 200)
    assert "Lagt i kurv: 1.000 stk. Fakturaklip." in visitor.text
    assert visitor.cart == (
        "Din indkøbskurv 1.000 stk. Fakturaklip 2.250,00\u00a0kr. "
        "I alt uden moms 2.250,00\u00a0kr. I alt med moms 2.812,50\u00a0kr. "
        "Gå til kassen 2.812,50\u00a0kr. Se indkøbskurv"
    )
    assert quantities(visitor) == {fakturaklip.pk: 1000}


def test_add_twice_changes_nothing(visitor: Visitor, fakturaklip: Product) -> None:
    for sentence in ("Lagt i kurv: 100 stk. Fakturaklip.", "Der er allerede 100 stk. Fakturaklip i kurven."):
        visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "100")])
        assert sentence in visitor.text
    assert quantities(visitor) == {fakturaklip.pk: 100}


def test_add_of_another_quantity_replaces_the_first(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "100")])
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "1.000")])
    assert "Antallet er rettet fra 100 til 1.000 stk. Fakturaklip." in visitor.text
    assert quantities(visitor) == {fakturaklip.pk: 1000}


@pytest.mark.fault(41)
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("99", "Du skal købe mindst 100 stk."),
        ("0", "Du skal købe mindst 100 stk."),
        ("-1", "Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."),
        ("100.5", "Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."),
        ("1e9", "Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."),
        ("\uff11\uff10\uff10", "Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."),
        ("1,000", "Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."),
        ("1.00", "Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."),
        ("9" * 30, "Du kan højst købe 1.000.000 stk. ad gangen. Kontakt kundecenteret for mere."),
        ("2000000", "Du kan højst købe 1.000.000 stk. ad gangen. Kontakt kundecenteret for mere."),
        ("", "Skriv et antal."),
        ("   ", "Skriv et antal."),
    ],
)
def test_add_of_a_bad_quantity_says_so_at_the_field_and_keeps_what_was_typed(
    visitor: Visitor, fakturaklip: Product, typed: str, sentence: str
) -> None:
    visitor.fill("Antal", typed, inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
    field = visitor.field("Antal", inside="Fakturaklip")
    assert visitor.status == 422
    assert visitor.errors == [(f"Fakturaklip: {sentence}", f"id_quantity_{fakturaklip.pk}")]
    assert field.get("id") == f"id_quantity_{fakturaklip.pk}"
    assert field.get("value", "") == typed
    assert field.get("aria-invalid") == "true"
    assert sentence in visitor.described(field)
    assert "min. 100 stk." in visitor.described(field)
    other = visitor.field("Antal", inside="B2B fakturamodtagersupport")
    assert (other.get("value"), other.get("aria-invalid")) == (None, None)
    assert quantities(visitor) == {}


@pytest.mark.fault(41)
def test_add_of_very_many_digits_is_an_error_too(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "9" * 5000)])
    assert (visitor.status, quantities(visitor)) == (422, {})


@pytest.mark.fault(41)
def test_add_reads_points_as_thousands(visitor: Visitor, fakturaklip: Product) -> None:
    visitor.fill("Antal", " 1.000 ", inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
    assert (visitor.status, quantities(visitor)) == (200, {fakturaklip.pk: 1000})


@pytest.mark.fault(42)
def test_add_ignores_fields_that_the_form_does_not_have(visitor: Visitor, fakturaklip: Product) -> None:
    extra = [("price", "0.01"), ("unit_price", "0.01"), ("net", "1"), ("company", "1"), ("vat_rate", "0")]
    visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "100"), *extra])
    assert "100 stk. Fakturaklip 250,00\u00a0kr." in visitor.cart
    assert quantities(visitor) == {fakturaklip.pk: 100}


@pytest.mark.fault(43)
@pytest.mark.parametrize(
    ("typed", "status", "kept"), [(["100", "500"], 200, 500), (["500", "99"], 422, None), (["99", "100"], 200, 100)]
)
def test_add_takes_the_last_of_two_quantities(
    visitor: Visitor, fakturaklip: Product, typed: list[str], status: int, kept: int | None
) -> None:
    """Whoever sends a field twice gets the last one, checked like any other."""
    visitor.send(ADD, [("product", str(fakturaklip.pk)), *(("quantity", each) for each in typed)])
    assert visitor.status == status
    assert quantities(visitor).get(fakturaklip.pk) == kept


@pytest.mark.parametrize("product", ["", "0", "-1", "987654", "x", "\uff11", "9" * 5000, "1 OR 1=1"])
def test_add_of_an_unknown_product_is_not_found(visitor: Visitor, product: str) -> None:
    assert visitor.send(ADD, [("product", product), ("quantity", "100")]).status == 404
    assert quantities(visitor) == {}


def test_add_of_a_withdrawn_product_is_not_found(visitor: Visitor, fakturaklip: Product) -> None:
    Product.objects.filter(pk=fakturaklip.pk).update(is_active=False)
    assert visitor.send(ADD, [("product", str(fakturaklip.pk)), ("quantity", "100")]).status == 404


def test_add_without_its_form_leads_to_the_list(visitor: Visitor) -> None:
    """Who is logged on again in the middle of "Læg i kurv" comes back with a GET."""
    assert visitor.open(ADD).path == LIST
    assert quantities(visitor) == {}


def test_get_of_the_list_writes_nothing(visitor: Visitor) -> None:
    visitor.open(LIST)
    assert quantities(visitor) == {}
    assert not Order.objects.exists()


def test_product_list_without_products_says_so() -> None:
    visitor = Visitor(UserFactory.create()).open(LIST)
    assert (visitor.status, visitor.has_button("Læg i kurv")) == (200, False)
    assert "Der er ingen varer til salg lige nu." in visitor.text


@pytest.mark.parametrize(("unit", "shown"), [("<b>stk</b>", "min. 100 <b>stk</b>"), ("&lt;i", "min. 100 &lt;i")])
def test_unit_is_shown_as_staff_wrote_it(visitor: Visitor, fakturaklip: Product, unit: str, shown: str) -> None:
    Product.objects.filter(pk=fakturaklip.pk).update(unit=unit)
    visitor.open("/koeb/")
    help_text = visitor.described(visitor.field("Antal", inside="Fakturaklip"))
    assert help_text == shown
