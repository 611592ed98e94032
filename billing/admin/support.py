"""Lines of support: what staff have to carry out once it is paid."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from billing.admin import search
from billing.admin.action import may_act
from billing.admin.links import link, moment, page_of
from billing.admin.perform import Perform
from billing.models import OrderLine, OrderState
from catalog.amounts import whole
from catalog.staff_pages import Choice, ChoiceFilter, ReadOnlyAdmin, Tool


class PerformedFilter(ChoiceFilter):
    """Finds what is to be carried out."""

    title = "Udført"
    parameter_name = "udfoert"
    choices_by_value: ClassVar = {
        "nej": Choice("Skal udføres", lambda: Q(pk__in=OrderLine.objects.to_be_performed().values("pk"))),
        "ja": Choice("Udført", lambda: Q(performed_at__isnull=False)),
    }


class SupportAdmin(ReadOnlyAdmin[OrderLine]):
    """Ordered support, whose only button is "Markér som udført"."""

    list_display = ("name", "quantity_shown", "company", "order_shown", "order_state", "performed")
    list_filter = (PerformedFilter, "order__state", "order__placed_at")
    list_select_related = ("order__company", "performed_by")
    search_fields = ("name",)
    search_help_text = f"Ydelse – eller {search.HELP[0].lower()}{search.HELP[1:]}"
    sortable_by: ClassVar = ()
    fields = (("name", "quantity_shown"), ("company", "order_shown"), "performed_at", "performed_by", "performed_note")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        """Keep support: clips are credited by the ledger, not carried out."""
        return super().get_queryset(request).filter(clip_type=None)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Show the newest first, or what has waited the longest."""
        waits = request.GET.get(PerformedFilter.parameter_name) == "nej"
        return ("order__paid_at", "pk") if waits else ("-order__placed_at", "-order", "position")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[OrderLine], search_term: str
    ) -> tuple[QuerySet[OrderLine], bool]:
        """Search by the support, or like the list of orders."""
        if search_term:
            orders = search.orders_found(search_term).values("pk")
            queryset = queryset.filter(Q(order__in=orders) | Q(name__icontains=search_term.strip()))
        return queryset, False

    def get_urls(self) -> list[URLPattern]:
        """Add the page of the action."""
        view = self.admin_site.admin_view(Perform.as_view(admin_site=self.admin_site))
        return [path("<int:pk>/udfoert/", view, name="billing_orderline_perform"), *super().get_urls()]

    def tools(self, request: HttpRequest, obj: OrderLine) -> list[Tool]:
        """Offer to mark the line while it waits."""
        waits = obj.performed_at is None and obj.order.state == OrderState.PAID
        return [Tool("Markér som udført", page_of(obj, path="perform"))] if waits and may_act(request) else []

    @admin.display(description="antal")
    def quantity_shown(self, line: OrderLine) -> str:
        """Return the quantity with its unit."""
        return f"{whole(line.quantity)} {line.unit}"

    @admin.display(description="udført")
    def performed(self, line: OrderLine) -> str:
        """Return when the support was carried out."""
        return moment(line.performed_at) if line.performed_at else ""

    @admin.display(description="medlem")
    def company(self, line: OrderLine) -> SafeString:
        """Return a link to the company."""
        return link(line.order.company)

    @admin.display(description="bestilling")
    def order_shown(self, line: OrderLine) -> SafeString:
        """Return a link to the order."""
        return link(line.order)

    @admin.display(description="status")
    def order_state(self, line: OrderLine) -> str:
        """Return whether the order is paid."""
        return line.order.get_state_display()
