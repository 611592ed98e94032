"""What must be set up before anything can be sold."""

from django.utils.translation import gettext as _

from billing.models import Seller, TermsOfSale
from catalog.prices import PriceList


def current_terms() -> TermsOfSale | None:
    """Return the terms of sale that hold now, with the newest version; None before the first is published."""
    return TermsOfSale.objects.order_by("-pk").first()


def missing_for_checkout(*, terms: TermsOfSale | None, prices: PriceList) -> list[str]:
    """Return what keeps the shop from selling; an empty list when it is open."""
    missing = []
    if Seller.objects.for_pages() is None:
        missing.append(_("Sælgerens oplysninger mangler."))
    if terms is None:
        missing.append(_("Salgsbetingelserne mangler."))
    if not prices:
        missing.append(_("Der er ingen varer med priser."))
    return missing
