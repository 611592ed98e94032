"""Reconciliations as a night would have left them."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from billing.models import Finding, Reconciliation, StripeAnswer


def run_of(*sentences: str, at: datetime | None = None, **fields: Any) -> Reconciliation:
    """Return a run that compared with Stripe and found these differences, now unless told otherwise."""
    began = at or timezone.now()
    finding = Finding(
        check="Saldoen er summen af posteringerne",
        looked_at=2000,
        differences=len(sentences),
        sentences=list(sentences),
    )
    sound = Finding(check="Bilagenes datoer følger numrene", looked_at=10500, differences=0, sentences=[])
    facts: dict[str, Any] = {"checks": 2, "differences": len(sentences), "stripe": StripeAnswer.COMPARED}
    times = {"started_at": began, "finished_at": began + timedelta(seconds=9)}
    return Reconciliation.objects.create(**{**facts, **times, "findings": [finding, sound], **fields})
