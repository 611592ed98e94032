"""What every page shows about the seller."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from billing.models import Seller


def seller(_: HttpRequest) -> dict[str, Any]:
    """Give pages the seller for header and footer; None before the shop is set up."""
    return {"seller": SimpleLazyObject(Seller.objects.for_pages)}
