"""Two members of staff who mark one piece of support as carried out at the same moment."""

import pytest

from accounts.models import User
from billing.models import Order, OrderEvent, OrderLine
from billing.services.performing import NotPerformable, mark_performed
from tests.factories import StaffFactory, UserFactory, open_shop, pay, place, support
from tests.races.threads import at_once, met_before, without_row_locks

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def order() -> Order:
    """Two hours of support, paid."""
    open_shop()
    order = place(UserFactory.create(), (support(), 2)).order
    pay(order)
    return order


def _both_mark(order: Order) -> list[OrderLine | Exception]:
    line = order.lines.get()

    def mark(staff: User) -> OrderLine:
        return mark_performed(line_id=line.pk, actor=staff, note=staff.username)

    first, second = StaffFactory.create(), StaffFactory.create()
    return at_once(lambda: mark(first), lambda: mark(second))


def test_support_is_carried_out_twice_without_the_lock(order: Order) -> None:
    with without_row_locks(), met_before("billing.models.OrderLine.save", parties=2):
        _both_mark(order)
    assert OrderEvent.objects.filter(order=order, kind="performed").count() == 2


def test_support_is_carried_out_once_and_the_second_is_told(order: Order) -> None:
    answers = _both_mark(order)
    [marked] = [answer for answer in answers if isinstance(answer, OrderLine)]
    assert [type(answer) for answer in answers if answer is not marked] == [NotPerformable]
    event = OrderEvent.objects.get(order=order, kind="performed")
    assert event.actor == marked.performed_by == OrderLine.objects.get(pk=marked.pk).performed_by
