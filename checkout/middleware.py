"""Emptying the cart once its order has been paid, wherever the news came from."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from billing.models import Order, OrderState
from checkout.cart import Cart


def paid_cart_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Look, while a card payment of this session is under way, whether it has come through.

    The payment may have been told by Stripe to another process. A cart that was changed since stays as it is.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        cart = Cart(request.session)
        order_id = cart.order_being_paid
        if order_id is not None and isinstance(request.user, User):
            own = Order.objects.filter(pk=order_id, company=request.user.company_id)
            state = own.values_list("state", flat=True).first()
            if state == OrderState.PAID:
                cart.was_paid()
        return get_response(request)

    return middleware
