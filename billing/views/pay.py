""" "Betal med betalingskort": choose the card type, and go on to Stripe's page."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, buyer_required
from billing.forms import PayForm
from billing.gateway import StripeTrouble, StripeUnavailable
from billing.models import CardType, DocumentKind, Order, OrderState
from billing.services.paying import NotPayable, PaymentUnderWay, is_under_way, open_card_payment
from billing.views.receipt import receipt_of
from catalog.money import totals_of

# What the return page and Stripe's own "back" may say in the address, and what the page then tells.
STORIES = ("afbrudt", "udloebet", "mislykket")


@require_http_methods(["GET", "HEAD", "POST"])
@buyer_required
def pay(request: MemberRequest, pk: int) -> HttpResponse:
    """Show the card types for one of the company's unpaid orders; a POST opens Stripe's page and goes there."""
    order = get_object_or_404(Order, company=request.company, pk=pk)
    if order.state == OrderState.PAID:
        return receipt_of(order)
    if request.method == "POST" and order.state == OrderState.AWAITING_PAYMENT:
        return _go_to_stripe(request, order)
    return _show(request, order, PayForm())


def _go_to_stripe(request: MemberRequest, order: Order) -> HttpResponse:
    form = PayForm(request.POST)
    if not form.is_valid():
        return _show(request, order, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    card_type = CardType(form.cleaned_data["card_type"])
    try:
        return redirect(open_card_payment(order_id=order.pk, user=request.user, card_type=card_type))
    except (NotPayable, PaymentUnderWay):
        # It was paid, or given up, in the meantime: the page tells which.
        return redirect("billing:pay", pk=order.pk)
    except StripeUnavailable:
        return _show(request, order, form, status=HTTPStatus.SERVICE_UNAVAILABLE, trouble="unreachable")
    except StripeTrouble:
        return _show(request, order, form, status=HTTPStatus.SERVICE_UNAVAILABLE, trouble="refused")


def _show(
    request: MemberRequest,
    order: Order,
    form: PayForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    trouble: str = "",
) -> HttpResponse:
    lines = list(order.lines.order_by("position"))
    context = {
        "order": order,
        "form": form,
        "invoice": order.documents.filter(kind=DocumentKind.INVOICE).first(),
        "lines": lines,
        "totals": totals_of((line.net, line.vat_rate) for line in lines),
        "under_way": is_under_way(order),
        "is_open": order.attempts.undecided().exists(),
        "has_surplus": order.payments.filter(is_surplus=True).exists(),
        "trouble": trouble,
        "story": next((story for story in STORIES if story in request.GET), "") if not trouble else "",
    }
    return render(request, "billing/pay.html", context, status=status)
