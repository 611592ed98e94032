"""What the proof looks at: rows as plain values, with nothing of the shop's own code between."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from tests.storm.journal import Asked, BankTransfer, Filling, Promise


class Order(NamedTuple):
    """An order; `member` is the user name of who placed it."""

    id: int
    member: str
    company: int
    state: str
    method: str
    total: Decimal
    key: str


class Line(NamedTuple):
    """A line of an order; `clip_type` is None for support."""

    id: int
    order: int
    product: str
    clip_type: int | None
    quantity: int


class Account(NamedTuple):
    """A clip account."""

    id: int
    company: int
    clip_type: int
    balance: int
    last_seq: int


class Entry(NamedTuple):
    """A ledger entry."""

    account: int
    seq: int
    kind: str
    delta: int
    balance_after: int
    key: str


class Payment(NamedTuple):
    """Money that the shop has recorded."""

    order: int
    method: str
    amount: Decimal
    key: str
    is_surplus: bool


class Document(NamedTuple):
    """An invoice or credit note, with the SHA-256 of its PDF as stored and as worked out anew."""

    id: int
    kind: str
    number: int
    order: int
    credits: int | None
    total: Decimal
    stored_hash: str | None
    true_hash: str | None


class Mail(NamedTuple):
    """A mail of the outbox."""

    id: int
    message_id: str
    kind: str
    order: int | None
    document: int | None
    status: str
    recipient: str


class Attempt(NamedTuple):
    """A payment attempt."""

    order: int
    state: str
    session: str | None


class ActionItem(NamedTuple):
    """A case that waits for staff, or did."""

    order: int
    kind: str
    key: str
    is_handled: bool


class Session(NamedTuple):
    """A session at Stripe: the order that its metadata names, the amount in kroner."""

    id: str
    order: int
    amount: Decimal
    is_paid: bool


class Delivered(NamedTuple):
    """A mail in the mailbox; `pdf_hash` is None without an attachment."""

    message_id: str
    recipient: str
    pdf_hash: str | None


@dataclass
class Evidence:
    """All that is known after the storm: the shop's database, and what others know without it."""

    # The shop's database.
    orders: list[Order] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    last_numbers: dict[str, int] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    action_items: list[ActionItem] = field(default_factory=list)
    # The world.
    sessions: list[Session] = field(default_factory=list)
    transfers: list[BankTransfer] = field(default_factory=list)
    mailbox: list[Delivered] = field(default_factory=list)
    fillings: list[Filling] = field(default_factory=list)
    asked: dict[int, Asked] = field(default_factory=dict)
    promises: set[Promise] = field(default_factory=set)
