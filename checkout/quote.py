"""What the checkout page showed, signed into the page: the member agrees to exactly this and to nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.core import signing

from billing.services.placing import RequestedLine
from checkout.cart import CartLine

_SALT = "checkout.quote"


@dataclass(frozen=True)
class PriceChange:
    """A price that is no longer what the page showed (kroner a unit without VAT)."""

    name: str
    old_unit_price: Decimal
    new_unit_price: Decimal


def make_quote(lines: Iterable[CartLine]) -> str:
    """Return the lines with their prices as signed text for a hidden field."""
    facts = [
        [
            line.product.pk,
            line.quantity,
            str(line.unit_price),
            str(line.product.vat_rate),
        ]
        for line in lines
    ]
    return signing.dumps(facts, salt=_SALT, compress=True)


def read_quote(text: str) -> tuple[RequestedLine, ...]:
    """Return what the page showed. Text that this shop did not sign counts as having shown nothing."""
    try:
        facts = signing.loads(text, salt=_SALT)
    except signing.BadSignature:
        return ()
    return tuple(RequestedLine(pk, quantity, Decimal(price), Decimal(rate)) for pk, quantity, price, rate in facts)


def price_changes(agreed: Iterable[RequestedLine], lines: Iterable[CartLine]) -> list[PriceChange]:
    """Return the products whose unit price differs from the page's, although the quantity is the same."""
    before = {(line.product_id, line.quantity): line.agreed_unit_price for line in agreed}
    return [
        PriceChange(line.product.name, before[key], line.unit_price)
        for line in lines
        if (key := (line.product.pk, line.quantity)) in before and before[key] != line.unit_price
    ]
