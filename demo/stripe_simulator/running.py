"""The simulator that runs in this process, as its views reach it."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from django.http import HttpRequest

from demo.stripe_simulator import Json
from demo.stripe_simulator.payments import expire_due_sessions
from demo.stripe_simulator.store import Store
from demo.stripe_simulator.webhooks import WebhookDelivery

# Where the server puts the simulator in each request's WSGI environment.
ENVIRON_KEY = "demo.stripe_simulator"
_REMEMBERED_REQUESTS = 2000


@dataclass
class Running:
    """What lives as long as the process, beside the store."""

    store: Store
    webhooks: WebhookDelivery
    api_key: str
    page: str
    requests: deque[Json] = field(default_factory=lambda: deque(maxlen=_REMEMBERED_REQUESTS))
    keys_in_flight: set[str] = field(default_factory=set)
    flight: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def changing(self) -> Iterator[Store]:
        """Hold the store, after sessions whose time has passed have expired; then let webhooks go out."""
        with self.store.changing():
            expire_due_sessions(self.store)
        with self.store.changing():
            yield self.store
        self.webhooks.wake()


def running_in(request: HttpRequest) -> Running:
    """Return the simulator that a request is for."""
    return cast(Running, request.META[ENVIRON_KEY])
