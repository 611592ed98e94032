"""Money that came in, to look at."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from billing.admin import search
from billing.admin.links import link
from billing.models import Payment
from catalog.amounts import kroner
from catalog.staff_pages import ReadOnlyAdmin


class PaymentAdmin(ReadOnlyAdmin[Payment]):
    """Payments as they were registered."""

    list_display = ("received", "amount_shown", "company", "order_shown", "surplus", "registered_by")
    list_filter = ("is_surplus", "method", "received_on")
    list_select_related = ("order__company", "registered_by")
    search_fields = ("order__company__name",)
    search_help_text = search.HELP
    sortable_by: ClassVar = ("received",)
    fields = (
        ("received_on", "amount_shown", "method"),
        ("company", "order_shown"),
        "is_surplus",
        ("registered_by", "created_at"),
        "note",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payment], search_term: str
    ) -> tuple[QuerySet[Payment], bool]:
        """Search like the list of orders, and by the amount that came."""
        if search_term:
            orders = search.orders_found(search_term).values("pk")
            queryset = queryset.filter(Q(order__in=orders) | search.is_amount(search_term, "amount"))
        return queryset, False

    @admin.display(description="dato i banken", ordering="received_on")
    def received(self, payment: Payment) -> str:
        """Return the day in the bank."""
        return date_format(payment.received_on, "SHORT_DATE_FORMAT")

    @admin.display(description="overskydende")
    def surplus(self, payment: Payment) -> str:
        """Return whether the money was more than what was owed."""
        return "ja" if payment.is_surplus else "nej"

    @admin.display(description="beløb", ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        """Return the amount with VAT."""
        return kroner(payment.amount)

    @admin.display(description="medlem")
    def company(self, payment: Payment) -> SafeString:
        """Return a link to the company."""
        return link(payment.order.company)

    @admin.display(description="bestilling")
    def order_shown(self, payment: Payment) -> SafeString:
        """Return a link to the order."""
        return link(payment.order)
