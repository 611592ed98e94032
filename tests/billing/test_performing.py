"""Marking paid support as carried out."""

from datetime import UTC, datetime

import pytest
import time_machine

from billing.models import Order, OrderLine
from billing.services.performing import NotPerformable, mark_performed
from tests.factories import StaffFactory, UserFactory, open_shop, pay, place, support

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def order() -> Order:
    """100 clips and one hour of support."""
    return place(UserFactory.create(), (open_shop(), 100), (support(), 1)).order


def test_mark_performed_records_who_when_and_why(order: Order) -> None:
    staff = StaffFactory.create()
    pay(order)
    line = order.lines.get(clip_type=None)
    assert list(OrderLine.objects.to_be_performed()) == [line]
    with time_machine.travel(NOON, tick=False):
        mark_performed(line_id=line.pk, actor=staff, note="Ringet op")
    line.refresh_from_db()
    assert (line.performed_at, line.performed_by, line.performed_note) == (NOON, staff, "Ringet op")
    event = order.events.get(kind="performed")
    assert (event.actor, event.note) == (staff, "B2B fakturamodtagersupport: Ringet op")
    assert not OrderLine.objects.to_be_performed().exists()


def test_mark_performed_twice_is_refused_the_second_time(order: Order) -> None:
    first, second = StaffFactory.create(), StaffFactory.create()
    pay(order)
    line = order.lines.get(clip_type=None)
    mark_performed(line_id=line.pk, actor=first, note="")
    with pytest.raises(NotPerformable):
        mark_performed(line_id=line.pk, actor=second, note="Igen")
    line.refresh_from_db()
    assert (line.performed_by, line.performed_note) == (first, "")
    assert [event.note for event in order.events.filter(kind="performed")] == ["B2B fakturamodtagersupport"]


def test_mark_performed_of_unpaid_support_is_refused(order: Order) -> None:
    assert not OrderLine.objects.to_be_performed().exists()
    with pytest.raises(NotPerformable):
        mark_performed(line_id=order.lines.get(clip_type=None).pk, actor=StaffFactory.create(), note="")


def test_mark_performed_of_clips_is_refused(order: Order) -> None:
    pay(order)
    with pytest.raises(NotPerformable):
        mark_performed(line_id=order.lines.get(clip_type__isnull=False).pk, actor=StaffFactory.create(), note="")


def test_to_be_performed_lists_the_longest_paid_first(order: Order) -> None:
    later = place(UserFactory.create(), (order.lines.get(clip_type=None).product, 2)).order
    with time_machine.travel(NOON, tick=False):
        pay(later)
    with time_machine.travel(NOON.replace(hour=12), tick=False):
        pay(order)
    assert [line.order for line in OrderLine.objects.to_be_performed()] == [later, order]
