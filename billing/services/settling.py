"""The one door through which an order becomes paid, whoever knocks."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from django.db import transaction
from django.utils import timezone

from accounts.ledger import NewEntry, add_months, lock_accounts, post_entry
from accounts.models import ClipAccount, EntryKind, User
from accounts.transactions import retried
from billing import mails
from billing.models import (
    ActionItem,
    ActionKind,
    DocumentKind,
    Order,
    OrderEvent,
    OrderEventKind,
    OrderLine,
    OrderState,
    Payment,
    PaymentMethod,
    Seller,
)
from billing.queue import kick_document
from billing.services.documents import SellerMissing, issue_invoice
from catalog.amounts import kroner


@dataclass(frozen=True)
class Received:
    """Money that came in: kroner with VAT, the day in the bank, and a key that names its source."""

    method: PaymentMethod
    amount: Decimal
    received_on: date
    key: str
    registered_by: User | None = None
    note: str = ""


class Outcome(Enum):
    """What became of the money."""

    SETTLED = "settled"
    ALREADY = "already"
    SURPLUS = "surplus"


class AmountDiffers(Exception):
    """The amount is not what the order costs; nothing was recorded."""

    def __init__(self, expected: Decimal) -> None:
        super().__init__(f"expected {expected}")
        self.expected = expected


def transfer_key(order: Order) -> str:
    """Return the key of the one transfer that staff register by hand for an order.

    Two members of staff who read the same bank statement mean the same money, so the second is told so.
    """
    return f"transfer:{order.pk}"


@retried
def settle_order(*, order_id: int, received: Received) -> Outcome:
    """Record the payment, post the clips, issue a missing invoice and queue the mails: all in one transaction.

    Locks in the order that all code keeps: order, clip accounts by id, number series. Answers ALREADY when this very
    payment is known, SURPLUS for other money on an order that is paid or cancelled: recorded, never credited. Raises
    AmountDiffers when the order awaits another amount.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).select_related("company").get(pk=order_id)
        if Payment.objects.filter(key=received.key).exists():
            return Outcome.ALREADY
        if order.state != OrderState.AWAITING_PAYMENT:
            _record(order, received, is_surplus=True)
            ActionItem.objects.create(
                order=order,
                kind=ActionKind.SURPLUS,
                key=f"surplus:{received.key}",
                what=f"{kroner(received.amount)} er modtaget ud over det, som bestillingen koster.",
            )
            return Outcome.SURPLUS
        if received.amount != order.total:
            raise AmountDiffers(order.total)
        _settle(order, received, timezone.now())
        return Outcome.SETTLED


def _settle(order: Order, received: Received, now: datetime) -> None:
    _record(order, received, is_surplus=False)
    order.state = OrderState.PAID
    order.paid_at = now
    order.save(update_fields=["state", "paid_at"])
    # A page at Stripe that is still open could be paid too: the sweep closes it at its next turn.
    order.attempts.undecided().update(next_look_at=now)
    lines = list(order.lines.select_related("clip_type").order_by("position"))
    accounts = _post_clips(order, lines, now, received.registered_by)
    invoice = order.documents.filter(kind=DocumentKind.INVOICE).first()
    if invoice is None:
        seller = Seller.objects.current()
        if seller is None:
            raise SellerMissing
        invoice = issue_invoice(order=order, lines=lines, seller=seller)
        kick_document(invoice)
    queue = mails.queue_receipt if received.method == PaymentMethod.CARD else mails.queue_confirmation
    queue(invoice, order.company, lines, accounts, received_on=received.received_on)


def _record(order: Order, received: Received, *, is_surplus: bool) -> None:
    Payment.objects.create(
        order=order,
        method=received.method,
        amount=received.amount,
        received_on=received.received_on,
        key=received.key,
        is_surplus=is_surplus,
        registered_by=received.registered_by,
        note=received.note,
    )
    OrderEvent.objects.create(
        order=order,
        kind=OrderEventKind.SURPLUS if is_surplus else OrderEventKind.PAID,
        actor=received.registered_by,
        note=received.note,
    )


def _post_clips(order: Order, lines: list[OrderLine], now: datetime, actor: User | None) -> list[ClipAccount]:
    """Post each line of clips to its account, and return the accounts as they are afterwards."""
    by_type: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        if line.clip_type_id is not None:
            by_type[line.clip_type_id].append(line)
    accounts = lock_accounts(order.company, {line.clip_type for line in lines if line.clip_type is not None})
    for account in accounts:
        own = by_type[account.clip_type_id]
        months = account.clip_type.validity_months(sum(line.quantity for line in own))
        for line in own:
            entry = NewEntry(
                kind=EntryKind.PURCHASE,
                delta=line.quantity,
                key=f"order-line:{line.pk}",
                event_at=now,
                valid_until=add_months(timezone.localdate(now), months),
                actor=actor,
                note=f"Bestilling {order.number}",
            )
            post_entry(account, entry)
    return accounts
