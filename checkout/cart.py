"""The cart: product ids and quantities in the session, priced anew from the catalogue whenever it is shown."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from catalog.models import Product
from catalog.money import Totals, line_net, totals_of
from catalog.prices import LongerValidity, Nudge, Offer, PriceList, price_list
from catalog.quantities import BadQuantity, check_quantity

_SESSION_KEY = "cart"
_KEY_KEY = "cart_key"
_PAYING_KEY = "cart_being_paid"


@dataclass(frozen=True)
class CartLine:
    """One product of the cart at today's price, or with the reason why it cannot be bought as it stands."""

    product: Product
    quantity: int
    unit_price: Decimal
    net: Decimal
    problem: str = ""
    nudge: Nudge | None = None
    longer: LongerValidity | None = None


class Cart:
    """What the session holds: a quantity for each product, in the order in which they were put in."""

    def __init__(self, session: SessionBase) -> None:
        self._session = session

    @property
    def quantities(self) -> dict[int, int]:
        """The quantities by product id."""
        return {int(product_id): quantity for product_id, quantity in self._quantities.items()}

    @property
    def _quantities(self) -> dict[str, int]:
        stored: dict[str, int] = self._session.get(_SESSION_KEY, {})
        return stored

    def put(self, product_id: int, quantity: int) -> None:
        """Set how many of the product are in the cart: putting the same in twice changes nothing."""
        self._store({**self.quantities, product_id: quantity})

    def remove(self, product_id: int) -> None:
        """Take the product out, if it is there."""
        self._store({other: quantity for other, quantity in self.quantities.items() if other != product_id})

    @property
    def key(self) -> str:
        """The key under which this filling of the cart is placed: once, from however many pages it is sent."""
        return str(self._session.get(_KEY_KEY, ""))

    def renew_key(self) -> None:
        """Let what is in the cart now be placed although an earlier filling was placed under its key."""
        self._session[_KEY_KEY] = str(uuid4())

    @property
    def order_being_paid(self) -> int | None:
        """The card order that was placed from this cart and is not known to be paid yet."""
        paying = self._session.get(_PAYING_KEY)
        return None if paying is None else int(paying["order"])

    @property
    def is_as_ordered(self) -> bool:
        """Whether the cart holds what the order that is being paid was placed for."""
        return bool(self._session.get(_PAYING_KEY, {}).get("quantities") == self._quantities)

    def is_being_paid(self, order_id: int) -> None:
        """Keep what is in the cart until the order is paid, and remember what it was."""
        self._session[_PAYING_KEY] = {"order": order_id, "quantities": self._quantities}

    def was_paid(self) -> None:
        """Empty the cart of what has been paid; what was changed since then stays, to be ordered by itself."""
        paid: dict[str, int] = self._session.pop(_PAYING_KEY)["quantities"]
        left = {int(name): number for name, number in self._quantities.items() if paid.get(name) != number}
        self.clear()
        if left:
            self._store(left)

    def clear(self) -> None:
        """Empty the cart."""
        for name in (_SESSION_KEY, _KEY_KEY, _PAYING_KEY):
            self._session.pop(name, None)

    def _store(self, quantities: dict[int, int]) -> None:
        if not self.key:
            self.renew_key()
        self._session[_SESSION_KEY] = {str(product_id): quantity for product_id, quantity in quantities.items()}


class PricedCart:
    """The cart with today's prices, for pages. Reads the price list only when it has something to price."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def order_being_paid(self) -> int | None:
        """The card order that was placed from this cart and is not known to be paid yet."""
        return Cart(self._request.session).order_being_paid

    @property
    def is_as_ordered(self) -> bool:
        """Whether the cart holds what the order that is being paid was placed for."""
        return Cart(self._request.session).is_as_ordered

    @cached_property
    def lines(self) -> tuple[CartLine, ...]:
        """The lines that the catalogue still knows; a product that was withdrawn stands with its problem."""
        quantities = Cart(self._request.session).quantities
        if not quantities:
            return ()
        prices = price_list(self._request)
        unknown = [product_id for product_id in quantities if prices.get(product_id) is None]
        gone = Product.objects.in_bulk(unknown) if unknown else {}
        return tuple(_lines(quantities, prices, gone))

    @cached_property
    def totals(self) -> Totals:
        """The sums of the lines that can be bought, in kroner."""
        return totals_of((line.net, line.product.vat_rate) for line in self.lines if not line.problem)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.lines)

    @property
    def is_sound(self) -> bool:
        """Whether there is something to buy, and nothing in the way."""
        return bool(self.lines) and not any(line.problem for line in self.lines)

    def __bool__(self) -> bool:
        return bool(self.lines)


def priced_cart(request: HttpRequest) -> PricedCart:
    """Return the request's cart with today's prices, made once for each request."""
    holder: Any = request
    if not hasattr(holder, "_priced_cart"):
        holder._priced_cart = PricedCart(request)
    cart: PricedCart = holder._priced_cart
    return cart


def _lines(quantities: dict[int, int], prices: PriceList, gone: dict[int, Product]) -> Iterator[CartLine]:
    offers = {product_id: offer for product_id in quantities if (offer := prices.get(product_id))}
    of_type: Counter[int | None] = Counter()
    for product_id, offer in offers.items():
        of_type[offer.product.clip_type_id] += quantities[product_id]
    for product_id, quantity in quantities.items():
        if product_id in offers:
            offer = offers[product_id]
            yield _line(offer, quantity, beside=of_type[offer.product.clip_type_id] - quantity)
        elif product_id in gone:
            zero = Decimal("0.00")
            yield CartLine(
                gone[product_id],
                quantity,
                zero,
                zero,
                _("Varen sælges ikke længere. Fjern den fra kurven."),
            )


def _line(offer: Offer, quantity: int, *, beside: int) -> CartLine:
    unit_price = offer.unit_price(quantity)
    net = line_net(quantity, unit_price)
    try:
        check_quantity(offer.product, quantity)
    except BadQuantity as refusal:
        return CartLine(offer.product, quantity, unit_price, net, str(refusal))
    longer = offer.longer_validity(quantity, beside=beside)
    return CartLine(offer.product, quantity, unit_price, net, nudge=offer.nudge(quantity), longer=longer)
