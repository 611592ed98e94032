"""What the office decided about an order's money: marking an action item as handled."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.transactions import retried
from billing.models import ActionItem, Order, OrderEvent, OrderEventKind


class AlreadyHandled(Exception):
    """Somebody was quicker; `item` tells who, when and what was done."""

    def __init__(self, item: ActionItem) -> None:
        super().__init__(f"handled at {item.handled_at}")
        self.item = item


@retried
def handle_item(*, item_id: int, actor: User, note: str) -> ActionItem:
    """Mark an action item as handled, with who, when and what was done (1 to 250 characters). No money moves.

    Raises AlreadyHandled.
    """
    with transaction.atomic():
        order_id = ActionItem.objects.values_list("order_id", flat=True).get(pk=item_id)
        order = Order.objects.select_for_update().get(pk=order_id)
        item = ActionItem.objects.select_for_update(of=("self",)).select_related("handled_by").get(pk=item_id)
        if item.handled_at is not None:
            raise AlreadyHandled(item)
        item.handled_at = timezone.now()
        item.handled_by = actor
        item.handled_note = note
        item.save(update_fields=["handled_at", "handled_by", "handled_note"])
        OrderEvent.objects.create(
            order=order,
            kind=OrderEventKind.HANDLED,
            actor=actor,
            note=f"{item.get_kind_display()}: {note}",
        )
    return item
