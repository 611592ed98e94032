"""A company's page with its orders."""

from django.http import HttpRequest
from django.urls import reverse

from accounts.admin.company import CompanyAdmin
from accounts.models import Company
from billing.admin.links import document_link, link, moment
from billing.admin.order import invoice_of, with_documents
from billing.models import Order
from catalog.amounts import kroner
from catalog.staff_pages import ROWS, Column, Panel


class CompanyWithOrdersAdmin(CompanyAdmin):
    """Adds what the company bought."""

    def panels(self, request: HttpRequest, obj: Company) -> list[Panel]:
        """Show the company's orders first, then its people and clips."""
        return [_orders(obj), *super().panels(request, obj)]


def _orders(company: Company) -> Panel:
    orders = Order.objects.filter(company=company)
    rows = []
    for order in with_documents(orders).order_by("-placed_at", "-pk")[:ROWS]:
        invoice = invoice_of(order)
        rows.append(
            (
                link(order),
                document_link(invoice) if invoice else "",
                kroner(order.total),
                order.get_state_display(),
                moment(order.placed_at),
            )
        )
    columns = (
        Column("Bestilling"),
        Column("Faktura"),
        Column("I alt med moms", "amount"),
        Column("Status"),
        Column("Bestilt"),
    )
    all_url = reverse("admin:billing_order_changelist") + f"?company__id__exact={company.pk}"
    return Panel("Bestillinger", columns, rows, total=orders.count(), all_url=all_url)
