"""What members want: the contents of carts."""

from dataclasses import dataclass, field
from uuid import UUID

from accounts.models import User
from billing.models import PaymentMethod, TermsOfSale
from billing.services.placing import Placement, RequestedLine
from catalog.models import Product
from catalog.prices import current_price_list

# Clips, and hours of support.
WISHES = [(100, 0), (5001, 0), (0, 1), (100, 2)]


@dataclass
class Filling:
    """What is in the cart between two emptyings, and the orders that came of it."""

    wanted: Placement
    orders: list[int] = field(default_factory=list)


def placement(
    user: User, products: tuple[Product, Product], *, key: UUID, wish: tuple[int, int], method: PaymentMethod
) -> Placement:
    """Return what the checkout page sends for so many of each product, at today's prices."""
    prices, lines = current_price_list(), []
    for product, quantity in zip(products, wish, strict=True):
        offer = prices.get(product.pk)
        if quantity and offer is not None:
            lines.append(RequestedLine(product.pk, quantity, offer.unit_price(quantity), offer.product.vat_rate))
    return Placement(user, key, tuple(lines), method, TermsOfSale.objects.get().pk)
