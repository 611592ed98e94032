"""Buying what is in the cart: placing an order, where an unpaid card order gives way to what the member wants now."""

from dataclasses import replace
from uuid import UUID, uuid5

from accounts.models import User
from billing.models import Order, OrderState, PaymentMethod
from billing.services.cancelling import NotCancellable
from billing.services.paying import abandon_order
from billing.services.placing import Placed, Placement, place_order, placed_before

_MOST_CHANGES_OF_MIND = 100


def buy(placement: Placement) -> Placed:
    """Place the order, or return the one that the same filling of the cart has placed already.

    An unpaid card order of this filling with other contents or another way to pay is closed at Stripe and cancelled
    first; when it turns out paid, it is returned instead. Raises what `place_order` and `abandon_order` raise.
    """
    for _change in range(_MOST_CHANGES_OF_MIND):
        earlier = placed_before(user=placement.user, key=placement.key)
        placed = earlier or place_order(placement)
        if placed.is_new or not _gives_way(placed.order, placement):
            return placed
        if placed.order.state == OrderState.AWAITING_PAYMENT:
            try:
                abandon_order(order_id=placed.order.pk, actor=placement.user, reason="Bestillingen blev ændret")
            except NotCancellable:
                continue  # it was paid, or given up elsewhere, in the meantime: look again
        placement = replace(placement, key=_next_key(placed.order))
    raise RuntimeError("the member has changed the order a hundred times")


def bought_before(*, user: User, key: UUID) -> Placed | None:
    """Return the order that a filling of the cart came to, the last of those that gave way to one another; or None."""
    placed = following = placed_before(user=user, key=key)
    while following is not None:
        placed, following = following, placed_before(user=user, key=_next_key(following.order))
    return placed


def _gives_way(order: Order, placement: Placement) -> bool:
    """Whether the order is a card order without money that is not what the member wants now."""
    if order.payment_method != PaymentMethod.CARD or order.state == OrderState.PAID:
        return False
    return order.state == OrderState.CANCELLED or not _is_wanted(order, placement)


def _is_wanted(order: Order, placement: Placement) -> bool:
    ordered = {(line.product_id, line.quantity, line.unit_price, line.vat_rate) for line in order.lines.all()}
    wanted = {
        (line.product_id, line.quantity, line.agreed_unit_price, line.agreed_vat_rate) for line in placement.lines
    }
    return ordered == wanted and (
        order.payment_method,
        order.terms_id,
        order.purchase_order_number,
        order.placed_by_id,
    ) == (placement.payment_method, placement.terms_id, placement.purchase_order_number, placement.user.pk)


def _next_key(order: Order) -> UUID:
    """Return the key under which the filling is placed next. It follows from the last, so two clicks make one order."""
    return uuid5(order.placement_key, "next")
