"""After the storm: nothing new is asked of the shop, and its own sweeps have to bring everything to an end.

Waiting for hours is replaced by moving dates: `SOONER` and `A_DAY_LATER` are all that is changed in the database.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable

import psycopg
import requests

from tests.operations.production import ROOT
from tests.storm.journal import Journal
from tests.storm.machines import Machines

_EVERYTHING = 100_000
# Nobody is at work any more: what waits for its next try, or for the lease of a killed worker, waits for nothing.
SOONER = (
    "UPDATE billing_paymentattempt SET next_look_at = now() WHERE state IN ('creating', 'open', 'pending')",
    "UPDATE billing_outboxmail SET next_at = now(), lease_until = NULL WHERE status = 'queued'",
    "UPDATE billing_renderfailure SET next_at = now()",
)
# Unpaid card orders are cancelled after a day. The trigger that keeps the time of an order must look away for this.
A_DAY_LATER = (
    "UPDATE billing_paymentattempt SET closed_at = closed_at - interval '25 hours' WHERE closed_at IS NOT NULL"
    " AND order_id IN (SELECT id FROM billing_order WHERE state = 'awaiting_payment' AND payment_method = 'card')",
    "ALTER TABLE billing_order DISABLE TRIGGER billing_order_no_update",
    "UPDATE billing_order SET placed_at = placed_at - interval '25 hours'"
    " WHERE state = 'awaiting_payment' AND payment_method = 'card'",
    "ALTER TABLE billing_order ENABLE TRIGGER billing_order_no_update",
)
_UNDONE = {
    "payment attempts": "SELECT count(*) FROM billing_paymentattempt WHERE state IN ('creating', 'open', 'pending')",
    "mails": "SELECT count(*) FROM billing_outboxmail WHERE status = 'queued'",
    "PDFs": "SELECT count(*) FROM billing_document WHERE id NOT IN (SELECT document_id FROM billing_documentfile)",
}
_UNPAID_CARD_ORDERS = {
    "unpaid card orders": "SELECT count(*) FROM billing_order o WHERE state = 'awaiting_payment'"
    " AND payment_method = 'card' AND NOT EXISTS (SELECT FROM billing_actionitem a WHERE a.order_id = o.id"
    " AND a.kind = 'mismatch' AND a.handled_at IS NULL)"
}
# A worker's longest job: after this long without a change nobody holds a lease that means anything.
_QUIET_SECONDS = 25.0
_PROGRESS_SECONDS = 120.0


class Ending:
    """Lets the shop come to rest. `tend` looks after its processes meanwhile."""

    def __init__(self, machines: Machines, journal: Journal, rng: random.Random, tend: Callable[[], None]) -> None:
        self._machines = machines
        self._journal = journal
        self._rng = rng
        self._tend = tend

    def let_finish(self) -> None:
        """Return when nothing is left to do, or when nothing has moved for so long that it never will."""
        self._close_stripes_pages()
        self._wait_while_it_moves(_UNDONE)
        self._change(A_DAY_LATER)
        self._call("billing.cancel_forgotten_card_orders")
        self._wait_while_it_moves(_UNPAID_CARD_ORDERS | _UNDONE)

    def deaf_workers(self) -> list[str]:
        """Return the workers that do not answer, asked as docker-compose.yml's health check does."""
        return [name for name in ("worker-1", "worker-2") if not self._pings(name)]

    def _close_stripes_pages(self) -> None:
        """Let late payments be decided and forgotten pages expire, half of them without a word to the shop."""
        stripe = self._machines.stripe
        for session in stripe.sessions():
            if session["status"] == "expired" or session["payment_status"] == "paid":
                continue
            if self._rng.random() < 0.5:
                stripe.drop_next(count=_EVERYTHING)
            try:
                if session["status"] == "open":
                    stripe.expire(session["id"])
                else:
                    stripe.finish_late(session["id"], succeeds=self._rng.random() < 0.7)
            except AssertionError:
                pass  # the payment failed before, or the page has expired just now
            stripe.drop_next(count=0)

    def _wait_while_it_moves(self, undone: dict[str, str]) -> None:
        """Wait for the sweeps. When nothing moves, bring waiting times forward; give up when that changes nothing."""
        last, moved_at, hurried_at = self._count(undone), time.monotonic(), 0.0
        while any(last.values()) or self._waiting_webhooks():
            self._pause(0.5)
            now = self._count(undone)
            if now != last:
                last, moved_at = now, time.monotonic()
            still = time.monotonic() - moved_at
            if still > _PROGRESS_SECONDS:
                self._journal.surprise(
                    "the end", f"left undone: { {what: left for what, left in last.items() if left} }"
                )
                return
            if still > _QUIET_SECONDS and time.monotonic() - hurried_at > _QUIET_SECONDS:
                self._change(SOONER)
                hurried_at = time.monotonic()

    def _waiting_webhooks(self) -> bool:
        try:
            return bool(self._machines.stripe.deliveries())
        except requests.RequestException:
            return True

    def _count(self, undone: dict[str, str]) -> dict[str, int]:
        with psycopg.connect(self._machines.database, autocommit=True) as database:
            found = {}
            for what, question in undone.items():
                row = database.execute(question).fetchone()
                found[what] = int(row[0]) if row else 0
            return found

    def _change(self, statements: tuple[str, ...]) -> None:
        with psycopg.connect(self._machines.database) as database:
            for statement in statements:
                database.execute(statement)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._tend()
            time.sleep(0.1)

    def _call(self, task: str) -> None:
        """Ask the workers for what beat asks for only every quarter of an hour."""
        self._celery("call", task)

    def _pings(self, worker: str) -> bool:
        answer = self._celery("inspect", "ping", "--timeout=5", f"--destination={worker}@storm")
        return answer.returncode == 0

    def _celery(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "celery", "--quiet", "--app=truelink_shop", *arguments],
            cwd=ROOT,
            env=dict(self._machines.environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
