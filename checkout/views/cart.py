"""The cart's page: change quantities, take lines out, go on to the checkout."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, buyer_required
from catalog.prices import price_list
from checkout.cart import Cart, CartLine, PricedCart, priced_cart
from checkout.cart_words import what_was_put
from checkout.forms import CartQuantityForm


@require_http_methods(["GET", "HEAD", "POST"])
@buyer_required
def cart(request: MemberRequest) -> HttpResponse:
    """Show the cart. A POST saves every quantity that can be bought, whichever button sent it.

    Faulty ones are shown again with their errors, and until they are mended nobody goes on to the checkout.
    """
    if request.method != "POST":
        return _show(request, [])
    lines = _remove(request, PricedCart(request).lines)
    failed = _save(request, lines)
    if failed:
        return _show(request, failed)
    response = redirect("checkout:review" if request.POST.get("do") == "checkout" else "checkout:cart")
    response.status_code = 303
    return response


def _remove(request: MemberRequest, lines: Sequence[CartLine]) -> list[CartLine]:
    """Take out the line that the POST names, and return those that stay."""
    unwanted = request.POST.get("remove", "")
    for line in lines:
        if str(line.product.pk) == unwanted:
            Cart(request.session).remove(line.product.pk)
            messages.success(request, _("Fjernet fra kurven: %(name)s.") % {"name": line.product.name})
    return [line for line in lines if str(line.product.pk) != unwanted]


def _save(request: MemberRequest, lines: Sequence[CartLine]) -> list[CartQuantityForm]:
    """Save what was typed, and return the forms whose quantity cannot be bought."""
    failed = []
    for line in lines:
        form = CartQuantityForm(request.POST, product=line.product)
        if form.add_prefix("quantity") not in request.POST or price_list(request).get(line.product.pk) is None:
            continue
        if not form.is_valid():
            failed.append(form)
        elif form.cleaned_data["quantity"] != line.quantity:
            quantity: int = form.cleaned_data["quantity"]
            Cart(request.session).put(line.product.pk, quantity)
            messages.success(request, what_was_put(line.product, line.quantity, quantity))
    return failed


def _show(request: MemberRequest, failed: list[CartQuantityForm]) -> HttpResponse:
    prices = price_list(request)
    rows = [
        # How many makes no difference to a product that is not sold any more.
        (line, _form(line, failed) if prices.get(line.product.pk) else None)
        for line in priced_cart(request).lines
    ]
    context = {"rows": rows, "failed": failed}
    return render(request, "checkout/cart.html", context, status=422 if failed else 200)


def _form(line: CartLine, failed: list[CartQuantityForm]) -> CartQuantityForm:
    again = next((form for form in failed if form.product == line.product), None)
    return again or CartQuantityForm(initial={"quantity": str(line.quantity)}, product=line.product)
