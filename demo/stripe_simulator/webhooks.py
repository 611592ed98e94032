"""Delivers webhooks over HTTP in the background, and tries again until the shop answers 2xx."""

import http.client
import logging
import threading
import time
from urllib.parse import urlsplit

from demo.stripe_simulator import Json, clock
from demo.stripe_simulator.events import body_of, mark_delivered, sign
from demo.stripe_simulator.payments import expire_due_sessions
from demo.stripe_simulator.store import Store

TARGET = "webhook"
SECRETS = "secrets"
HELD = "held"
LOOPBACK = ("127.0.0.1", "localhost")

_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_TICK = 0.5
_TIMEOUT = 20
_LOG = logging.getLogger(__name__)


class WebhookDelivery(threading.Thread):
    """The thread that delivers; it also lets sessions expire while nobody calls."""

    def __init__(self, store: Store) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._store = store
        self._something_new = threading.Event()
        self._not_before: dict[str, float] = {}

    def wake(self) -> None:
        """Look at once."""
        self._something_new.set()

    def forget_waits(self) -> None:
        """Try everything again at once, however often it has failed."""
        self._not_before.clear()
        self.wake()

    def run(self) -> None:
        """Deliver what is due, for ever."""
        while True:
            with self._store.changing():
                expire_due_sessions(self._store)
                due = self._next_due()
                request = due and self._request(due)
            if due and request:
                self._attempt(due, *request)
            else:
                self._something_new.wait(_TICK)
                self._something_new.clear()

    def _next_due(self) -> Json | None:
        if not self._store.setting(TARGET, "") or self._store.setting(HELD, False):
            return None
        now = time.monotonic()
        waiting = self._store.all("delivery")
        return next((one for one in waiting if self._not_before.get(one["id"], 0) <= now), None)

    def _request(self, delivery: Json) -> tuple[str, bytes, str]:
        """Return the address, the body and the signature, which is as fresh as the attempt."""
        body, signature = signed_delivery(self._store, delivery)
        return str(self._store.setting(TARGET, "")), body, signature

    def _attempt(self, delivery: Json, url: str, body: bytes, signature: str) -> None:
        status = _post(url, body, signature)
        with self._store.changing():
            if status // 100 == 2:  # noqa: PLR2004 (2xx)
                mark_delivered(self._store, delivery["id"])
                self._not_before.pop(delivery["id"], None)
                return
            if self._store.find("delivery", delivery["id"]) is None:  # forgotten meanwhile
                return
            attempts = delivery["attempts"] + 1
            self._store.put("delivery", delivery["id"], delivery | {"attempts": attempts})
        wait = min(_FIRST_WAIT * 2 ** min(attempts - 1, 10), _LONGEST_WAIT)
        self._not_before[delivery["id"]] = time.monotonic() + wait
        _LOG.info("webhook %s: %s, again in %d s", delivery["event"], status or "no answer", wait)


def signed_delivery(store: Store, delivery: Json, *, timestamp: int | None = None) -> tuple[bytes, str]:
    """Return the body and the header `Stripe-Signature` for a delivery, now by the simulator's clock."""
    body = body_of(store.get("event", delivery["event"]))
    moment = clock.now(store) if timestamp is None else timestamp
    return body, sign(body, secrets=store.setting(SECRETS, []), timestamp=moment)


def _post(url: str, body: bytes, signature: str) -> int:
    """Return the answer's status; 0 when there is no answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    try:
        connection.request("POST", parts.path or "/", body, {**headers, "User-Agent": "Stripe/1.0 (simulator)"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
