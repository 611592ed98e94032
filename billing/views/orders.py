""" "Ordrer og fakturaer": the company's orders."""

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_required
from billing.models import Document, Order

ORDERS_PER_PAGE = 20


@require_safe
@member_required
def orders(request: MemberRequest) -> HttpResponse:
    """Show the orders with their documents, the newest first."""
    documents = Prefetch(
        "documents",
        Document.objects.order_by("issued_at", "pk"),
        to_attr="documents_shown",
    )
    own = Order.objects.of_company(request.company).prefetch_related(documents)
    pages = Paginator(own, ORDERS_PER_PAGE)
    return render(
        request,
        "billing/orders.html",
        {
            "page": pages.get_page(request.GET.get("side")),
            "awaiting_card": Order.objects.filter(company=request.company).awaiting_card(),
        },
    )
