"""Stripe's events on a bad day: late, doubled, in the wrong order, or never; and Stripe's API at fault."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.simulator import Delivery, Fault, Simulator
from tests.storm.journal import Journal

_FAULTS: tuple[Fault, ...] = ("500", "error_after", "timeout")
_SECONDS = 30.0
_LATE_SECONDS = 6.0


class WebhookTrouble(threading.Thread):
    """Makes trouble until it is told to stop."""

    def __init__(self, stripe: Simulator, webhook: str, journal: Journal, rng: random.Random) -> None:
        super().__init__(name="webhook trouble", daemon=True)
        self._stripe = stripe
        self._webhook = webhook
        self._journal = journal
        self._rng = rng
        self._enough = threading.Event()
        self._counted: dict[str, set[str]] = {}
        self._decided_at = time.monotonic()
        self._kinds: list[Callable[[], None]] = [self._delay, self._delay, self._drop, self._spoil, self._make_late]

    def stop(self) -> None:
        """End, with webhooks flowing again."""
        self._enough.set()
        self.join()

    def run(self) -> None:
        """One trouble after another, with pauses."""
        while not self._enough.wait(self._rng.uniform(0.5, 2.0)):
            trouble = self._rng.choice(self._kinds)
            try:
                trouble()
                self._decide_late_payments()
            except (requests.RequestException, AssertionError):
                continue  # the simulator was killed just now

    def _delay(self) -> None:
        """Keep events back, send some of them twice at once from outside, and let them go, often in reverse."""
        self._stripe.hold()
        try:
            self._enough.wait(self._rng.uniform(1.0, 4.0))
            waiting = self._stripe.deliveries()
            twice = self._rng.sample(waiting, min(len(waiting), self._rng.randint(0, 3)))
            self._post_twice(twice)
        finally:
            reverse = self._rng.random() < 0.6
            self._release(reverse=reverse)
        self._count("delayed", waiting)
        if reverse and len(waiting) > 1:
            self._count("reordered", waiting)

    def _count(self, what: str, deliveries: list[Delivery]) -> None:
        """Count the events that this has happened to, each once."""
        counted = self._counted.setdefault(what, set())
        fresh = {delivery.event for delivery in deliveries} - counted
        counted |= fresh
        self._journal.count(f"webhooks {what}", len(fresh))

    def _post_twice(self, deliveries: list[Delivery]) -> None:
        """Post each event twice at the same moment; the simulator delivers it once more later."""
        posts = [delivery for delivery in deliveries for _ in range(2)]
        with ThreadPoolExecutor(max_workers=6) as pool:
            for arrived in pool.map(self._post, posts):
                self._journal.count("webhooks duplicated", int(arrived))

    def _post(self, delivery: Delivery) -> bool:
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": delivery.signature}
        try:
            requests.post(self._webhook, delivery.body, headers=headers, timeout=_SECONDS)
        except requests.RequestException:
            return False
        return True

    def _release(self, *, reverse: bool) -> None:
        """Let events go, however often the simulator has to be asked."""
        for _ in range(100):
            try:
                self._stripe.release(reverse=reverse)
                return
            except requests.RequestException:
                time.sleep(0.2)

    def _drop(self) -> None:
        self._stripe.drop_next(count=self._rng.randint(1, 8))

    def _spoil(self) -> None:
        """Spoil some calls that make or close a session; stripe-python makes each call three times."""
        kind = self._rng.choice(_FAULTS)
        self._stripe.fail_next(
            kind, times=self._rng.choice([1, 3]), seconds=1, method="POST", path="/v1/checkout/sessions"
        )
        self._journal.count(f"calls of Stripe's API spoilt: {kind}")

    def _make_late(self) -> None:
        """Let the next payment be one whose outcome comes later."""
        if self._rng.random() < 0.3:
            self._stripe.make_next_payment_late()

    def _decide_late_payments(self) -> None:
        """Let payments whose outcome is awaited come through or fail, every few seconds."""
        if time.monotonic() < self._decided_at + _LATE_SECONDS:
            return
        self._decided_at = time.monotonic()
        for session in self._stripe.sessions():
            if session["status"] == "complete" and session["payment_status"] == "unpaid":
                self._decide(session["id"])

    def _decide(self, session: str) -> None:
        """Decide about one; it may have failed before, which leaves it unpaid for ever."""
        try:
            self._stripe.finish_late(session, succeeds=self._rng.random() < 0.7)
        except AssertionError:
            return
        self._journal.count("payments whose outcome came late")
