"""Support that was paid for: marking it as carried out."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.transactions import retried
from billing.models import Order, OrderEvent, OrderEventKind, OrderLine, OrderState


class NotPerformable(Exception):
    """The line is clips, its order is not paid, or it was marked before."""


@retried
def mark_performed(*, line_id: int, actor: User, note: str) -> OrderLine:
    """Mark a paid line of support as carried out, with who, when and why (at most 175 characters).

    Raises NotPerformable.
    """
    with transaction.atomic():
        order_id = OrderLine.objects.values_list("order_id", flat=True).get(pk=line_id)
        order = Order.objects.select_for_update().get(pk=order_id)
        line = OrderLine.objects.get(pk=line_id)
        if line.clip_type_id is not None or line.performed_at is not None or order.state != OrderState.PAID:
            raise NotPerformable
        line.performed_at = timezone.now()
        line.performed_by = actor
        line.performed_note = note
        line.save(update_fields=["performed_at", "performed_by", "performed_note"])
        OrderEvent.objects.create(
            order=order,
            kind=OrderEventKind.PERFORMED,
            actor=actor,
            note=f"{line.name}: {note}" if note else line.name,
        )
    return line
