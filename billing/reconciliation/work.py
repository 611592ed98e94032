"""Work in the background: nothing lies still that should move by itself.

What failed and waits in staff's queue is no difference: people know of it.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from billing.models import (
    ActionItem,
    ActionKind,
    ArchiveStatus,
    Document,
    DocumentArchive,
    Order,
    OrderState,
    OutboxMail,
    PaymentAttempt,
    PaymentMethod,
)
from billing.reconciliation.check import Check, Found, found

# Beat comes by every few seconds. So long after its turn, nobody works.
_STILL = timedelta(hours=2)
_FORGOTTEN_CARD_ORDER = timedelta(hours=24) + _STILL


def attempts(now: datetime) -> Found:
    """Look for an undecided attempt that nobody asks Stripe about any more."""
    undecided = PaymentAttempt.objects.undecided()
    still = undecided.filter(next_look_at__lt=now - _STILL).order_by("pk").values_list("pk", "order_id")
    return found(
        undecided.count(),
        (f"Betalingsforsøg {pk} på bestilling {order} bliver der ikke spurgt om." for pk, order in still.iterator()),
    )


def mails(now: datetime) -> Found:
    """Look for a queued mail that could be sent and is not."""
    queued = OutboxMail.objects.due(now)
    still = OutboxMail.objects.due(now - _STILL).order_by("pk").values_list("pk", flat=True)
    return found(queued.count(), (f"Mail {pk} ligger stille i udbakken." for pk in still.iterator()))


def missing_files(now: datetime) -> Found:
    """Look for a document whose PDF is missing and that nobody tries to make."""
    missing = Document.objects.without_file()
    untried = Q(failure=None, issued_at__lt=now - _STILL) | Q(failure__next_at__lt=now - _STILL)
    still = missing.filter(untried).order_by("pk").values_list("pk", "number")
    return found(
        missing.count(),
        (f"Bilag {pk} (nr. {number}) mangler sin PDF, og ingen danner den." for pk, number in still.iterator()),
    )


def card_orders(now: datetime) -> Found:
    """Look for an unpaid card order that nobody has tried to pay for more than a day, and nobody looks into."""
    day_ago = now - _FORGOTTEN_CARD_ORDER
    unpaid = Order.objects.filter(state=OrderState.AWAITING_PAYMENT, payment_method=PaymentMethod.CARD)
    tries = PaymentAttempt.objects.filter(order=OuterRef("pk"))
    looked_into = ActionItem.objects.waiting().filter(order=OuterRef("pk"), kind=ActionKind.MISMATCH)
    forgotten = unpaid.filter(
        ~Exists(tries.filter(Q(closed_at=None) | Q(closed_at__gt=day_ago))),
        ~Exists(looked_into),
        placed_at__lt=day_ago,
    )
    return found(
        unpaid.count(),
        (
            f"Bestilling {pk} venter stadig på et kort, som ingen betaler med."
            for pk in forgotten.order_by("pk").values_list("pk", flat=True).iterator()
        ),
    )


def archives(now: datetime) -> Found:
    """Look for a zip file that a member waits for in vain: not made for hours, or given up and not asked for again."""
    again = DocumentArchive.objects.filter(company=OuterRef("company"), year=OuterRef("year"), pk__gt=OuterRef("pk"))
    unfinished = DocumentArchive.objects.exclude(status=ArchiveStatus.READY)
    in_vain = unfinished.filter(
        Q(status=ArchiveStatus.QUEUED, asked_at__lt=now - _STILL) | Q(~Exists(again), status=ArchiveStatus.FAILED)
    )
    return found(
        unfinished.count(),
        (
            f"Bilagssamling {pk} ({year}) bliver ikke dannet. {error}".strip()
            for pk, year, error in in_vain.order_by("pk").values_list("pk", "year", "last_error").iterator()
        ),
    )


CHECKS = (
    Check("Intet betalingsforsøg er glemt", attempts),
    Check("Ingen mail ligger stille i udbakken", mails),
    Check("Intet bilag mangler en PDF, som ingen danner", missing_files),
    Check("Ingen venter forgæves på en zip-fil", archives),
    Check("Ingen ubetalt kortbestilling er glemt", card_orders),
)
