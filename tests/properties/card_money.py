"""Stripe's side of the orders: the simulator's sessions, which are the truth about card money."""

from datetime import datetime, timedelta
from typing import Any

from tests.simulator import DECLINED, VISA, Delivery, Simulator

Session = dict[str, Any]


class CardMoney:
    """The sessions as they were at the last `look`, and what was done to them."""

    def __init__(self, stripe: Simulator, *, now: datetime) -> None:
        self.stripe = stripe
        self.sessions: dict[str, Session] = {}
        self.news: list[Delivery] = []
        self._odd: set[str] = set()
        self._failed: set[str] = set()
        stripe.reset()
        self.time_passes(now - datetime.fromtimestamp(stripe.advance(seconds=0), now.tzinfo))

    # --- what happens there ---

    def time_passes(self, time: timedelta) -> None:
        """Let time pass at Stripe too."""
        self.stripe.advance(seconds=int(time.total_seconds()))

    def pay(self, session: str, how: str) -> None:
        """Pay an open session: `well`, `declined`, `late` (the money is on its way), or `odd` (another amount)."""
        if how == "odd":
            self.stripe.corrupt(session=session, amount_total=100)
            self._odd.add(session)
        if how == "late":
            self.stripe.make_next_payment_late()
        mobilepay = self.sessions[session]["payment_method_types"] == ["mobilepay"]
        card = DECLINED if how == "declined" else VISA
        self.stripe.pay(session, card=card, mobilepay=mobilepay, approve=how != "declined")

    def end_late_payment(self, session: str, *, succeeds: bool) -> None:
        """Let money that was on its way arrive, or never arrive."""
        self.stripe.finish_late(session, succeeds=succeeds)
        if not succeeds:
            self._failed.add(session)

    def next_news(self, number: int, *, comes_again: bool) -> Delivery | None:
        """Return one of the webhooks about sessions that wait; None when there is none."""
        told = self.stripe.take_deliveries()
        self.news += [each for each in told if each.type.startswith("checkout.session.")]
        if not self.news:
            return None
        place = number % len(self.news)
        return self.news[place] if comes_again else self.news.pop(place)

    # --- how it stands ---

    def look(self) -> None:
        """Read the sessions."""
        self.sessions = {session["id"]: session for session in self.stripe.sessions()}

    def open(self) -> list[str]:
        """Return the sessions that can be paid."""
        return [name for name, session in self.sessions.items() if session["status"] == "open"]

    def pending(self) -> list[str]:
        """Return the sessions whose money is on its way."""
        complete = [name for name, session in self.sessions.items() if session["status"] == "complete"]
        return [name for name in complete if not self.is_paid(name) and name not in self._failed]

    def of(self, order: int) -> list[str]:
        """Return the order's sessions."""
        return [name for name in self.sessions if self.order_of(name) == order]

    def order_of(self, session: str) -> int:
        """Return which order the session is for."""
        return int(self.sessions[session]["client_reference_id"])

    def is_paid(self, session: str) -> bool:
        """Whether its money is there."""
        return bool(self.sessions[session]["payment_status"] == "paid")

    def is_odd(self, session: str) -> bool:
        """Whether its money is not what was asked for."""
        return session in self._odd
