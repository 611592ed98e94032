"""The price list: what can be bought now, and what a quantity of it costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from catalog.models import PriceTier, Product


@dataclass(frozen=True)
class Offer:
    """A product for sale with its tiers, smallest quantity first."""

    product: Product
    tiers: tuple[PriceTier, ...]

    def unit_price(self, quantity: int) -> Decimal:
        """Return the price of one unit (kroner without VAT) when `quantity` are bought together.

        The highest tier that the quantity reaches prices the whole line. Below the lowest tier, its price holds.
        """
        reached = [tier for tier in self.tiers if tier.from_quantity <= quantity] or self.tiers[:1]
        return reached[-1].unit_price


class PriceList:
    """Every offer of the shop by the product's id, in the order of the list; read with one query."""

    def __init__(self, offers: dict[int, Offer]) -> None:
        self._offers = offers

    def __iter__(self) -> Iterator[Offer]:
        return iter(self._offers.values())

    def __bool__(self) -> bool:
        return bool(self._offers)

    def get(self, product_id: int) -> Offer | None:
        """Return the offer, or None when the product is not for sale (any more)."""
        return self._offers.get(product_id)


def current_price_list() -> PriceList:
    """Read what is for sale now. A product without a price is not for sale."""
    tiers = (
        PriceTier.objects.filter(product__is_active=True)
        .select_related("product__clip_type")
        .order_by("product__position", "product__name", "product_id", "from_quantity")
    )
    offers = {}
    for product_id, group in groupby(tiers, key=lambda tier: tier.product_id):
        own = tuple(group)
        offers[product_id] = Offer(own[0].product, own)
    return PriceList(offers)
