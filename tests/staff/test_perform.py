""" "Skal udføres" and "Markér som udført": support that was paid for."""

import pytest
import time_machine

from accounts.models import User
from billing.models import Order, OrderEventKind, OrderLine
from catalog.models import Product
from tests.factories import StaffFactory, pay, place, support
from tests.races.threads import at_once
from tests.staff.clock import MONDAY_NOON, THURSDAY_NOON
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(member: User, fakturaklip: Product) -> Order:
    """Clips and two hours of support, paid on Monday."""
    with time_machine.travel(MONDAY_NOON, tick=False):
        placed = place(member, (fakturaklip, 100), (support(), 2))
        pay(placed.order)
    return placed.order


@pytest.fixture
def line(order: Order) -> OrderLine:
    return order.lines.get(clip_type=None)


def page_of(line: OrderLine) -> str:
    return f"/admin/billing/orderline/{line.pk}/udfoert/"


def performed(order: Order) -> int:
    return order.events.filter(kind=OrderEventKind.PERFORMED).count()


def test_support_stands_in_the_list_until_it_is_marked(desk: Visitor, staff: User, line: OrderLine) -> None:
    waiting = "2 time B2B fakturamodtagersupport Havnegadens Bogtryk ApS"
    assert waiting in desk.open("/admin/").part("Skal udføres 1")
    desk.click("Markér som udført").fill("Bemærkning", "Ringede til Mette").press("Markér som udført")
    assert desk.path == "/admin/"
    assert (
        f"2 time B2B fakturamodtagersupport for Havnegadens Bogtryk ApS er markeret som udført "
        f"(Bestilling {line.order_id})." in desk.text
    )
    assert desk.part("Skal udføres 0") == "Skal udføres 0 Intet venter."
    line.refresh_from_db()
    assert (line.performed_at, line.performed_by, line.performed_note) == (THURSDAY_NOON, staff, "Ringede til Mette")
    event = line.order.events.get(kind=OrderEventKind.PERFORMED)
    assert (event.actor, event.created_at) == (staff, THURSDAY_NOON)
    assert event.note == "B2B fakturamodtagersupport: Ringede til Mette"


def test_perform_takes_no_note(desk: Visitor, line: OrderLine) -> None:
    desk.open(page_of(line)).press("Markér som udført")
    assert line.order.events.get(kind=OrderEventKind.PERFORMED).note == "B2B fakturamodtagersupport"


def test_perform_takes_a_note_that_fits_beside_the_longest_name(
    desk: Visitor, member: User, fakturaklip: Product
) -> None:
    assert fakturaklip.is_clips
    order = place(member, (support(name="N" * 120), 1)).order
    pay(order)
    line = order.lines.get()
    desk.send(page_of(line), [("note", "n" * 175)])
    assert len(line.order.events.get(kind=OrderEventKind.PERFORMED).note) == 120 + 2 + 175


def test_perform_refuses_a_note_that_is_too_long(desk: Visitor, line: OrderLine) -> None:
    desk.send(page_of(line), [("note", "n" * 176)])
    assert (desk.status, performed(line.order)) == (422, 0)


@pytest.mark.fault(28)
def test_perform_twice_marks_once(desk: Visitor, line: OrderLine) -> None:
    for _ in range(2):
        desk.send(page_of(line), [("note", "")])
    said = "2 time B2B fakturamodtagersupport var allerede markeret som udført den 26. november 2026 af kirsten."
    assert said in desk.text
    assert performed(line.order) == 1


@pytest.mark.django_db(transaction=True)
def test_two_staff_at_once_mark_once_and_the_second_is_told(line: OrderLine) -> None:
    first, second = Visitor(StaffFactory.create()), Visitor(StaffFactory.create())
    answers = at_once(
        lambda: first.send(page_of(line), [("note", "A")]).text,
        lambda: second.send(page_of(line), [("note", "B")]).text,
    )
    pages = [str(answer) for answer in answers]
    assert sorted("er markeret som udført (" in page for page in pages) == [False, True]
    assert sorted("var allerede markeret som udført" in page for page in pages) == [False, True]
    assert performed(line.order) == 1


def test_perform_is_refused_before_the_order_is_paid(desk: Visitor, member: User, fakturaklip: Product) -> None:
    unpaid = place(member, (support(), 1)).order
    desk.send(page_of(unpaid.lines.get()), [("note", "")])
    assert f"Bestilling {unpaid.pk} er ikke betalt" in desk.text
    assert performed(unpaid) == 0


def test_perform_is_refused_for_clips(desk: Visitor, order: Order) -> None:
    clips = order.lines.get(clip_type__isnull=False)
    desk.send(page_of(clips), [("note", "")])
    assert "100 stk. Fakturaklip er klip, som tildeles af sig selv, når bestillingen betales." in desk.text
    assert performed(order) == 0


def test_perform_needs_the_permission_to_change_orders(line: OrderLine) -> None:
    clerk = Visitor(StaffFactory.create(is_superuser=False))
    assert clerk.client.get(page_of(line)).status_code == 403
    assert clerk.client.post(page_of(line), {"note": ""}).status_code == 403
    assert performed(line.order) == 0
