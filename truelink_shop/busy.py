"""A page for who waited in vain: others kept the database from this person's turn, and nothing has happened."""

from collections.abc import Callable

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from accounts.transactions import is_busy

log = structlog.get_logger(__name__)

_SECONDS_TO_WAIT = 10


class BusyMiddleware:
    """Answers 503 with a sentence instead of 500 when a transaction did not get its turn."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self._get_response(request)

    def process_exception(self, _: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page, or None for every other error."""
        return busy_page(exception)


def busy_page(exception: Exception) -> HttpResponse | None:
    """Return the page for this error, made without the database; None when it says nothing of a busy one."""
    if not (isinstance(exception, OperationalError) and is_busy(exception)):
        return None
    log.error("database_busy", sqlstate=getattr(exception.__cause__, "sqlstate", None))
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(_SECONDS_TO_WAIT)
    return response
