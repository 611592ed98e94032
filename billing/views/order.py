"""One order: its state, lines, documents and money."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_required
from billing.models import ActionKind, Order
from billing.views.way_back import list_come_from
from catalog.money import totals_of


@require_safe
@member_required
def order(request: MemberRequest, pk: int) -> HttpResponse:
    """Show one of the company's orders."""
    own = get_object_or_404(
        Order.objects.filter(company=request.company).select_related("placed_by", "terms"),
        pk=pk,
    )
    lines = list(own.lines.order_by("position"))
    payments = list(own.payments.order_by("created_at", "pk"))
    documents = list(own.documents.order_by("issued_at", "pk"))
    has_surplus = any(payment.is_surplus for payment in payments)
    context = {
        "order": own,
        "lines": lines,
        "has_clips": any(line.clip_type_id is not None for line in lines),
        "has_support": any(line.clip_type_id is None for line in lines),
        "totals": totals_of((line.net, line.vat_rate) for line in lines),
        "back_to_list": list_come_from(request) or reverse("billing:orders"),
        "documents": documents,
        "invoice": next((each for each in documents if each.is_invoice), None),
        "payments": payments,
        "surplus_waits": has_surplus and own.action_items.waiting().filter(kind=ActionKind.SURPLUS).exists(),
    }
    return render(request, "billing/order.html", context)
