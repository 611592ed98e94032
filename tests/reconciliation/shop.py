"""A sound shop with every kind of order, and what the checks say about it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.db import connection, models
from django.utils import timezone

from accounts.append_only import install_triggers, uninstall_triggers
from accounts.ledger import expire_due_accounts
from accounts.models import User
from billing.models import Document, DocumentFile, DocumentKind, FileKind, Order, PaymentMethod
from billing.outbox import send_queued
from billing.reconciliation.check import Check
from billing.reconciliation.running import CHECKS
from billing.services.cancelling import cancel_order
from billing.services.fulfilling import fulfil
from billing.services.numbers import skip_numbers
from billing.services.settling import Received, settle_order
from catalog.models import Product
from tests.card.shop import open_page
from tests.factories import ProductFactory, UserFactory, open_shop, pay, place, priced, support
from tests.simulator import Simulator


@dataclass(frozen=True)
class Shop:
    """One order of each kind, of 100 clips for 312.50 kr.; `paid` has other products and another VAT rate too."""

    user: User
    fakturaklip: Product
    expired: Order
    awaited: Order
    paid: Order
    paid_twice: Order
    cancelled: Order
    invoice_paid_by_card: Order
    card_paid: Order
    card_open: Order
    card_untried: Order
    card_cancelled: Order
    card_set_aside: Order
    card_surplus: Order


def sound_shop(stripe: Simulator) -> Shop:
    """Let all that can happen to orders happen, through the shop's services and with Stripe's simulator."""
    fakturaklip, user = open_shop(), UserFactory.create()
    with time_machine.travel(timezone.now() - timedelta(days=800), tick=False):
        expired = place(UserFactory.create(), (fakturaklip, 100)).order
        pay(expired)
        _keep_file(expired.documents.get())
        for mail in expired.mails.all():
            assert send_queued(mail.pk)
    expire_due_accounts(now=timezone.now())
    skip_numbers(kind=DocumentKind.INVOICE, to=10020, reason="Gendannet efter nedbrud")
    awaited, paid_twice, cancelled, by_card = (_ordered(user, fakturaklip) for _ in range(4))
    paid = place(user, (fakturaklip, 100), (fakturaklip, 1000), *_other_products()).order
    for order in (paid, paid_twice):
        pay(order)
    _pay_again(paid_twice)
    cancel_order(order_id=cancelled.pk, actor=None, reason="Fortrudt")
    card_paid, card_open, untried, card_cancelled, aside, late = (
        _ordered(user, fakturaklip, card=True) for _ in range(6)
    )
    for order in (by_card, card_paid):
        _pay_by_card(stripe, order)
    open_page(card_open)
    cancel_order(order_id=card_cancelled.pk, actor=None, reason="Ikke betalt inden 24 timer")
    session = open_page(aside)
    stripe.corrupt(session=session, amount_total=30000)
    stripe.pay(session)
    fulfil(session)
    return Shop(
        user=user, fakturaklip=fakturaklip, expired=expired, awaited=awaited, paid=paid, paid_twice=paid_twice,
        cancelled=cancelled, invoice_paid_by_card=by_card, card_paid=card_paid, card_open=card_open,
        card_untried=untried, card_cancelled=card_cancelled, card_set_aside=aside, card_surplus=_surplus(stripe, late),
    )  # fmt: skip


def differing() -> dict[str, list[str]]:
    """Return what each check that finds a difference says, by its subject and function: `ledger.balances`."""
    found = {_short_name(check): check.look(timezone.now()) for check in CHECKS}
    return {name: list(each.sentences) for name, each in found.items() if each.differences}


@contextmanager
def behind_the_triggers() -> Iterator[None]:
    """Let a test do what the database refuses to everybody."""
    _settle_constraints()
    uninstall_triggers()
    yield
    _settle_constraints()
    install_triggers()


@contextmanager
def lost_check(model: type[models.Model], name: str) -> Iterator[None]:
    """Let a test write what a check constraint refuses."""
    if connection.vendor == "postgresql":
        drop_constraint(model, name)
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def drop_constraint(model: type[models.Model], name: str) -> None:
    """Take a constraint of PostgreSQL away, or a conditional one of either database, until the test ends."""
    _settle_constraints()
    statements = [f'DROP INDEX IF EXISTS "{name}"']
    if connection.vendor == "postgresql":
        statements.insert(0, f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT IF EXISTS "{name}"')
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def drop_key(model: type[models.Model], column: str) -> None:
    """Take the uniqueness of a column of PostgreSQL away, until the test ends."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    [name] = [
        name for name, rule in found.items() if rule["columns"] == [column] and rule["unique"] and not rule["index"]
    ]
    drop_constraint(model, name)


def again(row: models.Model, **fields: Any) -> None:
    """Write the row once more, with some other fields."""
    row.pk = None
    row._state.adding = True
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def change(row: models.Model, **fields: Any) -> None:
    """Write over a row that may never change."""
    with behind_the_triggers():
        type(row)._default_manager.filter(pk=row.pk).update(**fields)


def remove(row: models.Model) -> None:
    """Take away a row that may never go, and let nothing that hangs on it hold it back."""
    with behind_the_triggers():
        type(row)._default_manager.filter(pk=row.pk)._raw_delete(connection.alias)


def _keep_file(document: Document) -> None:
    content = b"%PDF-1.7"
    DocumentFile.objects.create(
        document=document, kind=FileKind.PDF, content=content, sha256=hashlib.sha256(content).hexdigest()
    )


def _other_products() -> list[tuple[Product, int]]:
    return [
        (priced(ProductFactory.create(name="Kreditklip"), t100="0.3333"), 101),
        (support(vat_rate=Decimal("12.50")), 3),
    ]


def _short_name(check: Check) -> str:
    """Return the subject and the function of a check."""
    return f"{check.look.__module__.rpartition('.')[2]}.{check.look.__name__}"


def _settle_constraints() -> None:
    """Have PostgreSQL look at what it would look at later: until then it lets nobody change the tables."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _ordered(user: User, fakturaklip: Product, *, card: bool = False) -> Order:
    method = PaymentMethod.CARD if card else PaymentMethod.BANK_TRANSFER
    return place(user, (fakturaklip, 100), method=method).order


def _pay_by_card(stripe: Simulator, order: Order) -> None:
    session = open_page(order)
    stripe.pay(session)
    fulfil(session)


def _pay_again(order: Order) -> None:
    again = Received(PaymentMethod.BANK_TRANSFER, Decimal("312.50"), timezone.localdate(), f"bank-line:{order.pk}:2")
    settle_order(order_id=order.pk, received=again)


def _surplus(stripe: Simulator, order: Order) -> Order:
    """Pay an order by transfer while its page at Stripe is open, and then by card too."""
    session = open_page(order)
    pay(order)
    stripe.pay(session)
    fulfil(session)
    return order
