"""Sessions in the database, as Django keeps them; a cookie that cannot be a key of ours is no session.

Django saves the session after the view, and takes any error there for a session that was deleted meanwhile (a log-off
in another window): a 400. A database that was busy is told as everywhere else (`busy.py`).
"""

import re

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from truelink_shop.busy import busy_page

_KEY = re.compile(r"[a-z0-9]{8,40}")


class SessionStore(DatabaseSessions):
    """Looks up well-formed keys only: PostgreSQL refuses to look for a NUL byte."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and _KEY.fullmatch(key) is not None

    def save(self, must_create: bool = False) -> None:
        """Save the session; what the database said of why it could not goes up as it is."""
        try:
            super().save(must_create=must_create)
        except UpdateError as deleted:
            if isinstance(deleted.__context__, OperationalError):
                raise deleted.__context__ from deleted.__context__.__cause__
            raise


class SessionMiddleware(DjangoSessionMiddleware):
    """Shows the page for a busy database when it is the session that did not get its turn."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save the session, which Django does here; no other middleware would see its error."""
        try:
            return super().process_response(request, response)
        except OperationalError as error:
            page = busy_page(error)
            if page is None:
                raise
            return page
