"""The price list: what can be bought now, and what a quantity of it costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.http import HttpRequest

from catalog.models import PriceTier, Product
from catalog.money import Totals, line_net, totals_of

# A lower price that this many per cent more would reach is worth naming, although it costs more in all; a longer
# validity is when the quantity is at most so many per cent below its limit.
NEAR_PERCENT = 25


@dataclass(frozen=True)
class Price:
    """What a quantity of one product costs: the unit price, and the sums of the line, in kroner."""

    product: Product
    quantity: int
    unit_price: Decimal
    totals: Totals


@dataclass(frozen=True)
class Nudge:
    """A lower price of a product that is near: `more` units further on, one costs `unit_price` (kroner without VAT).

    `saved` is how many kroner without VAT all of them cost less than the smaller quantity does; below zero they cost
    more.
    """

    product: Product
    more: int
    unit_price: Decimal
    saved: Decimal


@dataclass(frozen=True)
class LongerValidity:
    """Clips of a product would last `long` months instead of `short` if `more` of them were bought."""

    product: Product
    more: int
    long: int
    short: int


@dataclass(frozen=True)
class Offer:
    """A product for sale with its tiers, smallest quantity first."""

    product: Product
    tiers: tuple[PriceTier, ...]

    def reached_tier(self, quantity: int) -> PriceTier:
        """Return the tier that prices `quantity`: the highest that it reaches, below the lowest that one."""
        reached = [tier for tier in self.tiers if tier.from_quantity <= quantity] or self.tiers[:1]
        return reached[-1]

    def unit_price(self, quantity: int) -> Decimal:
        """Return the price of one unit (kroner without VAT) when `quantity` are bought together.

        The highest tier that the quantity reaches prices the whole line. Below the lowest tier, its price holds.
        """
        return self.reached_tier(quantity).unit_price

    def price(self, quantity: int) -> Price:
        """Return what `quantity` bought together cost, when nothing else is bought."""
        unit_price = self.unit_price(quantity)
        totals = totals_of([(line_net(quantity, unit_price), self.product.vat_rate)])
        return Price(self.product, quantity, unit_price, totals)

    def nudge(self, quantity: int) -> Nudge | None:
        """Return the first lower price worth naming to somebody who takes `quantity`, or None.

        It is worth naming when the larger quantity costs no more in all, or is at most NEAR_PERCENT larger.
        """
        now = self.unit_price(quantity)
        for tier in self.tiers:
            more = tier.from_quantity - quantity
            if more <= 0 or tier.unit_price >= now or tier.from_quantity > self.product.maximum_quantity:
                continue
            saved = line_net(quantity, now) - line_net(tier.from_quantity, tier.unit_price)
            if saved >= 0 or more * 100 <= quantity * NEAR_PERCENT:
                return Nudge(self.product, more, tier.unit_price, saved)
        return None

    @property
    def long_validity_above(self) -> int | None:
        """Beyond how many clips of an order they last longer; None when they never do, or are no clips."""
        clip_type = self.product.clip_type
        if clip_type is None or clip_type.long_validity_months == clip_type.short_validity_months:
            return None
        return clip_type.long_validity_above

    def longer_validity(self, quantity: int, *, beside: int = 0) -> LongerValidity | None:
        """Return the longer validity that is near for who takes `quantity`, with `beside` of the type in other lines.

        It is near when all of them are the limit, or at most NEAR_PERCENT below it.
        """
        above, clip_type = self.long_validity_above, self.product.clip_type
        if above is None or clip_type is None:
            return None
        below = above - quantity - beside
        if below < 0 or below * 100 > above * NEAR_PERCENT or quantity + below >= self.product.maximum_quantity:
            return None
        return LongerValidity(self.product, below + 1, clip_type.long_validity_months, clip_type.short_validity_months)


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

    def of_clip_type(self, clip_type_id: int) -> Offer | None:
        """Return the first offer of clips of the type, or None when they are not for sale."""
        return next((offer for offer in self if offer.product.clip_type_id == clip_type_id), None)


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


def price_list(request: HttpRequest) -> PriceList:
    """Return today's price list, read once for each request."""
    holder: Any = request
    if not hasattr(holder, "_price_list"):
        holder._price_list = current_price_list()
    prices: PriceList = holder._price_list
    return prices
