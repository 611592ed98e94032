"""What a form of the product list tells static/js/price.js, which shows the price while a quantity is typed."""

from decimal import Decimal

from catalog import price_words
from catalog.prices import NEAR_PERCENT, Offer

_PARTS_OF_A_KRONE = 10_000
_PARTS_OF_A_PER_CENT = 100


def price_facts(offer: Offer) -> dict[str, str]:
    """Return the form's `data-` attributes: whole numbers, for a script's own fractions are not exact.

    Unit prices are in ten-thousandths of a krone, the VAT rate in hundredths of a per cent.
    """
    product = offer.product
    clip_type = None if offer.long_validity_above is None else product.clip_type
    tiers = (f"{tier.from_quantity}:{_parts(tier.unit_price, _PARTS_OF_A_KRONE)}" for tier in offer.tiers)
    return {
        "tiers": " ".join(tiers),
        "vat": _parts(product.vat_rate, _PARTS_OF_A_PER_CENT),
        "minimum": str(product.minimum_quantity),
        "maximum": str(product.maximum_quantity),
        "near": str(NEAR_PERCENT),
        # Empty when no quantity makes them last longer.
        "long-above": str(clip_type.long_validity_above) if clip_type else "",
        "long": str(clip_type.long_validity_months) if clip_type else "",
        "short": str(clip_type.short_validity_months) if clip_type else "",
        **{f"words-{name}": words for name, words in price_words.patterns(product).items()},
    }


def _parts(amount: Decimal, parts: int) -> str:
    return str(int(amount * parts))
