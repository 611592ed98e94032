"""The demo's clock, set back while the sample's history is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from django.utils import timezone


@contextmanager
def at(moment: datetime) -> Iterator[datetime]:
    """Let the shop believe that it is `moment`.

    The services date what they write by `django.utils.timezone.now`, so that the history goes through the very code
    that sells. Only for a process with one thread, such as the one that prepares the demo.
    """
    with patch.object(timezone, "now", lambda: moment):
        yield moment
