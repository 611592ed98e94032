""" "Køb TrueLink klip og support": the price list, with a form for each product."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, buyer_required, member_required
from accounts.usage import Usage, usage_of_company
from catalog.models import PriceTier, Product
from catalog.prices import LongerValidity, Nudge, Offer, Price, price_list
from checkout.cart import Cart
from checkout.cart_words import what_was_put
from checkout.forms import QuantityForm
from checkout.price_facts import price_facts


@dataclass(frozen=True)
class _Row:
    """One product of the list; with what the chosen quantity costs, where one was chosen."""

    offer: Offer
    form: QuantityForm
    quantity: int | None
    usage: Usage | None = None

    @property
    def product(self) -> Product:
        return self.offer.product

    @property
    def tiers(self) -> tuple[PriceTier, ...]:
        return self.offer.tiers

    @property
    def reached(self) -> PriceTier | None:
        return None if self.quantity is None else self.offer.reached_tier(self.quantity)

    @property
    def price(self) -> Price | None:
        return None if self.quantity is None else self.offer.price(self.quantity)

    @property
    def nudge(self) -> Nudge | None:
        return None if self.quantity is None else self.offer.nudge(self.quantity)

    @property
    def longer(self) -> LongerValidity | None:
        return None if self.quantity is None else self.offer.longer_validity(self.quantity)

    @property
    def facts(self) -> dict[str, str]:
        return price_facts(self.offer)


@require_safe
@member_required
def products(request: MemberRequest) -> HttpResponse:
    """Show what can be bought. `?vare=7&antal=3400` chooses a quantity of one product and shows what it costs."""
    offer = _offer(request, request.GET.get("vare", ""))
    if offer is None:
        return _show(request)
    form = QuantityForm({"quantity": request.GET.get("antal", "")}, product=offer.product)
    return _show(request, chosen=form if form.is_valid() else None)


@buyer_required
def add(request: MemberRequest) -> HttpResponse:
    """Put a product into the cart, or say what it costs; what cannot be bought is shown with the error at its field.

    Who had to log on again before the form could be taken comes back here without it, and sees the products.
    """
    if request.method != "POST":
        return redirect("checkout:products")
    offer = _offer(request, request.POST.get("product", ""))
    if offer is None:
        raise Http404
    form = QuantityForm(request.POST, product=offer.product)
    if not form.is_valid():
        return _show(request, failed=form)
    quantity: int = form.cleaned_data["quantity"]
    if request.POST.get("do") == "price":
        response = redirect(priced_offer_url(offer.product, quantity))
        response.status_code = 303
        return response
    cart = Cart(request.session)
    earlier = cart.quantities.get(offer.product.pk)
    cart.put(offer.product.pk, quantity)
    messages.success(request, what_was_put(offer.product, earlier, quantity))
    return redirect("checkout:products")


def priced_offer_url(product: Product, quantity: int) -> str:
    """Return the address of the product list with so many of the product chosen; opening it changes nothing."""
    chosen = urlencode({"vare": product.pk, "antal": quantity})
    return f"{reverse('checkout:products')}?{chosen}#vare-{product.pk}"


def _offer(request: MemberRequest, wanted: str) -> Offer | None:
    return next((offer for offer in price_list(request) if str(offer.product.pk) == wanted), None)


def _usage(request: MemberRequest) -> dict[int, Usage]:
    if not request.user.has_clip_account:
        return {}
    return usage_of_company(request.company, price_list(request), now=timezone.now())


def _show(
    request: MemberRequest, *, failed: QuantityForm | None = None, chosen: QuantityForm | None = None
) -> HttpResponse:
    filled = failed or chosen
    quantity = chosen.cleaned_data["quantity"] if chosen else None
    used = _usage(request)
    rows = []
    for offer in price_list(request):
        usage = used.get(offer.product.clip_type_id or 0)
        if filled and filled.product == offer.product:
            rows.append(_Row(offer, filled, quantity, usage))
        else:
            rows.append(_Row(offer, QuantityForm(product=offer.product), None, usage))
    context = {"offers": rows, "reader": not request.user.may_buy, "failed": [failed] if failed else []}
    return render(request, "checkout/products.html", context, status=422 if failed else 200)
