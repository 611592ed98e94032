""" "Annullér": an unpaid order is given up."""

import pytest

from accounts.models import Company, User
from billing.models import Document, DocumentKind, Order, OrderEventKind, OrderState, OutboxMail
from tests.factories import StaffFactory, pay
from tests.races.threads import at_once
from tests.staff.clock import THURSDAY_NOON
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def page_of(order: Order) -> str:
    return f"/admin/billing/order/{order.pk}/annuller/"


def credit_notes() -> list[Document]:
    return list(Document.objects.filter(kind=DocumentKind.CREDIT_NOTE))


def test_cancel_credits_the_whole_invoice_and_records_who_when_why(desk: Visitor, staff: User, order: Order) -> None:
    desk.open(f"/admin/billing/order/{order.pk}/change/").click("Annullér bestillingen")
    assert "Hele fakturaen krediteres, og kreditnotaen sendes til faktura@bogtryk.example." in desk.text
    assert desk.has_link("Tilbage")
    desk.fill("Årsag", "Bestilt to gange").press("Annullér bestillingen")
    assert desk.path == "/admin/"
    assert "Faktura 10001 er annulleret. Kreditnota 500001 sendes til faktura@bogtryk.example." in desk.text
    order.refresh_from_db()
    assert (order.state, order.cancelled_at) == (OrderState.CANCELLED, THURSDAY_NOON)
    [note] = credit_notes()
    assert (note.total, note.reason, note.order) == (order.total, "Bestilt to gange", order)
    event = order.events.get()
    assert (event.kind, event.actor, event.created_at, event.note) == (
        OrderEventKind.CANCELLED,
        staff,
        THURSDAY_NOON,
        "Bestilt to gange",
    )
    assert OutboxMail.objects.get(kind="credit_note").recipients == ["faktura@bogtryk.example"]


def test_cancel_needs_a_reason(desk: Visitor, order: Order) -> None:
    desk.send(page_of(order), [("reason", "   ")])
    assert desk.status == 422
    assert "Dette felt er påkrævet." in desk.described(desk.field("Årsag"))
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT


@pytest.mark.fault(58)
def test_cancel_refuses_line_breaks_in_the_reason(desk: Visitor, order: Order) -> None:
    desk.send(page_of(order), [("reason", "Fortrudt\r\nBcc: alle@example.dk")])
    assert (desk.status, credit_notes()) == (422, [])


@pytest.mark.fault(28)
def test_cancel_twice_credits_once(desk: Visitor, order: Order) -> None:
    for _ in range(2):
        desk.send(page_of(order), [("reason", "Fortrudt")])
    assert "Faktura 10001 var allerede annulleret." in desk.text
    assert (len(credit_notes()), order.events.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_staff_at_once_cancel_once_and_the_second_is_told(order: Order) -> None:
    first, second = Visitor(StaffFactory.create()), Visitor(StaffFactory.create())
    answers = at_once(
        lambda: first.send(page_of(order), [("reason", "Fortrudt")]).text,
        lambda: second.send(page_of(order), [("reason", "Fejl")]).text,
    )
    pages = [str(answer) for answer in answers]
    assert sorted("Faktura 10001 er annulleret. Kreditnota 500001" in page for page in pages) == [False, True]
    assert sorted("Faktura 10001 var allerede annulleret." in page for page in pages) == [False, True]
    assert (len(credit_notes()), order.events.count()) == (1, 1)


def test_cancel_is_refused_once_the_order_is_paid(desk: Visitor, order: Order) -> None:
    desk.open(page_of(order)).fill("Årsag", "Fortrudt")
    pay(order)
    desk.press("Annullér bestillingen")
    assert "Faktura 10001 er betalt og kan ikke annulleres." in desk.text
    assert credit_notes() == []


def test_cancel_needs_the_permission_to_change_orders(order: Order) -> None:
    clerk = Visitor(StaffFactory.create(is_superuser=False))
    assert clerk.client.get(page_of(order)).status_code == 403
    assert clerk.client.post(page_of(order), {"reason": "Fortrudt"}).status_code == 403
    assert credit_notes() == []


def test_cancel_names_the_address_that_had_the_invoice(desk: Visitor, order: Order) -> None:
    Company.objects.update(invoice_email="ny@bogtryk.example")
    assert "kreditnotaen sendes til faktura@bogtryk.example." in desk.open(page_of(order)).text
    desk.fill("Årsag", "Fortrudt").press("Annullér bestillingen")
    assert OutboxMail.objects.get(kind="credit_note").recipients == ["faktura@bogtryk.example"]
