"""Cancelling an unpaid order."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine

from billing.models import Document, DocumentKind, OrderState, OutboxMail, PaymentMethod
from billing.services.cancelling import NotCancellable, cancel_order
from catalog.models import Product
from tests.factories import StaffFactory, UserFactory, open_shop, pay, place

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


def test_cancel_order_credits_the_whole_invoice_in_a_series_of_its_own(fakturaklip: Product) -> None:
    staff = StaffFactory.create()
    first, second = (place(UserFactory.create(), (fakturaklip, 100)) for _ in range(2))
    with time_machine.travel(NOON, tick=False):
        cancel_order(order_id=second.order.pk, actor=staff, reason="Bestilt to gange")
        cancel_order(order_id=first.order.pk, actor=None, reason="")
    credit_notes = Document.objects.filter(kind=DocumentKind.CREDIT_NOTE).order_by("number")
    assert [(note.number, note.credits, note.total, note.reason) for note in credit_notes] == [
        (500001, second.invoice, Decimal("312.50"), "Bestilt to gange"),
        (500002, first.invoice, Decimal("312.50"), ""),
    ]
    order = second.order
    order.refresh_from_db()
    assert (order.state, order.cancelled_at, order.paid_at) == (OrderState.CANCELLED, NOON, None)
    event = order.events.get()
    assert (event.kind, event.actor, event.note) == ("cancelled", staff, "Bestilt to gange")


def test_cancel_order_mails_the_credit_note_to_where_the_invoice_went(fakturaklip: Product) -> None:
    user = UserFactory.create()
    assert user.company is not None
    user.company.invoice_email = "bogholder@firma.example"
    user.company.save()
    order = place(user, (fakturaklip, 100)).order
    user.company.invoice_email = "ny@firma.example"
    user.company.save()
    cancel_order(order_id=order.pk, actor=None, reason="Fortrudt")
    mail = OutboxMail.objects.get(kind="credit_note")
    assert mail.recipients == ["bogholder@firma.example"]
    assert mail.document == Document.objects.get(kind=DocumentKind.CREDIT_NOTE)


def test_cancel_order_of_a_paid_order_is_refused(fakturaklip: Product) -> None:
    order = place(UserFactory.create(), (fakturaklip, 100)).order
    pay(order)
    with pytest.raises(NotCancellable) as refusal:
        cancel_order(order_id=order.pk, actor=None, reason="Fortrudt")
    assert refusal.value.state == "paid"
    order.refresh_from_db()
    assert (order.state, order.documents.count()) == (OrderState.PAID, 1)


def test_cancel_order_twice_is_refused_the_second_time(fakturaklip: Product) -> None:
    order = place(UserFactory.create(), (fakturaklip, 100)).order
    cancel_order(order_id=order.pk, actor=None, reason="Fortrudt")
    with pytest.raises(NotCancellable) as refusal:
        cancel_order(order_id=order.pk, actor=None, reason="Fortrudt")
    assert refusal.value.state == "cancelled"
    assert order.documents.count() == 2
    assert order.events.count() == 1


def test_cancel_order_of_a_card_order_has_nothing_to_credit(fakturaklip: Product) -> None:
    order = place(UserFactory.create(), (fakturaklip, 100), method=PaymentMethod.CARD).order
    cancel_order(order_id=order.pk, actor=None, reason="Ikke betalt")
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert (Document.objects.count(), OutboxMail.objects.count()) == (0, 0)
