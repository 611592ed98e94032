"""Stripe: every session that is paid there is money here, and every card payment here is a paid session there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self
from uuid import UUID

from django.utils import timezone

from billing import gateway
from billing.gateway import Session
from billing.models import AttemptState, Payment, PaymentAttempt, PaymentMethod
from billing.reconciliation.check import Check, Found, found
from catalog.amounts import kroner

# A payment that is newer than this may still be on its way to the shop.
_ON_ITS_WAY = timedelta(minutes=15)
# Stripe's clock and the shop's are not one.
_CLOCKS_DIFFER = timedelta(hours=1)
# What a key of the shop's can be.
_IS_KEY = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class PaidSessions:
    """What Stripe answered: the shop's own paid sessions that were made since a moment."""

    since: datetime
    asked_at: datetime
    sessions: tuple[Session, ...]

    @classmethod
    def ask(cls, since: datetime) -> Self:
        """Ask Stripe. Raises StripeTrouble. Belongs outside of every transaction: it takes seconds."""
        asked_at = timezone.now()
        complete = gateway.complete_sessions(since - _CLOCKS_DIFFER)
        return cls(since, asked_at, tuple(one for one in complete if one.is_paid and _is_ours(one)))

    def checks(self) -> tuple[Check, ...]:
        """Return the checks that compare both ways."""
        return (
            Check("Hver betaling hos Stripe er indbetalt her eller lagt til side", self.paid_at_stripe),
            Check("Hver indbetaling med kort er betalt hos Stripe", self.paid_at_the_shop),
        )

    def paid_at_stripe(self, _now: datetime) -> Found:
        """Look for a paid session that is no payment of its order here, of the same amount, and was not set aside."""
        aside = PaymentAttempt.objects.filter(state=AttemptState.SET_ASIDE)
        set_aside = set(aside.values_list("session_id", flat=True))
        before = self.asked_at - _ON_ITS_WAY
        arrived = [one for one in self.sessions if one.paid_at is None or one.paid_at < before]
        wrong = [one for one in arrived if one.id not in set_aside and not _is_taken_in(one)]
        return found(
            len(arrived),
            (
                f"Bestilling {one.metadata['order']}: {one.id} er betalt hos Stripe med {kroner(one.amount)}, "
                "men her er ingen indbetaling, der svarer til den."
                for one in wrong
            ),
        )

    def paid_at_the_shop(self, _now: datetime) -> Found:
        """Look for a payment by card that Stripe does not know as paid."""
        paid = {f"stripe:{session.id}" for session in self.sessions}
        here = list(self._payments())
        return found(
            len(here),
            (
                f"Bestilling {order}: indbetalingen {key} på {kroner(amount)} er ikke betalt hos Stripe."
                for key, order, amount in here
                if key not in paid and not self._is_older(key)
            ),
        )

    def _payments(self) -> Iterator[tuple[str, int, Decimal]]:
        rows = Payment.objects.filter(
            method=PaymentMethod.CARD, created_at__gte=self.since, created_at__lt=self.asked_at
        )
        return iter(rows.order_by("pk").values_list("key", "order_id", "amount").iterator())

    def _is_older(self, key: str) -> bool:
        """Whether the payment's session was made before the sessions that Stripe was asked for."""
        begun_before = PaymentAttempt.objects.filter(created_at__lt=self.since)
        return begun_before.filter(session_id=key.removeprefix("stripe:")).exists()


def _is_ours(session: Session) -> bool:
    """Whether the shop made the session: other systems may sell through the same account at Stripe."""
    order, attempt, key = (session.metadata.get(name, "") for name in ("order", "attempt", "key"))
    try:
        UUID(key)
    except ValueError:
        return False
    return all(map(_IS_KEY.fullmatch, (order, attempt)))


def _is_taken_in(session: Session) -> bool:
    payment = Payment.objects.filter(key=f"stripe:{session.id}", order_id=int(session.metadata["order"]))
    return session.currency == "dkk" and payment.filter(amount=session.amount).exists()
