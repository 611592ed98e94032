""" "Køb TrueLink klip og support": the price list, with a form for each product."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, buyer_required, member_required
from catalog.amounts import whole
from catalog.units import unit_in_words
from checkout.cart import Cart, price_list
from checkout.forms import QuantityForm


@require_safe
@member_required
def products(request: MemberRequest) -> HttpResponse:
    """Show what can be bought."""
    return _show(request)


@buyer_required
def add(request: MemberRequest) -> HttpResponse:
    """Put a product into the cart; what cannot be bought is shown again with the error at its field.

    Who had to log on again before the form could be taken comes back here without it, and sees the products.
    """
    if request.method != "POST":
        return redirect("checkout:products")
    wanted = request.POST.get("product", "")
    offer = next((offer for offer in price_list(request) if str(offer.product.pk) == wanted), None)
    if offer is None:
        raise Http404
    form = QuantityForm(request.POST, product=offer.product)
    if not form.is_valid():
        return _show(request, failed=form)
    quantity = form.cleaned_data["quantity"]
    cart = Cart(request.session)
    earlier = cart.quantities.get(offer.product.pk, quantity)
    cart.put(offer.product.pk, quantity)
    facts = {
        "earlier": whole(earlier),
        "quantity": whole(quantity),
        "unit": unit_in_words(offer.product.unit),
        "name": offer.product.name,
    }
    if earlier == quantity:
        messages.success(request, _("Lagt i kurv: %(quantity)s %(unit)s %(name)s.") % facts)
    else:
        messages.success(request, _("Antallet er rettet fra %(earlier)s til %(quantity)s %(unit)s %(name)s.") % facts)
    return redirect("checkout:products")


def _show(request: MemberRequest, failed: QuantityForm | None = None) -> HttpResponse:
    offers = [
        (
            offer.product,
            offer.tiers,
            failed if failed and failed.product == offer.product else QuantityForm(product=offer.product),
        )
        for offer in price_list(request)
    ]
    context = {"offers": offers, "reader": not request.user.may_buy, "failed": failed}
    return render(request, "checkout/products.html", context, status=422 if failed else 200)
