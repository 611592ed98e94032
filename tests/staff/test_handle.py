""" "Markér som håndteret": the office decided about an order's money, and says what was done."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission

from accounts.models import User
from billing.models import ActionItem, Order, OrderEvent, OrderEventKind
from billing.services.handling import AlreadyHandled, handle_item
from tests.factories import StaffFactory
from tests.races.threads import at_once, met_before, without_row_locks
from tests.staff.cards import item_of
from tests.staff.clock import THURSDAY_NOON
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(order: Order) -> ActionItem:
    return item_of(order)


def page_of(item: ActionItem) -> str:
    return f"/admin/billing/actionitem/{item.pk}/haandteret/"


def test_handle_records_who_when_and_what_was_done(desk: Visitor, staff: User, item: ActionItem) -> None:
    desk.open(f"/admin/billing/order/{item.order_id}/change/")
    assert "Venter Markér som håndteret" in desk.part("Sager, der kræver handling 1")
    desk.click("Markér som håndteret")
    assert desk.heading == "Markér som håndteret"
    assert f"Hvad {item.what} Opstået 26.11.2026 12:00 Medlem Havnegadens Bogtryk ApS" in desk.text
    desk.fill("Hvad blev der gjort?", "Tilbageført i Stripe").press("Markér som håndteret")
    assert desk.path == "/admin/"
    assert (
        "“Beløb eller oplysninger stemmer ikke” for Havnegadens Bogtryk ApS er markeret som håndteret "
        f"(Bestilling {item.order_id})." in desk.text
    )
    item.refresh_from_db()
    assert (item.handled_at, item.handled_by, item.handled_note) == (THURSDAY_NOON, staff, "Tilbageført i Stripe")
    event = OrderEvent.objects.get()
    assert (event.order_id, event.kind, event.actor, event.note) == (
        item.order_id,
        OrderEventKind.HANDLED,
        staff,
        "Beløb eller oplysninger stemmer ikke: Tilbageført i Stripe",
    )
    desk.open(f"/admin/billing/order/{item.order_id}/change/")
    assert "Håndteret 26.11.2026 12:00 af kirsten: Tilbageført i Stripe" in desk.part("Sager, der kræver handling 1")
    assert "Sag håndteret kirsten" in desk.part("Historik 2")
    assert not desk.has_link("Markér som håndteret")


@pytest.mark.parametrize("note", ["", "   ", "x" * 251, "To\r\nlinjer"])
def test_handle_needs_one_line_about_what_was_done(desk: Visitor, item: ActionItem, note: str) -> None:
    desk.send(page_of(item), [("note", note)])
    assert (desk.status, OrderEvent.objects.count()) == (422, 0)
    item.refresh_from_db()
    assert item.handled_at is None


def test_the_longest_note_fits_into_the_history(desk: Visitor, item: ActionItem) -> None:
    desk.send(page_of(item), [("note", "x" * 250)])
    assert OrderEvent.objects.get().note.endswith(": " + "x" * 250)


def test_handle_twice_tells_the_second_by_whom_and_when(desk: Visitor, item: ActionItem) -> None:
    desk.open(page_of(item)).fill("Hvad blev der gjort?", "Intet")
    handle_item(item_id=item.pk, actor=StaffFactory.create(username="bodil"), note="Ringede til medlemmet")
    with time_machine.travel(THURSDAY_NOON + timedelta(hours=1), tick=False):
        desk.press("Markér som håndteret")
        told = (
            "“Beløb eller oplysninger stemmer ikke” blev allerede håndteret 26.11.2026 12:00 af bodil: "
            "Ringede til medlemmet. Intet er ændret."
        )
        assert told in desk.text
        assert told in desk.open(page_of(item)).text
    assert desk.path == f"/admin/billing/order/{item.order_id}/change/"
    item.refresh_from_db()
    assert (item.handled_note, OrderEvent.objects.count()) == ("Ringede til medlemmet", 1)


@pytest.mark.django_db(transaction=True)
def test_two_staff_at_once_handle_once_and_the_second_is_told(item: ActionItem) -> None:
    first, second = Visitor(StaffFactory.create()), Visitor(StaffFactory.create())
    answers = at_once(
        lambda: first.send(page_of(item), [("note", "Tilbageført")]).text,
        lambda: second.send(page_of(item), [("note", "Ringede")]).text,
    )
    pages = [str(answer) for answer in answers]
    assert sorted("er markeret som håndteret" in page for page in pages) == [False, True]
    assert sorted("blev allerede håndteret 26.11.2026 12:00 af kundecenter" in page for page in pages) == [False, True]
    assert OrderEvent.objects.count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_only_the_lock_keeps_two_from_handling_the_same_case(staff: User, item: ActionItem, locked: bool) -> None:
    def handle() -> ActionItem:
        return handle_item(item_id=item.pk, actor=staff, note="Tilbageført")

    with met_before("billing.services.handling.timezone.now", 2):
        if locked:
            answers = at_once(handle, handle)
        else:
            with without_row_locks():
                answers = at_once(handle, handle)
    assert sum(isinstance(answer, AlreadyHandled) for answer in answers) == (1 if locked else 0)
    assert OrderEvent.objects.count() == (1 if locked else 2)


def test_handle_needs_the_permission_to_change_orders(item: ActionItem) -> None:
    clerk = StaffFactory.create(is_superuser=False)
    visitor = Visitor(clerk)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_actionitem", "view_order"]))
    assert visitor.client.get(page_of(item)).status_code == 403
    assert visitor.client.post(page_of(item), {"note": "Intet"}).status_code == 403
    visitor.open(f"/admin/billing/actionitem/{item.pk}/change/")
    assert (visitor.status, visitor.has_link("Markér som håndteret")) == (200, False)
    item.refresh_from_db()
    assert item.handled_at is None


def test_handle_is_closed_to_members_and_changes_nothing_when_opened(
    member: User, desk: Visitor, item: ActionItem
) -> None:
    assert Visitor(member).send(page_of(item), [("note", "Intet")]).status == 403
    desk.open(page_of(item) + "?note=Intet")
    item.refresh_from_db()
    assert item.handled_at is None


def test_handle_of_a_case_that_is_none_is_not_found(desk: Visitor) -> None:
    assert desk.client.get("/admin/billing/actionitem/1/haandteret/").status_code == 404
