"""One run: Stripe is asked first, then every check looks at one moment of the database, and the result is kept."""

from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.utils import timezone

from billing.gateway import StripeTrouble
from billing.models import Finding, Reconciliation, StripeAnswer
from billing.reconciliation import (
    documents,
    ledger,
    mails,
    numbers,
    orders,
    payments,
    triggers,
    work,
)
from billing.reconciliation.check import Check
from billing.reconciliation.snapshot import snapshot
from billing.reconciliation.stripe import PaidSessions

log = structlog.get_logger(__name__)

CHECKS: tuple[Check, ...] = (
    *ledger.CHECKS,
    *orders.CHECKS,
    *payments.CHECKS,
    *documents.CHECKS,
    *numbers.CHECKS,
    *mails.CHECKS,
    *work.CHECKS,
    *triggers.CHECKS,
)
COMPARED_DAYS = 30


class _Stripe(NamedTuple):
    answer: StripeAnswer
    checks: tuple[Check, ...] = ()


def reconcile(*, with_stripe: bool, since: datetime | None = None) -> Reconciliation:
    """Carry out every check, keep what came of it, and return it; an error is logged when there are differences.

    With Stripe, card payments of sessions made since the moment (30 days ago for None) are compared too; when Stripe
    cannot be asked, the rest is checked all the same. Raises RuntimeError inside a transaction.
    """
    started_at = timezone.now()
    stripe = _ask_stripe(since or started_at - timedelta(days=COMPARED_DAYS)) if with_stripe else _NOT_ASKED
    with snapshot():
        findings = [finding(check, started_at) for check in (*CHECKS, *stripe.checks)]
    kept = Reconciliation.objects.create(
        started_at=started_at,
        finished_at=timezone.now(),
        checks=len(findings),
        differences=sum(each["differences"] for each in findings),
        stripe=stripe.answer,
        findings=findings,
    )
    if kept.differences:
        log.error("reconciliation_differs", reconciliation=kept.pk, differences=kept.differences)
    else:
        log.info("reconciled", reconciliation=kept.pk)
    return kept


def finding(check: Check, now: datetime) -> Finding:
    """Carry one check out."""
    came_to = check.look(now)
    return Finding(
        check=check.name,
        looked_at=came_to.looked_at,
        differences=came_to.differences,
        sentences=list(came_to.sentences),
    )


_NOT_ASKED = _Stripe(StripeAnswer.NOT_ASKED)


def _ask_stripe(since: datetime) -> _Stripe:
    try:
        return _Stripe(StripeAnswer.COMPARED, PaidSessions.ask(since).checks())
    except StripeTrouble as error:
        log.warning("reconciliation_without_stripe", error=str(error))
        return _Stripe(StripeAnswer.NOT_REACHED)
