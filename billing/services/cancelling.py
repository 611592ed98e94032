"""Cancelling an unpaid order."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.transactions import retried
from billing import mails
from billing.models import DocumentKind, Order, OrderEvent, OrderEventKind, OrderState
from billing.queue import kick_document
from billing.services.documents import issue_credit_note


class NotCancellable(Exception):
    """The order is paid or was cancelled before; `state` tells which."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class AttemptUndecided(Exception):
    """Stripe may still take money for the order: its page must be closed first (`paying.abandon_order` does)."""


@retried
def cancel_order(*, order_id: int, actor: User | None, reason: str) -> Order:
    """Cancel an unpaid order; an issued invoice gets a credit note for the whole of it, which is mailed.

    Raises NotCancellable when the order is no longer awaiting payment, and AttemptUndecided while Stripe may still take
    money for it.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).select_related("company").get(pk=order_id)
        if order.state != OrderState.AWAITING_PAYMENT:
            raise NotCancellable(order.state)
        if order.attempts.undecided().exists():
            raise AttemptUndecided
        order.state = OrderState.CANCELLED
        order.cancelled_at = timezone.now()
        order.save(update_fields=["state", "cancelled_at"])
        OrderEvent.objects.create(order=order, kind=OrderEventKind.CANCELLED, actor=actor, note=reason)
        invoice = order.documents.filter(kind=DocumentKind.INVOICE).first()
        if invoice is not None:
            credit_note = issue_credit_note(invoice=invoice, reason=reason)
            mails.queue_credit_note(credit_note, order.company)
            kick_document(credit_note)
    return order
