"""The cart on every page."""

from typing import Any

from django.http import HttpRequest

from checkout.cart import priced_cart


def cart(request: HttpRequest) -> dict[str, Any]:
    """Give pages the priced cart; it is priced only if the page shows it."""
    return {"cart": priced_cart(request)}
