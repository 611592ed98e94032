"""The way back to "Ordrer og fakturaer", with the search that a member comes from."""

from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest
from django.urls import reverse

from billing.models import OrderState
from billing.services.searching import cleaned

_FIELDS_AT_MOST = 20
_DIGITS_AT_MOST = 6


def list_come_from(request: HttpRequest) -> str | None:
    """Return the path of the list of orders as the member left it; None for whoever comes from elsewhere.

    The browser's word is not trusted: of the address that it names, only what the list's own form asks for is kept.
    """
    path = reverse("billing:orders")
    try:
        address = urlsplit(request.headers.get("Referer", ""))
        asked = parse_qs(address.query, max_num_fields=_FIELDS_AT_MOST)
    except ValueError:
        return None
    if (address.netloc, address.path) != (request.get_host(), path):
        return None
    kept = {name: value for name in asked if (value := _kept(name, asked[name][-1]))}
    return f"{path}?{urlencode(kept)}" if kept else path


def _kept(name: str, value: str) -> str:
    match name:
        case "soeg":
            return cleaned(value)
        case "aar" | "side":
            is_number = value.isascii() and value.isdecimal() and len(value) <= _DIGITS_AT_MOST
            return value if is_number else ""
        case "status":
            return value if value in OrderState.values else ""
        case _:
            return ""
