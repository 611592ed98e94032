"""Orders: the list in which the office finds them, and the page with everything about one."""

from datetime import date
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format

from billing.admin import order_panels, search
from billing.admin.action import may_act
from billing.admin.cancel import Cancel
from billing.admin.links import document_link, link, link_to, order_age, page_of
from billing.admin.mark_paid import MarkPaid
from billing.models import ActionItem, Document, DocumentKind, Order, OrderLine, OrderState, PaymentMethod
from catalog.amounts import kroner
from catalog.staff_pages import Choice, ChoiceFilter, Panel, ReadOnlyAdmin, Tool


def _awaits(method: PaymentMethod) -> Q:
    return Q(state=OrderState.AWAITING_PAYMENT, payment_method=method)


class WaitingFilter(ChoiceFilter):
    """Finds the orders for which something is awaited: money, a decision of the office, or its work."""

    title = "Venter på"
    parameter_name = "venter"
    choices_by_value: ClassVar = {
        "overfoersel": Choice("Kontooverførsel", lambda: _awaits(PaymentMethod.BANK_TRANSFER)),
        "forfalden": Choice(
            "Kontooverførsel, forfalden",
            lambda: _awaits(PaymentMethod.BANK_TRANSFER) & is_late(timezone.localdate()),
        ),
        "kort": Choice("Betalingskort", lambda: _awaits(PaymentMethod.CARD)),
        "sag": Choice("Sag, der kræver handling", lambda: Q(pk__in=ActionItem.objects.waiting().values("order"))),
        "udfoeres": Choice(
            "Support, der skal udføres", lambda: Q(pk__in=OrderLine.objects.to_be_performed().values("order"))
        ),
    }


def is_late(today: date) -> Q:
    """Match orders whose invoice should have been paid before `today` and has not been."""
    return Q(pk__in=Document.objects.overdue(today).values("order"))


def with_documents(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Read each order's company and documents, which come as the list `documents_shown`."""
    documents = Prefetch("documents", Document.objects.order_by("issued_at", "pk"), to_attr="documents_shown")
    return orders.select_related("company").prefetch_related(documents)


def invoice_of(order: Order) -> Document | None:
    """Return the invoice among the documents that `with_documents` read."""
    documents: list[Document] = getattr(order, "documents_shown", [])
    return next((document for document in documents if document.kind == DocumentKind.INVOICE), None)


class OrderAdmin(ReadOnlyAdmin[Order]):
    """Orders, to look at; what may happen to one are buttons that lead to a confirmation."""

    list_display = ("number_shown", "invoice", "company", "total_shown", "payment_method", "state", "placed_on")
    waiting_list_display = ("number_shown", "invoice", "company", "total_shown", "age", "next_step")
    list_filter = (WaitingFilter, "state", "payment_method", "placed_at")
    search_fields = ("company__name",)
    search_help_text = search.HELP
    sortable_by: ClassVar = ("placed_on", "total_shown")
    fieldsets: ClassVar[Any] = (
        (
            None,
            {
                "fields": (
                    ("company", "state", "payment_method"),
                    ("net_shown", "vat_shown", "total_shown"),
                    ("placed_by", "placed_at", "terms"),
                    ("paid_at", "cancelled_at", "purchase_order_number"),
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """Read companies and documents of the whole list at once."""
        return with_documents(super().get_queryset(request))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Show in the list of what is awaited how long, and the way on."""
        return self.waiting_list_display if WaitingFilter.parameter_name in request.GET else self.list_display

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Show the newest first, or what has been awaited the longest."""
        return ("placed_at", "pk") if WaitingFilter.parameter_name in request.GET else ("-placed_at", "-pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Search by what a caller or a bank statement names."""
        if search_term:
            queryset = queryset.filter(pk__in=search.orders_found(search_term).values("pk"))
        return queryset, False

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the actions."""
        guard, site = self.admin_site.admin_view, self.admin_site
        return [
            path("<int:pk>/betalt/", guard(MarkPaid.as_view(admin_site=site)), name="billing_order_mark_paid"),
            path("<int:pk>/annuller/", guard(Cancel.as_view(admin_site=site)), name="billing_order_cancel"),
            *super().get_urls(),
        ]

    def tools(self, request: HttpRequest, obj: Order) -> list[Tool]:
        """Offer what can happen to the order now. A card order is paid at Stripe, and never marked by hand."""
        if obj.state != OrderState.AWAITING_PAYMENT or not may_act(request):
            return []
        mark_paid = [Tool("Markér som betalt", page_of(obj, path="mark_paid"))] if obj.awaits_transfer else []
        return [*mark_paid, Tool("Annullér bestillingen", page_of(obj, path="cancel"))]

    def panels(self, request: HttpRequest, obj: Order) -> list[Panel]:
        """Show lines, documents, money, history and mails."""
        return order_panels.of_order(obj, may_act=may_act(request))

    @admin.display(description="bestilling", ordering="pk")
    def number_shown(self, order: Order) -> str:
        """Return the order's number."""
        return order.number

    @admin.display(description="faktura")
    def invoice(self, order: Order) -> str:
        """Return a link to the invoice."""
        invoice = invoice_of(order)
        return document_link(invoice, str(invoice.number)) if invoice else ""

    @admin.display(description="bestilt", ordering="placed_at")
    def placed_on(self, order: Order) -> str:
        """Return the day on which the order was placed."""
        return date_format(timezone.localtime(order.placed_at), "SHORT_DATE_FORMAT")

    @admin.display(description="næste trin")
    def next_step(self, order: Order) -> str:
        """Return a link to registering the transfer that is awaited, or to the order, where the rest is done.

        The page of the link asks who may.
        """
        if order.awaits_transfer:
            return link_to(page_of(order, path="mark_paid"), "Markér som betalt")
        awaits_card = order.state == OrderState.AWAITING_PAYMENT
        return link(order, "Se betalingsforsøg" if awaits_card else "Se bestillingen")

    @admin.display(description="alder")
    def age(self, order: Order) -> str:
        """Return how long the money has been awaited."""
        return order_age(order)

    @admin.display(description="uden moms")
    def net_shown(self, order: Order) -> str:
        """Return the amount without VAT."""
        return kroner(order.net)

    @admin.display(description="moms")
    def vat_shown(self, order: Order) -> str:
        """Return the VAT."""
        return kroner(order.vat)

    @admin.display(description="i alt med moms", ordering="total")
    def total_shown(self, order: Order) -> str:
        """Return the amount with VAT."""
        return kroner(order.total)
