"""The cart's page: change quantities, take lines out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, buyer_required
from catalog.prices import price_list
from checkout.cart import Cart, CartLine, priced_cart
from checkout.forms import QuantityForm


@require_http_methods(["GET", "HEAD", "POST"])
@buyer_required
def cart(request: MemberRequest) -> HttpResponse:
    """Show the cart, and change or remove the line that the POST names."""
    failed = None
    if request.method == "POST":
        line = _line(request)
        if line is None or request.POST.get("do") == "remove":
            return _remove(request, line)
        failed = QuantityForm(request.POST, product=line.product)
        if failed.is_valid():
            Cart(request.session).put(line.product.pk, failed.cleaned_data["quantity"])
            messages.success(request, _("Antallet er rettet."))
            return redirect("checkout:cart")
    prices = price_list(request)
    rows = [
        # How many makes no difference to a product that is not sold any more.
        (line, _form(line, failed) if prices.get(line.product.pk) else None)
        for line in priced_cart(request).lines
    ]
    return render(
        request,
        "checkout/cart.html",
        {"rows": rows, "failed": failed},
        status=422 if failed else 200,
    )


def _line(request: MemberRequest) -> CartLine | None:
    wanted = request.POST.get("product", "")
    return next(
        (line for line in priced_cart(request).lines if str(line.product.pk) == wanted),
        None,
    )


def _remove(request: MemberRequest, line: CartLine | None) -> HttpResponse:
    if line is not None:
        Cart(request.session).remove(line.product.pk)
        messages.success(request, _("Fjernet fra kurven: %(name)s.") % {"name": line.product.name})
    return redirect("checkout:cart")


def _form(line: CartLine, failed: QuantityForm | None) -> QuantityForm:
    if failed is not None and failed.product == line.product:
        return failed
    return QuantityForm(initial={"quantity": str(line.quantity)}, product=line.product)
