"""The shop speaks UTF-8 and nothing else, as browsers do with its forms."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import parse_header_parameters

_REFUSED = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class Utf8Request(WSGIRequest):
    """A request that is read in UTF-8, whatever it says.

    Django reads the address as soon as it hears of a charset, before any middleware is asked.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class CharsetMiddleware:
    """Answers 415 to a request that says it is written in another charset, before anything of it is read.

    Django itself refuses such a form wherever it reads one, and reads it again for its page about that: each page would
    fail at the next.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() != "utf-8":
            return HttpResponse(_REFUSED.phrase, status=_REFUSED, content_type="text/plain; charset=utf-8")
        return self._get_response(request)
