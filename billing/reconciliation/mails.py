"""Mails: every mail that is owed is in the outbox, whether it has left or not."""

from collections.abc import Iterator
from datetime import datetime

from billing.models import Document, DocumentKind, MailKind, OutboxMail, Payment, PaymentMethod
from billing.reconciliation.check import Check, Found, Side, found


def owed_mails(_now: datetime) -> Found:
    """Look for an order whose invoice, receipt, confirmation or credit note was never queued."""
    owed = {
        MailKind.INVOICE: _documents(kind=DocumentKind.INVOICE, payment_method=PaymentMethod.BANK_TRANSFER),
        MailKind.RECEIPT: _settling_payments(PaymentMethod.CARD),
        MailKind.CONFIRMATION: _settling_payments(PaymentMethod.BANK_TRANSFER),
        MailKind.CREDIT_NOTE: _documents(kind=DocumentKind.CREDIT_NOTE),
    }
    return found(
        sum(orders.count() for orders in owed.values()),
        *(_never_queued(kind, orders) for kind, orders in owed.items()),
    )


def _never_queued(kind: MailKind, orders: Side) -> Iterator[str]:
    queued = Side(OutboxMail.objects.filter(kind=kind), "order_id")
    for (order,) in orders.missing_in(queued):
        yield f"Bestilling {order}: mailen »{kind.label}« er aldrig sat i udbakken."


def _documents(**facts: str) -> Side:
    return Side(Document.objects.filter(**facts), "order_id")


def _settling_payments(method: PaymentMethod) -> Side:
    return Side(Payment.objects.filter(is_surplus=False, method=method), "order_id")


CHECKS = (Check("Hver mail, der skyldes, er sat i udbakken", owed_mails),)
