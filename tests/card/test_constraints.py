"""What the database refuses about tries at paying, Stripe's events and what waits for staff."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from billing.models import ActionItem, AttemptState, Order, PaymentAttempt, StripeEvent
from tests.database import refused_by

pytestmark = pytest.mark.django_db


def attempt(order: Order, **changes: Any) -> PaymentAttempt:
    now = timezone.now()
    facts = {
        "order": order,
        "card_type": "visa",
        "state": AttemptState.OPEN,
        "key": uuid4(),
        "parameters": {},
        "session_id": f"cs_test_{uuid4().hex}",
        "expires_at": now + timedelta(hours=1),
        "created_at": now,
        "started_by": order.placed_by,
        "next_look_at": now,
    }
    return PaymentAttempt.objects.create(**(facts | changes))


def item(order: Order, **changes: Any) -> ActionItem:
    return ActionItem.objects.create(**({"order": order, "kind": "surplus", "key": "a", "what": "b"} | changes))


def event(**changes: Any) -> StripeEvent:
    return StripeEvent.objects.create(**({"event_id": "evt_1", "type": "a", "happened_at": timezone.now()} | changes))


def two_undecided(order: Order) -> None:
    attempt(order)
    attempt(order, state=AttemptState.CREATING, session_id=None)


_WRITES: list[tuple[str, Callable[[Order], object]]] = [
    ("an_order_has_one_undecided_attempt", two_undecided),
    ("an_attempt_that_was_opened_has_a_session", lambda order: attempt(order, session_id=None)),
    ("session_id_is_not_empty", lambda order: attempt(order, session_id="")),
    ("a_decided_attempt_says_when", lambda order: attempt(order, state=AttemptState.PAID)),
    ("a_decided_attempt_says_when", lambda order: attempt(order, closed_at=timezone.now())),
    ("event_id_is_not_empty", lambda _: event(event_id="")),
    ("a_handled_item_says_by_whom_and_how", lambda order: item(order, handled_at=timezone.now())),
    ("a_handled_item_says_by_whom_and_how", lambda order: item(order, handled_by=order.placed_by, handled_note="x")),
    ("a_handled_item_says_by_whom_and_how", lambda order: item(order, handled_note="x")),
    (
        "a_handled_item_says_by_whom_and_how",
        lambda order: item(order, handled_at=timezone.now(), handled_by=order.placed_by),
    ),
]


@pytest.mark.parametrize(("name", "write"), _WRITES, ids=[f"{n}-{name}" for n, (name, _) in enumerate(_WRITES)])
def test_database_refuses(order: Order, name: str, write: Callable[[Order], object]) -> None:
    with refused_by(name):
        write(order)


def test_decided_attempts_may_be_many(order: Order) -> None:
    for state in (AttemptState.FAILED, AttemptState.EXPIRED, AttemptState.PAID, AttemptState.SET_ASIDE):
        attempt(order, state=state, closed_at=timezone.now())
    attempt(order)
    assert order.attempts.count() == 5


@pytest.mark.parametrize("field", ["key", "session_id"])
def test_keys_and_sessions_are_used_once(order: Order, field: str) -> None:
    first = attempt(order, state=AttemptState.EXPIRED, closed_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        attempt(order, **{field: getattr(first, field)})
    assert order.attempts.count() == 1


def test_an_action_item_is_made_once(order: Order) -> None:
    item(order)
    with pytest.raises(IntegrityError), transaction.atomic():
        item(order)
    assert ActionItem.objects.count() == 1


def test_events_are_written_once_and_never_changed(order: Order) -> None:
    event()
    with pytest.raises(IntegrityError), transaction.atomic():
        event()
    with pytest.raises(DatabaseError), transaction.atomic():
        StripeEvent.objects.update(type="b")
    with pytest.raises(DatabaseError), transaction.atomic():
        StripeEvent.objects.all().delete()
    assert StripeEvent.objects.get().type == "a"


def test_order_with_an_attempt_cannot_be_deleted(order: Order) -> None:
    attempt(order)
    with pytest.raises(ProtectedError):
        Order.objects.filter(pk=order.pk).delete()
    assert Order.objects.exists()
