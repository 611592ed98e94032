"""Orders, money, documents and mails, a file for each."""

from billing.models.card import (
    ActionItem,
    ActionKind,
    AttemptState,
    CardType,
    PaymentAttempt,
    StripeEvent,
)
from billing.models.documents import (
    CreditNote,
    Document,
    DocumentFile,
    DocumentKind,
    DocumentLine,
    FileKind,
    Invoice,
    NumberSeries,
    RenderFailure,
)
from billing.models.orders import (
    Order,
    OrderEvent,
    OrderEventKind,
    OrderLine,
    OrderState,
    Payment,
    PaymentMethod,
)
from billing.models.outbox import MailKind, MailStatus, OutboxMail
from billing.models.seller import Seller, TermsOfSale

__all__ = [
    "ActionItem",
    "ActionKind",
    "AttemptState",
    "CardType",
    "CreditNote",
    "Document",
    "DocumentFile",
    "DocumentKind",
    "DocumentLine",
    "FileKind",
    "Invoice",
    "MailKind",
    "MailStatus",
    "NumberSeries",
    "Order",
    "OrderEvent",
    "OrderEventKind",
    "OrderLine",
    "OrderState",
    "OutboxMail",
    "Payment",
    "PaymentAttempt",
    "PaymentMethod",
    "RenderFailure",
    "Seller",
    "StripeEvent",
    "TermsOfSale",
]
