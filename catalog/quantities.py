"""What a person may type as a quantity, and what it means."""

import re

from django.utils.translation import gettext as _

from catalog.amounts import whole
from catalog.models import Product
from catalog.units import unit_in_words

# Digits 0-9 only, with thousands points where Danish puts them. A comma is the decimal comma, so "1,000" is refused.
_WHOLE_NUMBER = re.compile(r"[0-9]{1,40}|[1-9][0-9]{0,2}(?:\.[0-9]{3}){1,3}", re.ASCII)


class BadQuantity(ValueError):
    """The quantity cannot be bought; the message is the Danish sentence for the member."""


def parse_quantity(text: str) -> int:
    """Read a whole number as Danes write it: `250`, ` 1.000 `. Anything else raises BadQuantity."""
    typed = text.strip()
    if not typed:
        raise BadQuantity(_("Skriv et antal."))
    if not _WHOLE_NUMBER.fullmatch(typed):
        raise BadQuantity(_("Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."))
    return int(typed.replace(".", ""))


def check_quantity(product: Product, quantity: int) -> None:
    """Raise BadQuantity unless so many of the product can be bought in one line."""
    facts = {
        "unit": unit_in_words(product.unit),
        "minimum": whole(product.minimum_quantity),
        "maximum": whole(product.maximum_quantity),
    }
    if quantity < product.minimum_quantity:
        raise BadQuantity(_("Du skal købe mindst %(minimum)s %(unit)s") % facts)
    if quantity > product.maximum_quantity:
        raise BadQuantity(
            _("Du kan højst købe %(maximum)s %(unit)s ad gangen. Kontakt kundecenteret for mere.") % facts
        )
