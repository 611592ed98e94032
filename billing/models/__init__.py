"""Orders, money, documents and mails, a file for each."""

from billing.models.archives import ArchivePart, ArchiveStatus, DocumentArchive
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
from billing.models.numbers import NumberGap
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
from billing.models.reconciliation import Finding, Reconciliation, StripeAnswer
from billing.models.seller import Seller, TermsOfSale

__all__ = [
    "ActionItem",
    "ActionKind",
    "ArchivePart",
    "ArchiveStatus",
    "AttemptState",
    "CardType",
    "CreditNote",
    "Document",
    "DocumentArchive",
    "DocumentFile",
    "DocumentKind",
    "DocumentLine",
    "FileKind",
    "Finding",
    "Invoice",
    "MailKind",
    "MailStatus",
    "NumberGap",
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
    "Reconciliation",
    "RenderFailure",
    "Seller",
    "StripeAnswer",
    "StripeEvent",
    "TermsOfSale",
]
