"""The volume prices of a product, as the office types them."""

from decimal import Decimal

import pytest

from catalog.models import Product
from tests.factories import ProductFactory, priced
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def save(desk: Visitor, product: Product, *tiers: tuple[str, str]) -> str:
    """Save the product with these new tiers, and return the words of the page that answers."""
    fields = {
        "name": product.name,
        "unit": "stk.",
        "clip_type": str(product.clip_type_id or ""),
        "position": "1",
        "is_active": "on",
        "minimum_quantity": "100",
        "maximum_quantity": "100000",
        "vat_rate": "25",
        "tiers-TOTAL_FORMS": str(len(tiers)),
        "tiers-INITIAL_FORMS": "0",
    }
    for number, (quantity, price) in enumerate(tiers):
        fields |= {f"tiers-{number}-from_quantity": quantity, f"tiers-{number}-unit_price": price}
    return desk.send(f"/admin/catalog/product/{product.pk}/change/", list(fields.items())).text


@pytest.fixture
def product() -> Product:
    return ProductFactory.create()


def test_prices_that_fall_are_saved_and_listed_one_a_line(desk: Visitor, product: Product) -> None:
    save(desk, product, ("100", "2.25"), ("500", "1.95"), ("1000", "1.95"))
    assert [tier.unit_price for tier in product.tiers.all()] == [Decimal("2.25"), Decimal("1.95"), Decimal("1.95")]
    page = desk.client.get("/admin/catalog/product/").content.decode()
    shown = "fra 100: 2,25\u00a0kr.<br>fra 500: 1,95\u00a0kr.<br>fra 1.000: 1,95\u00a0kr."
    assert f'<td class="field-prices">{shown}</td>' in page


def test_more_never_costs_more_a_unit(desk: Visitor, product: Product) -> None:
    said = save(desk, product, ("500", "2.50"), ("100", "2.25"))
    assert "Fra 500 koster en enhed 2,50\u00a0kr., men fra 100 kun 2,25\u00a0kr." in said
    assert "Et større antal må ikke koste mere pr. enhed." in said
    assert not product.tiers.exists()


def test_the_first_price_holds_from_the_least_quantity(desk: Visitor, product: Product) -> None:
    assert "Det første pristrin skal gælde fra varens mindste antal (100)." in save(desk, product, ("101", "2.25"))
    assert not product.tiers.exists()
    save(desk, product, ("1", "2.25"))
    assert product.tiers.count() == 1


@pytest.mark.parametrize("price", ["0", "0.0099", "-1"])
def test_nothing_is_given_away(desk: Visitor, product: Product, price: str) -> None:
    assert "Prisen skal være mindst 0,01 kr. pr. enhed." in save(desk, product, ("100", price))
    assert not product.tiers.exists()


def test_a_tier_that_is_removed_is_not_compared(desk: Visitor, product: Product) -> None:
    priced(product, t100="1", t500="2")
    dear, cheap = product.tiers.order_by("-from_quantity")
    desk.open(f"/admin/catalog/product/{product.pk}/change/")
    fields = [
        ("name", product.name), ("unit", "stk."), ("clip_type", str(product.clip_type_id or "")), ("position", "1"),
        ("minimum_quantity", "100"), ("maximum_quantity", "100000"), ("vat_rate", "25"),
        ("tiers-TOTAL_FORMS", "2"), ("tiers-INITIAL_FORMS", "2"),
        ("tiers-0-id", str(cheap.pk)), ("tiers-0-from_quantity", "100"), ("tiers-0-unit_price", "1"),
        ("tiers-1-id", str(dear.pk)), ("tiers-1-from_quantity", "500"), ("tiers-1-unit_price", "2"),
        ("tiers-1-DELETE", "on"),
    ]  # fmt: skip
    desk.send(f"/admin/catalog/product/{product.pk}/change/", fields)
    assert list(product.tiers.all()) == [cheap]
