"""A name for each request, which all log lines written on its behalf carry as `request_id`.

Connected to Django's signals, not a middleware: also what the outermost middleware logs has the id then.
"""

import re
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.signals import request_finished, request_started

# Nothing that looks like an address or breaks a line.
_WELL_FORMED = re.compile(r"[A-Za-z0-9-]{8,64}")


def name_requests() -> None:
    """Have each request named when it begins, and the name forgotten when it ends. May be called again."""
    request_started.connect(_begin, dispatch_uid="request_ids")
    request_finished.connect(_end, dispatch_uid="request_ids")


def _begin(*, environ: dict[str, Any] | None = None, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=_request_id(environ or {}))


def _end(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()


def _request_id(environ: dict[str, Any]) -> str:
    """Return the id that a trusted proxy gave in `X-Request-Id`, so that its log and ours can be laid side by side;
    a new one otherwise."""
    given = str(environ.get("HTTP_X_REQUEST_ID", "")) if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
    return given if _WELL_FORMED.fullmatch(given) else uuid4().hex
