"""Gathering the evidence: plain SQL to the database, files of the mailbox, Stripe's list of sessions."""

import email
import hashlib
from decimal import Decimal
from email.policy import default
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from tests.simulator import Simulator
from tests.storm.evidence import (
    Account,
    ActionItem,
    Attempt,
    Delivered,
    Document,
    Entry,
    Evidence,
    Line,
    Mail,
    Order,
    Payment,
    Session,
)
from tests.storm.journal import Journal
from tests.storm.machines import Machines

T = TypeVar("T")

_ORDERS = """SELECT o.id, u.username, o.company_id, o.state, o.payment_method, o.total, o.placement_key::text
    FROM billing_order o JOIN accounts_user u ON u.id = o.placed_by_id ORDER BY o.id"""
_LINES = "SELECT id, order_id, name, clip_type_id, quantity FROM billing_orderline ORDER BY id"
_ACCOUNTS = "SELECT id, company_id, clip_type_id, balance, last_seq FROM accounts_clipaccount ORDER BY id"
_ENTRIES = "SELECT account_id, seq, kind, delta, balance_after, key FROM accounts_clipentry ORDER BY account_id, seq"
_PAYMENTS = "SELECT order_id, method, amount, key, is_surplus FROM billing_payment ORDER BY id"
_DOCUMENTS = """SELECT d.id, d.kind, d.number, d.order_id, d.credits_id, d.total, f.sha256,
    encode(sha256(f.content), 'hex')
    FROM billing_document d LEFT JOIN billing_documentfile f ON f.document_id = d.id AND f.kind = 'pdf' ORDER BY d.id"""
_MAILS = """SELECT id, message_id, kind, order_id, document_id, status, recipients ->> 0
    FROM billing_outboxmail WHERE kind <> 'account' ORDER BY id"""
_ATTEMPTS = "SELECT order_id, state, session_id FROM billing_paymentattempt ORDER BY id"
_ACTION_ITEMS = "SELECT order_id, kind, key, handled_at IS NOT NULL FROM billing_actionitem ORDER BY id"
_HEARD_OF = "SELECT object_id FROM billing_stripeevent WHERE type = 'checkout.session.completed'"


def gather(machines: Machines, journal: Journal) -> Evidence:
    """Return everything that is known."""
    with psycopg.connect(machines.database) as database:
        series = database.execute("SELECT kind, last_number FROM billing_numberseries").fetchall()
        return Evidence(
            orders=_rows(database, _ORDERS, Order),
            lines=_rows(database, _LINES, Line),
            accounts=_rows(database, _ACCOUNTS, Account),
            entries=_rows(database, _ENTRIES, Entry),
            payments=_rows(database, _PAYMENTS, Payment),
            documents=_rows(database, _DOCUMENTS, Document),
            last_numbers={str(kind): int(number) for kind, number in series},
            mails=_rows(database, _MAILS, Mail),
            attempts=_rows(database, _ATTEMPTS, Attempt),
            action_items=_rows(database, _ACTION_ITEMS, ActionItem),
            sessions=_sessions(machines.stripe),
            transfers=list(journal.transfers),
            mailbox=_mailbox(machines.folder / "mail"),
            fillings=list(journal.fillings),
            asked=dict(journal.asked),
            promises=set(journal.promises),
        )


def found_by_the_sweep_alone(machines: Machines, journal: Journal, evidence: Evidence) -> int:
    """Return how many paid sessions no webhook told of and no member came back from."""
    with psycopg.connect(machines.database) as database:
        heard_of = {str(row[0]) for row in database.execute(_HEARD_OF)}
    return sum(one.is_paid and one.id not in heard_of | journal.returned for one in evidence.sessions)


def dropped_webhooks(stripe: Simulator) -> int:
    """Return how many events were never delivered (none is waiting any more)."""
    return sum(event["pending_webhooks"] > 0 for event in stripe.events())


def _rows(database: "psycopg.Connection[tuple[Any, ...]]", question: str, kind: type[T]) -> list[T]:
    return [kind(*row) for row in database.execute(question)]


def _sessions(stripe: Simulator) -> list[Session]:
    return [
        Session(
            id=one["id"],
            order=int(one["metadata"]["order"]),
            amount=Decimal(one["amount_total"]) / 100,
            is_paid=one["payment_status"] == "paid",
        )
        for one in stripe.sessions()
    ]


def _mailbox(folder: Path) -> list[Delivered]:
    return [_delivered(file.read_bytes()) for file in sorted(folder.glob("*.eml"))]


def _delivered(content: bytes) -> Delivered:
    mail = email.message_from_bytes(content, policy=default)
    attached = [part.get_content() for part in mail.iter_attachments()]
    pdf_hash = hashlib.sha256(attached[0]).hexdigest() if attached else None
    return Delivered(str(mail["Message-ID"]).strip(), str(mail["To"]).strip(), pdf_hash)
