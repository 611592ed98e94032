"""What the database refuses about products and prices, whoever asks."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from catalog.models import ClipType, PriceTier
from tests.database import constraints_of, refused_by
from tests.factories import ClipTypeFactory, ProductFactory, invoice_clips

pytestmark = pytest.mark.django_db


def _tier(from_quantity: int, unit_price: str) -> PriceTier:
    return PriceTier.objects.create(
        product=invoice_clips(), from_quantity=from_quantity, unit_price=Decimal(unit_price)
    )


def _shorten_the_long_validity() -> None:
    clip_type = ClipTypeFactory.create()
    ClipType.objects.filter(pk=clip_type.pk).update(long_validity_months=11)


_BREACHES: dict[str, list[Callable[[], object]]] = {
    "clip_type_validity_is_at_least_a_month": [
        lambda: ClipTypeFactory.create(short_validity_months=0),
        _shorten_the_long_validity,
    ],
    "product_quantities_run_upwards_from_one": [
        lambda: ProductFactory.create(minimum_quantity=0),
        lambda: ProductFactory.create(minimum_quantity=100, maximum_quantity=99),
    ],
    "product_vat_rate_is_a_percentage": [
        lambda: ProductFactory.create(vat_rate=Decimal("-0.01")),
        lambda: ProductFactory.create(vat_rate=Decimal("100.01")),
    ],
    "one_price_for_a_quantity": [lambda: _tier(100, "2.40")],
    "tier_starts_at_one_or_more": [lambda: _tier(0, "2.40")],
    "unit_price_is_not_negative": [lambda: _tier(5000, "-0.0001")],
}


@pytest.mark.parametrize(
    ("name", "breach"), [(name, breach) for name, breaches in _BREACHES.items() for breach in breaches]
)
def test_database_refuses(name: str, breach: Callable[[], object]) -> None:
    with refused_by(name):
        breach()


def test_every_constraint_of_the_room_is_shown() -> None:
    assert set(_BREACHES) == set(constraints_of("catalog"))
