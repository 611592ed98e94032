""" "Køb igen": the lines of an earlier order, put into the cart at today's prices."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.access import MemberRequest, buyer_required
from billing.models import Order, OrderLine
from catalog.amounts import unit_price
from catalog.prices import PriceList, price_list
from catalog.quantities import BadQuantity, check_quantity
from checkout.cart import Cart


@buyer_required
def buy_again(request: MemberRequest, pk: int) -> HttpResponse:
    """Set the cart's quantities to those of one of the company's orders, and show the cart; other lines stay.

    Who had to log on again before the form could be taken comes back here without it, and sees the order.
    """
    order = get_object_or_404(Order.objects.filter(company=request.company), pk=pk)
    if request.method != "POST":
        return redirect("billing:order", pk=order.pk)
    lines, prices = list(order.lines.order_by("position")), price_list(request)
    left_out = {line.pk: why for line in lines if (why := _why_not(line, prices))}
    bought = [line for line in lines if line.pk not in left_out]
    cart = Cart(request.session)
    for line in bought:
        cart.put(line.product_id, line.quantity)
    _tell(request, order, bought, prices)
    for line in lines:
        if line.pk in left_out:
            facts = {"name": line.name, "why": left_out[line.pk]}
            messages.warning(request, _("Ikke lagt i kurven: %(name)s. %(why)s") % facts)
    return redirect("checkout:cart")


def _why_not(line: OrderLine, prices: PriceList) -> str:
    """Return why the line cannot be bought as it was; an empty text when it can."""
    offer = prices.get(line.product_id)
    if offer is None:
        return _("Varen sælges ikke længere.")
    try:
        check_quantity(offer.product, line.quantity)
    except BadQuantity as refusal:
        return str(refusal)
    return ""


def _tell(request: MemberRequest, order: Order, bought: list[OrderLine], prices: PriceList) -> None:
    if not bought:
        return
    said = [_("Varerne fra bestilling %(number)s er lagt i kurven til dagens priser.") % {"number": order.number}]
    for line in bought:
        offer = prices.get(line.product_id)
        if offer is not None and offer.unit_price(line.quantity) != line.unit_price:
            facts = {
                "name": line.name,
                "old": unit_price(line.unit_price),
                "new": unit_price(offer.unit_price(line.quantity)),
            }
            said.append(_("%(name)s kostede %(old)s pr. enhed og koster nu %(new)s") % facts)
    messages.success(request, " ".join(said))
