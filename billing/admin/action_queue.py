"""The queue "Kræver handling" on admin's front page: what went wrong with money and documents."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from billing.admin.action import may_act
from billing.admin.links import age_of, button_link, document_link, document_page, link, page_of
from billing.admin.queue import AllOf, Queue
from billing.admin.rows import counted, in_all
from billing.admin.stripe_words import explained
from billing.models import ActionItem, Document, PaymentAttempt
from catalog.amounts import whole
from catalog.staff_pages import Column

TITLE = "Kræver handling"
# A worker that runs makes a PDF within seconds.
_PDF_TAKES_TOO_LONG = timedelta(minutes=10)
_ERROR_SHOWN = 120
_COLUMNS = (
    Column("Sag"), Column("Hvad", "long"), Column("Medlem"), Column("Bestilling"), Column("Alder", "amount"),
    Column("Næste trin"),
)  # fmt: skip


class _Trouble(NamedTuple):
    """One row: since when, and its cells without the age."""

    since: datetime
    what: tuple[str, str]
    company: str
    order: str
    next_step: str

    def cells(self) -> tuple[str, ...]:
        """Return the row's cells."""
        return (*self.what, self.company, self.order, age_of(self.since), self.next_step)


class _Found(NamedTuple):
    """The first troubles of a kind, how many there are in all, and the way to them."""

    troubles: list[_Trouble]
    total: int
    all_of: AllOf


def action_queue(request: HttpRequest) -> Queue | None:
    """Return the queue with what the person may see, the oldest first; None for who may see nothing of it."""
    sources: tuple[tuple[str, Callable[[HttpRequest], _Found]], ...] = (
        ("billing.view_actionitem", _items),
        ("billing.view_paymentattempt", _attempts),
        ("billing.view_document", _documents),
    )
    found = [source(request) for permission, source in sources if request.user.has_perm(permission)]
    if not found:
        return None
    troubles = sorted((each for one in found for each in one.troubles), key=lambda trouble: trouble.since)
    return Queue(
        TITLE,
        _COLUMNS,
        [trouble.cells() for trouble in troubles],
        total=sum(one.total for one in found),
        since=timezone.localdate(troubles[0].since) if troubles else None,
        lists=[one.all_of for one in found if one.troubles],
    )


def _items(request: HttpRequest) -> _Found:
    """Return the waiting cases about money."""
    items = counted(ActionItem.objects.waiting().select_related("order__company"))
    troubles = [
        _Trouble(
            item.created_at,
            (link(item, item.get_kind_display()), item.what),
            link(item.order.company),
            link(item.order),
            button_link(page_of(item, path="handle"), "Markér som håndteret") if may_act(request) else "",
        )
        for item in items
    ]
    return _found(troubles, in_all(items), "Sager om penge", "admin:billing_actionitem_changelist", "venter=ja")


def _attempts(request: HttpRequest) -> _Found:
    """Return the card payments that nobody could learn the end of."""
    attempts = counted(PaymentAttempt.objects.long_over(timezone.now()).select_related("order__company").order_by("pk"))
    troubles = [
        _Trouble(
            attempt.created_at,
            (
                link(attempt.order, "Kortbetaling uden udfald"),
                explained(attempt.stripe_said) or "Stripe har ikke svaret",
            ),
            link(attempt.order.company),
            link(attempt.order),
            button_link(page_of(attempt.order), "Se bestillingen"),
        )
        for attempt in attempts
    ]
    label = "Kortbetalinger uden udfald"
    return _found(troubles, in_all(attempts), label, "admin:billing_paymentattempt_changelist", "udfald=mangler")


def _documents(request: HttpRequest) -> _Found:
    """Return the documents whose PDF failed, or is not there though the worker has had its time."""
    overdue = Q(issued_at__lt=timezone.now() - _PDF_TAKES_TOO_LONG)
    missing = Document.objects.without_file().filter(Q(failure__isnull=False) | overdue).order_by("issued_at", "pk")
    documents = counted(missing.select_related("failure", "order__company"))
    troubles = [
        _Trouble(
            document.issued_at,
            (document_link(document, "PDF mangler"), f"{document.title}: {_render_failure(document)}"),
            link(document.order.company),
            link(document.order),
            button_link(document_page(document), "Se bilaget"),
        )
        for document in documents
    ]
    return _found(troubles, in_all(documents), "Bilag uden PDF", "admin:billing_invoice_changelist", "pdf=mangler")


def _render_failure(document: Document) -> str:
    failure = getattr(document, "failure", None)
    if failure is None:
        return "PDF'en er endnu ikke forsøgt dannet"
    return f"{whole(failure.attempts)} forsøg, {failure.last_error[:_ERROR_SHOWN]}"


def _found(troubles: list[_Trouble], total: int, label: str, view: str, query: str) -> _Found:
    return _Found(troubles, total, AllOf(f"{label} ({whole(total)})", f"{reverse(view)}?{query}"))
