"""gunicorn's own lines, written as all others are."""

import django
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Hands gunicorn's lines to the logging that the shop's settings set up."""

    def setup(self, _cfg: Config) -> None:
        """Set up the shop's logging, of which gunicorn's lines become a part. Requests are in the proxy's log."""
        django.setup()
        self.error_log.propagate = True
