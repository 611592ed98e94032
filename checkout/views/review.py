""" "Kassen": everything about the order on one page, and the button that places it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, buyer_required
from billing.gateway import StripeTrouble
from billing.models import OrderState, PaymentMethod
from billing.services.buying import bought_before, buy
from billing.services.cancelling import AttemptUndecided
from billing.services.paying import fits_a_card
from billing.services.placing import (
    AgreementOutdated,
    CheckoutClosed,
    KeyBelongsToAnother,
    Placed,
    Placement,
    RequestedLine,
)
from billing.services.readiness import current_terms, missing_for_checkout
from catalog.prices import price_list
from catalog.quantities import BadQuantity
from checkout.cart import Cart, priced_cart
from checkout.forms import ReviewForm
from checkout.quote import make_quote, price_changes, read_quote


@require_http_methods(["GET", "HEAD", "POST"])
@buyer_required
def review(request: MemberRequest) -> HttpResponse:
    """Show the order for a last look; a POST places it and goes on to paying by card or to its invoice."""
    if not Cart(request.session).quantities:
        return _nothing_to_buy(request)
    if request.method == "POST":
        return _place(request, ReviewForm(request.POST))
    return _show(request)


def _place(request: MemberRequest, form: ReviewForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, form)
    cart = Cart(request.session)
    agreed = read_quote(form.cleaned_data["quote"])
    if str(form.cleaned_data["placement_key"]) != cart.key:
        earlier = _sent_before(request, form)
        return earlier or _show(request, form, outdated=True)
    if not _is_the_cart(request, agreed):
        return _show(request, form, outdated=True)
    if form.cleaned_data["payment_method"] == PaymentMethod.CARD and not fits_a_card(priced_cart(request).totals.total):
        form.add_error("payment_method", _("Beløbet kan ikke betales med kort. Vælg kontooverførsel."))
        return _show(request, form)
    return _buy(request, form, agreed)


def _buy(request: MemberRequest, form: ReviewForm, agreed: tuple[RequestedLine, ...]) -> HttpResponse:
    cart = Cart(request.session)
    placement = Placement(
        user=request.user,
        key=form.cleaned_data["placement_key"],
        lines=agreed,
        payment_method=PaymentMethod(form.cleaned_data["payment_method"]),
        terms_id=form.cleaned_data["terms"],
        purchase_order_number=form.cleaned_data["purchase_order_number"],
    )
    try:
        placed = buy(placement)
    except (AgreementOutdated, BadQuantity, CheckoutClosed, KeyBelongsToAnother):
        return _show(request, form, outdated=True)
    except (StripeTrouble, AttemptUndecided):
        return _earlier_payment_is_open(request)
    if not placed.is_new and not _is_what_was_placed(placed, agreed):
        # The cart was filled anew while an earlier filling was being placed or paid: nothing of it is ordered yet.
        if placed.order.pk == cart.order_being_paid and placed.order.state == OrderState.PAID:
            cart.was_paid()
        else:
            cart.renew_key()
        return _show(request, form, outdated=True)
    if _waits_for_card(placed):
        cart.is_being_paid(placed.order.pk)
    else:
        cart.clear()
    return _onwards(placed)


def _waits_for_card(placed: Placed) -> bool:
    return placed.invoice is None and placed.order.state == OrderState.AWAITING_PAYMENT


def _earlier_payment_is_open(request: MemberRequest) -> HttpResponse:
    """Say why the order cannot be changed now: a card payment of its first edition cannot be closed yet."""
    messages.warning(
        request,
        _("Din tidligere kortbetaling kan ikke lukkes lige nu, så bestillingen er ikke ændret. Prøv igen om lidt."),
    )
    return redirect("checkout:review")


def _is_what_was_placed(placed: Placed, agreed: tuple[RequestedLine, ...]) -> bool:
    ordered = {line.product_id: line.quantity for line in placed.order.lines.all()}
    return ordered == {line.product_id: line.quantity for line in agreed}


def _is_the_cart(request: MemberRequest, agreed: tuple[RequestedLine, ...]) -> bool:
    """Whether the page showed the cart as it is. A product that was deleted since it was put in is no line any more."""
    shown = {line.product_id: line.quantity for line in agreed}
    if shown == Cart(request.session).quantities:
        return True
    return shown == {line.product.pk: line.quantity for line in priced_cart(request).lines}


def _nothing_to_buy(request: MemberRequest) -> HttpResponse:
    """Answer a page that was sent a second time with the order that it placed, and an empty cart with the products."""
    earlier = _sent_before(request, ReviewForm(request.POST)) if request.method == "POST" else None
    if earlier is not None:
        return earlier
    messages.info(
        request,
        _("Din indkøbskurv er tom. Har du lige afsendt en bestilling, står den under Ordrer og fakturaer."),
    )
    return redirect("checkout:products")


def _sent_before(request: MemberRequest, form: ReviewForm) -> HttpResponse | None:
    """Return the way to the order that this very page placed earlier, or None."""
    if "placement_key" in form.errors:
        return None
    earlier = bought_before(user=request.user, key=form.cleaned_data["placement_key"])
    return None if earlier is None else _onwards(earlier)


def _onwards(placed: Placed) -> HttpResponse:
    """Lead on to what comes next: choosing the card, or the invoice."""
    if placed.invoice is None or placed.order.payment_method == PaymentMethod.CARD:
        return redirect("billing:pay", pk=placed.order.pk)
    return redirect(reverse("billing:document", args=[placed.invoice.pk]) + "?afsendt=1")


def _show(request: MemberRequest, form: ReviewForm | None = None, *, outdated: bool = False) -> HttpResponse:
    cart = priced_cart(request)
    if not cart.is_sound:
        if request.method == "POST":
            messages.warning(request, _("Intet er bestilt. Se indkøbskurven igennem."))
        return redirect("checkout:cart")
    terms = current_terms()
    closed_because = missing_for_checkout(terms=terms, prices=price_list(request))
    context: dict[str, Any] = {
        "cart": cart,
        "terms": terms,
        "company": request.company,
        "closed_because": closed_because,
        "has_clips": any(line.product.is_clips for line in cart.lines),
        "has_support": any(not line.product.is_clips for line in cart.lines),
    }
    if terms is not None and not closed_because:
        quote, key = make_quote(cart.lines), Cart(request.session).key
        if form is None:
            form = ReviewForm.fresh(key=key, company=request.company, quote=quote, terms=terms)
        elif outdated:
            context["price_changes"] = price_changes(read_quote(form.data.get("quote", "")), cart.lines)
            context["outdated"] = True
            form = form.shown_again(key=key, quote=quote, terms=terms)
        context["form"] = form
    return render(
        request,
        "checkout/review.html",
        context,
        status=422 if request.method == "POST" else 200,
    )
