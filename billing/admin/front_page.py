"""What waits for the office, for admin's front page. Each table takes one or two queries, however much waits."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.admin.action import may_act
from billing.admin.action_queue import action_queue
from billing.admin.links import ago, button_link, document_link, link, order_age, page_of
from billing.admin.mail_queue import undelivered_mails
from billing.admin.order import invoice_of, is_late, with_documents
from billing.admin.queue import AllOf, Queue, Tile
from billing.admin.rows import counted, in_all, late_in_all
from billing.models import Order, OrderLine, Seller
from billing.services.readiness import current_terms
from catalog.amounts import kroner, whole
from catalog.prices import current_price_list
from catalog.staff_pages import Column


class Missing(NamedTuple):
    """Something without which nothing can be sold, and where it is entered."""

    sentence: str
    url: str


def what_waits(request: HttpRequest) -> list[Queue]:
    """Return the tables of the front page that the person may see, the most urgent first."""
    tables: tuple[tuple[str, Callable[[HttpRequest], Queue]], ...] = (
        ("billing.view_order", awaited_transfers),
        ("billing.view_orderline", support_to_perform),
        ("billing.view_outboxmail", undelivered_mails),
    )
    queue = action_queue(request)
    others = [table(request) for permission, table in tables if request.user.has_perm(permission)]
    return [queue, *others] if queue is not None else others


def tiles_of(queues: Sequence[Queue]) -> list[Tile]:
    """Return a number for each table, in their order, each leading to its table further down the page."""
    return [queue.tile(f"#panel-{at}") for at, queue in enumerate(queues, start=1)]


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


def awaited_transfers(request: HttpRequest) -> Queue:
    """Return the orders that a bank transfer is awaited for, the oldest first."""
    orders = counted(with_documents(Order.objects.awaiting_transfer()), late=is_late(timezone.localdate()))
    rows = [
        (
            _invoice(order),
            link(order.company),
            link(order),
            _reference(order),
            kroner(order.total),
            order_age(order),
            _due(order),
            button_link(page_of(order, path="mark_paid"), "Markér som betalt") if may_act(request) else "",
        )
        for order in orders
    ]
    columns = (
        Column("Faktura"), Column("Medlem"), Column("Bestilling"), Column("Betalingsreference"),
        Column("Beløb", "amount"), Column("Alder", "amount"), Column("Frist"), Column("Næste trin"),
    )  # fmt: skip
    page, late = reverse("admin:billing_order_changelist"), late_in_all(orders)
    return Queue(
        "Afventer overførsel",
        columns,
        rows,
        total=in_all(orders),
        all_url=f"{page}?venter=overfoersel",
        since=timezone.localdate(orders[0].placed_at) if orders else None,
        late=AllOf(f"forfaldne: {whole(late)}", f"{page}?venter=forfalden") if late else None,
    )


def support_to_perform(request: HttpRequest) -> Queue:
    """Return the support that is paid for and not carried out, the longest paid first."""
    lines = counted(OrderLine.objects.to_be_performed().select_related("order__company"))
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
    return Queue(
        "Skal udføres",
        columns,
        rows,
        total=in_all(lines),
        all_url=f"{reverse('admin:billing_orderline_changelist')}?udfoert=nej",
        since=timezone.localdate(lines[0].order.paid_at) if lines else None,
    )


def _invoice(order: Order) -> SafeString | str:
    invoice = invoice_of(order)
    return document_link(invoice) if invoice else ""


def _reference(order: Order) -> str:
    """Return what the bank statement names."""
    invoice = invoice_of(order)
    return invoice.payment_reference if invoice else ""


def _due(order: Order) -> str:
    invoice = invoice_of(order)
    if invoice is None or invoice.due_on is None:
        return ""
    day = date_format(invoice.due_on, "SHORT_DATE_FORMAT")
    if invoice.due_on < timezone.localdate():
        return format_html('<strong class="staff-late">Forfaldt {}</strong>', day)
    return day
