"""Sessions in the database, as Django keeps them; a cookie that cannot be a key of ours is no session."""

import re

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions

_KEY = re.compile(r"[a-z0-9]{8,40}")


class SessionStore(DatabaseSessions):
    """Looks up well-formed keys only: PostgreSQL refuses to look for a NUL byte."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and _KEY.fullmatch(key) is not None
