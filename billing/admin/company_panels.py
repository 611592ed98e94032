"""What a company's page shows of its orders, documents and mails, and the numbers at its top."""

from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Company
from billing.admin.action import may_act
from billing.admin.links import button_link, document_link, link, moment, order_age, page_of, pdf_link
from billing.admin.mail import undelivered
from billing.admin.order import invoice_of, is_late, with_documents
from billing.admin.queue import AllOf, Tile, waiting_tile
from billing.models import (
    ActionItem,
    Document,
    DocumentFile,
    FileKind,
    MailStatus,
    Order,
    OrderLine,
    OrderState,
    OutboxMail,
)
from catalog.amounts import kroner, whole
from catalog.money import ZERO
from catalog.staff_pages import Column, Panel

# The page has several tables: each shows the newest.
_SHOWN = 10


class _Waiting(NamedTuple):
    """How much of a kind waits, and since when."""

    many: int
    since: date | None


def tiles_of(company: Company, request: HttpRequest) -> list[Tile]:
    """Return what the company owes and what waits for it, as far as the person may see that."""
    tiles = (
        ("billing.view_order", _owed),
        ("billing.view_actionitem", _to_decide),
        ("billing.view_orderline", _to_perform),
        ("billing.view_outboxmail", _undelivered),
    )
    return [tile(company) for permission, tile in tiles if request.user.has_perm(permission)]


def _owed(company: Company) -> Tile:
    awaited = Order.objects.awaiting_transfer().filter(company=company).order_by()
    late = is_late(timezone.localdate())
    found = awaited.aggregate(kroner=Sum("total", default=ZERO), since=Min("placed_at"), late=Count("pk", filter=late))
    page = f"{reverse('admin:billing_order_changelist')}?company__id__exact={company.pk}"
    past = AllOf(f"forfaldne: {whole(found['late'])}", f"{page}&venter=forfalden") if found["late"] else None
    return waiting_tile(
        kroner(found["kroner"]), "Skylder", f"{page}&venter=overfoersel", since=_day(found["since"]), late=past
    )


def _to_decide(company: Company) -> Tile:
    items = ActionItem.objects.filter(order__company=company, handled_at=None)
    return _number(company, "Kræver handling", _count(items, "created_at"), "actionitem", "venter=ja")


def _to_perform(company: Company) -> Tile:
    lines = OrderLine.objects.to_be_performed().filter(order__company=company)
    return _number(company, "Skal udføres", _count(lines, "order__paid_at"), "orderline", "udfoert=nej")


def _undelivered(company: Company) -> Tile:
    mails = OutboxMail.objects.filter(undelivered(), company=company)
    return _number(company, "Mails, der ikke er leveret", _count(mails, "created_at"), "outboxmail", "leveret=nej")


def _count(rows: "QuerySet[ActionItem] | QuerySet[OrderLine] | QuerySet[OutboxMail]", when: str) -> _Waiting:
    found = rows.order_by().aggregate(count=Count("pk"), since=Min(when))
    return _Waiting(found["count"], _day(found["since"]))


def _number(company: Company, name: str, waiting: _Waiting, model: str, query: str) -> Tile:
    """Return a number that leads to the list, searched by the company's CVR number."""
    url = f"{reverse(f'admin:billing_{model}_changelist')}?q={company.cvr}&{query}"
    return waiting_tile(whole(waiting.many), name, url, since=waiting.since)


def _day(when: datetime | None) -> date | None:
    return timezone.localdate(when) if when else None


def orders_of(company: Company, request: HttpRequest) -> Panel:
    """Return the newest orders, each with its state, its amount and what comes next."""
    orders = Order.objects.filter(company=company)
    rows = []
    for order in with_documents(orders).order_by("-placed_at", "-pk")[:_SHOWN]:
        invoice = invoice_of(order)
        waits = order.awaits_transfer and may_act(request)
        rows.append(
            (
                link(order),
                document_link(invoice) if invoice else "",
                kroner(order.total),
                order.get_state_display(),
                moment(order.placed_at),
                order_age(order),
                button_link(page_of(order, path="mark_paid"), "Markér som betalt") if waits else "",
            )
        )
    columns = (
        Column("Bestilling"), Column("Faktura"), Column("I alt med moms", "amount"), Column("Status"),
        Column("Bestilt"), Column("Alder", "amount"), Column("Næste trin"),
    )  # fmt: skip
    all_url = reverse("admin:billing_order_changelist") + f"?company__id__exact={company.pk}"
    return Panel("Bestillinger", columns, rows, total=orders.count(), all_url=all_url)


def documents_of(company: Company) -> Panel:
    """Return the newest invoices and credit notes."""
    documents = Document.objects.filter(order__company=company)
    pdf = DocumentFile.objects.filter(document=OuterRef("pk"), kind=FileKind.PDF)
    newest = documents.annotate(has_pdf=Exists(pdf)).select_related("order").order_by("-issued_at", "-pk")
    rows = [
        (
            document_link(document),
            date_format(document.issued_on, "SHORT_DATE_FORMAT"),
            date_format(document.due_on, "SHORT_DATE_FORMAT") if document.due_on else "",
            kroner(document.total),
            _state_of(document),
            pdf_link(document) if getattr(document, "has_pdf", False) else "PDF'en dannes",
        )
        for document in newest[:_SHOWN]
    ]
    columns = (
        Column("Bilag"), Column("Dato"), Column("Forfalder"), Column("I alt med moms", "amount"), Column("Status"),
        Column("PDF"),
    )  # fmt: skip
    all_url = f"{reverse('admin:billing_invoice_changelist')}?q={company.cvr}"
    return Panel("Bilag", columns, rows, total=documents.count(), all_url=all_url)


def _state_of(document: Document) -> str:
    """Return whether an invoice is paid: the order knows. A credit note has no such state."""
    if not document.is_invoice:
        return ""
    is_overdue = document.due_on is not None and document.due_on < timezone.localdate()
    if is_overdue and document.order.state == OrderState.AWAITING_PAYMENT:
        return "Forfalden"
    return document.order.get_state_display()


def _next_step(mail: OutboxMail) -> str:
    """Return the way to where the mail can be sent again: a button for one that did not come through."""
    if mail.secret or mail.status == MailStatus.QUEUED:
        return ""
    if mail.status == MailStatus.FAILED:
        return button_link(page_of(mail), "Send igen …")
    return link(mail, "Send igen …")


def mails_of(company: Company) -> Panel:
    """Return the last mails: to whom, about what, whether they came through."""
    mails = OutboxMail.objects.filter(company=company)
    rows = [
        (
            link(mail, mail.subject),
            ", ".join(mail.recipients),
            mail.get_status_display(),
            moment(mail.sent_at or mail.created_at),
            _next_step(mail),
        )
        for mail in mails.defer("text", "html").order_by("-created_at", "-pk")[:_SHOWN]
    ]
    columns = (
        Column("Emne", "long"), Column("Til", "long"), Column("Status"), Column("Tidspunkt"), Column("Næste trin"),
    )  # fmt: skip
    all_url = f"{reverse('admin:billing_outboxmail_changelist')}?company__id__exact={company.pk}"
    return Panel("Mails", columns, rows, total=mails.count(), all_url=all_url)
