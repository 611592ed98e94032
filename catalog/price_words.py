"""What a quantity costs, and which lower price or longer validity is near, as sentences for a member's page.

The same patterns go to the script that shows the price while a quantity is typed, so that both say the same.
"""

from django.utils.translation import gettext, gettext_noop

from catalog.amounts import kroner, unit_price, whole
from catalog.models import Product
from catalog.money import ZERO
from catalog.prices import LongerValidity, Nudge, Price
from catalog.units import per_unit, unit_in_words

_PRICE = gettext_noop("%(quantity)s %(unit)s à %(price)s = %(net)s uden moms (%(total)s med moms)")
_NUDGE = gettext_noop("Køb %(more)s %(unit)s mere, så falder prisen til %(price)s %(per_unit)s")
_NUDGE_THAT_SAVES = gettext_noop(
    "Køb %(more)s %(unit)s mere, så falder prisen til %(price)s %(per_unit)s, og det hele bliver %(saved)s billigere."
)

_LONGER = gettext_noop("Køb %(more)s %(unit)s mere, så gælder klippene i %(long)s måneder i stedet for %(short)s.")


def price_in_words(price: Price) -> str:
    """Say what the quantity costs: `1.000 stk. à 1,70 kr. = 1.700,00 kr. uden moms (2.125,00 kr. med moms)`."""
    return gettext(_PRICE) % {
        "quantity": whole(price.quantity),
        "unit": unit_in_words(price.product.unit),
        "price": unit_price(price.unit_price),
        "net": kroner(price.totals.net),
        "total": kroner(price.totals.total),
    }


def nudge_in_words(nudge: Nudge) -> str:
    """Say how many more bring the price down, to what, and by how much that makes all of them cheaper, if it does."""
    pattern = gettext(_NUDGE_THAT_SAVES if nudge.saved > ZERO else _NUDGE)
    facts = {
        "more": whole(nudge.more),
        "unit": unit_in_words(nudge.product.unit),
        "price": unit_price(nudge.unit_price),
        "per_unit": per_unit(nudge.product.unit),
        "saved": kroner(nudge.saved),
    }
    return _ended(pattern % facts)


def longer_in_words(longer: LongerValidity) -> str:
    """Say how many more make the clips last longer, and how long."""
    return gettext(_LONGER) % {
        "more": whole(longer.more),
        "unit": unit_in_words(longer.product.unit),
        "long": longer.long,
        "short": longer.short,
    }


def patterns(product: Product) -> dict[str, str]:
    """Return the sentences above for the script, which puts the figures where they hold `%(name)s`."""
    return {
        "unit": unit_in_words(product.unit),
        "price": gettext(_PRICE),
        "nudge": _ended(gettext(_NUDGE).replace("%(per_unit)s", per_unit(product.unit))),
        "saving": _ended(gettext(_NUDGE_THAT_SAVES).replace("%(per_unit)s", per_unit(product.unit))),
        "longer": gettext(_LONGER),
    }


def _ended(sentence: str) -> str:
    """Return the sentence with its full stop; "pr. stk." at its end brings one along."""
    return sentence if sentence.endswith(".") else f"{sentence}."
