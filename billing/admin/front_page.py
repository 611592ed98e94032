"""What waits for the office, for admin's front page. Each table takes one or two queries, however much waits."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet, Window
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin.action import may_act
from billing.admin.links import ago, button_link, document_link, link, moment, order_age, page_of
from billing.admin.mail import undelivered
from billing.admin.order import invoice_of, with_documents
from billing.models import Document, Order, OrderLine, OutboxMail, Payment, Seller
from billing.services.readiness import current_terms
from catalog.amounts import kroner, whole
from catalog.prices import current_price_list
from catalog.staff_pages import ROWS, Column, Panel

# A worker that runs makes a PDF within seconds.
_PDF_TAKES_TOO_LONG = timedelta(minutes=10)
_ERROR_SHOWN = 120


class Missing(NamedTuple):
    """Something without which nothing can be sold, and where it is entered."""

    sentence: str
    url: str


def what_waits(request: HttpRequest) -> list[Panel]:
    """Return the tables of the front page that the person may see, the most urgent first."""
    tables: tuple[tuple[str, Callable[[HttpRequest], Panel]], ...] = (
        ("billing.view_order", awaited_transfers),
        ("billing.view_orderline", support_to_perform),
        ("billing.view_payment", surplus_payments),
        ("billing.view_outboxmail", undelivered_mails),
        ("billing.view_document", documents_without_pdf),
    )
    return [table(request) for permission, table in tables if request.user.has_perm(permission)]


def missing_before_opening() -> list[Missing]:
    """Return what keeps the checkout closed, as `billing.services.readiness` sees it, but read anew for staff."""
    found = []
    if not Seller.objects.exists():
        found.append(Missing("Sælgerens oplysninger mangler.", reverse("admin:billing_seller_add")))
    if current_terms() is None:
        found.append(Missing("Salgsbetingelserne mangler.", reverse("admin:billing_termsofsale_add")))
    if not current_price_list():
        found.append(Missing("Der er ingen varer med priser.", reverse("admin:catalog_product_changelist")))
    return found


def awaited_transfers(request: HttpRequest) -> Panel:
    """Return the orders that a bank transfer is awaited for, the oldest first."""
    orders = _counted(with_documents(Order.objects.awaiting_transfer()))
    rows = [
        (
            _invoice_or_order(order),
            link(order.company),
            _reference(order),
            kroner(order.total),
            order_age(order),
            _due(order),
            button_link(page_of(order, path="mark_paid"), "Markér som betalt") if may_act(request) else "",
        )
        for order in orders
    ]
    columns = (
        Column("Faktura"), Column("Medlem"), Column("Betalingsreference"), Column("Beløb", "amount"),
        Column("Alder", "amount"), Column("Frist"), Column("Næste trin"),
    )  # fmt: skip
    return _panel("Afventer overførsel", columns, rows, orders, "admin:billing_order_changelist", "venter=overfoersel")


def support_to_perform(request: HttpRequest) -> Panel:
    """Return the support that is paid for and not carried out, the longest paid first."""
    lines = _counted(OrderLine.objects.to_be_performed().select_related("order__company"))
    today = timezone.localdate()
    rows = [
        (
            f"{whole(line.quantity)} {line.unit} {line.name}",
            link(line.order.company),
            link(line.order),
            ago(timezone.localdate(line.order.paid_at), today),
            button_link(page_of(line, path="perform"), "Markér som udført") if may_act(request) else "",
        )
        for line in lines
    ]
    columns = (Column("Ydelse"), Column("Medlem"), Column("Bestilling"), Column("Betalt"), Column("Næste trin"))
    return _panel("Skal udføres", columns, rows, lines, "admin:billing_orderline_changelist", "udfoert=nej")


def surplus_payments(request: HttpRequest) -> Panel:
    """Return the money that came beyond what was owed, the newest first."""
    surplus = Payment.objects.filter(is_surplus=True).select_related("order__company").order_by("-created_at", "-pk")
    payments = _counted(surplus)
    rows = [
        (
            link(payment, kroner(payment.amount)),
            link(payment.order.company),
            link(payment.order),
            date_format(payment.received_on, "SHORT_DATE_FORMAT"),
            payment.note,
        )
        for payment in payments
    ]
    columns = (Column("Beløb"), Column("Medlem"), Column("Bestilling"), Column("Dato i banken"), Column("Bemærkning"))
    return _panel(
        "Overskydende indbetalinger", columns, rows, payments, "admin:billing_payment_changelist", "is_surplus__exact=1"
    )


def undelivered_mails(request: HttpRequest) -> Panel:
    """Return the mails that have not come through, the newest first."""
    stuck = OutboxMail.objects.filter(undelivered()).defer("text", "html").order_by("-created_at", "-pk")
    mails = _counted(stuck)
    rows = [
        (
            link(mail, mail.subject),
            ", ".join(mail.recipients),
            mail.get_status_display(),
            str(mail.attempts),
            mail.last_error[:_ERROR_SHOWN],
            moment(mail.created_at),
        )
        for mail in mails
    ]
    columns = (
        Column("Mail"), Column("Til"), Column("Status"), Column("Forsøg", "amount"), Column("Seneste fejl"),
        Column("Oprettet"),
    )  # fmt: skip
    return _panel("Ikke leverede mails", columns, rows, mails, "admin:billing_outboxmail_changelist", "leveret=nej")


def documents_without_pdf(request: HttpRequest) -> Panel:
    """Return the documents whose PDF failed, or is not there though the worker has had its time; the oldest first."""
    overdue = Q(issued_at__lt=timezone.now() - _PDF_TAKES_TOO_LONG)
    missing = Document.objects.without_file().filter(Q(failure__isnull=False) | overdue)
    documents = _counted(missing.select_related("failure"))
    rows = []
    for document in documents:
        failure = getattr(document, "failure", None)
        tries, error = (str(failure.attempts), failure.last_error[:_ERROR_SHOWN]) if failure else ("0", "")
        rows.append((document_link(document), document.buyer_name, moment(document.issued_at), tries, error))
    columns = (Column("Bilag"), Column("Køber"), Column("Udstedt"), Column("Forsøg", "amount"), Column("Seneste fejl"))
    return _panel("Bilag uden PDF", columns, rows, documents, "admin:billing_invoice_changelist", "pdf=mangler")


def _counted(rows: QuerySet[Any]) -> list[Any]:
    """Read the first rows, each with how many there are in all: one query for both."""
    return list(rows.annotate(in_all=Window(Count("pk")))[:ROWS])


def _panel(
    title: str, columns: tuple[Column, ...], rows: Sequence[tuple[str, ...]], found: list[Any], view: str, query: str
) -> Panel:
    total: int = found[0].in_all if found else 0
    return Panel(title, columns, rows, total=total, all_url=f"{reverse(view)}?{query}", empty="Intet venter.")


def _invoice_or_order(order: Order) -> SafeString:
    invoice = invoice_of(order)
    return link(order, invoice.title if invoice else "")


def _reference(order: Order) -> str:
    """Return what the bank statement names, as a link to the invoice on which it stands."""
    invoice = invoice_of(order)
    return document_link(invoice, invoice.payment_reference) if invoice and invoice.payment_reference else ""


def _due(order: Order) -> str:
    invoice = invoice_of(order)
    if invoice is None or invoice.due_on is None:
        return ""
    day = date_format(invoice.due_on, "SHORT_DATE_FORMAT")
    if invoice.due_on < timezone.localdate():
        return format_html('<strong class="staff-late">Forfaldt {}</strong>', day)
    return day
