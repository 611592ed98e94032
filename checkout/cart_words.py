"""What was done to the cart, as sentences for a member's page."""

from django.utils.translation import gettext as _

from catalog.amounts import whole
from catalog.models import Product
from catalog.units import unit_in_words


def what_was_put(product: Product, earlier: int | None, quantity: int) -> str:
    """Say what became of the product's line, of which `earlier` were in the cart (None: it is new)."""
    facts = {
        "earlier": whole(earlier or 0),
        "quantity": whole(quantity),
        "unit": unit_in_words(product.unit),
        "name": product.name,
    }
    if earlier is None:
        return _("Lagt i kurv: %(quantity)s %(unit)s %(name)s.") % facts
    if earlier == quantity:
        return _("Der er allerede %(quantity)s %(unit)s %(name)s i kurven.") % facts
    return _("Antallet er rettet fra %(earlier)s til %(quantity)s %(unit)s %(name)s.") % facts
