"""What the database refuses about orders, money, documents and mails, whoever asks."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from billing.models import (
    ActionItem,
    ArchivePart,
    Document,
    DocumentArchive,
    DocumentFile,
    DocumentLine,
    NumberGap,
    Order,
    OrderLine,
    OutboxMail,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    StripeEvent,
)
from billing.services.cancelling import cancel_order
from tests.database import constraints_of, refused_by
from tests.factories import SellerFactory, UserFactory, open_shop, pay, place, support

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    """100 clips and one hour of support, invoiced and unpaid."""
    return place(UserFactory.create(), (open_shop(), 100), (support(), 1)).order


def _again(row: models.Model, **changes: Any) -> models.Model:
    """Write the row once more, as a new one with some changes."""
    row.pk = None
    row._state.adding = True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row


def _order(order: Order, **changes: Any) -> models.Model:
    return _again(Order.objects.get(pk=order.pk), **{"placement_key": uuid4(), **changes})


def _line(order: Order, **changes: Any) -> models.Model:
    return _again(order.lines.get(position=1), **{"position": 3, **changes})


def _invoice(order: Order, **changes: Any) -> models.Model:
    """Copy the invoice to a card order, which has none."""
    card = place(order.placed_by, (order.lines.get(position=1).product, 100), method=PaymentMethod.CARD).order
    unlike = {"order_id": card.pk, "number": 10002, "payment_reference": "000000000100024"}
    return _again(order.documents.get(), **{**unlike, **changes})


def _credit_note(order: Order, **changes: Any) -> models.Model:
    cancel_order(order_id=order.pk, actor=None, reason="")
    return _again(order.documents.get(kind="credit_note"), **{"number": 10002, **changes})


def _payment(order: Order, **changes: Any) -> Payment:
    facts = {"method": "bank_transfer", "amount": 1, "received_on": date(2026, 11, 23), "key": "a", "order": order}
    return Payment.objects.create(**{**facts, **changes})


def _pay_twice(order: Order) -> None:
    _payment(order, key="a")
    _payment(order, key="b", is_surplus=True)
    _payment(order, key="c")


def _change_line(order: Order, **changes: Any) -> None:
    OrderLine.objects.filter(order=order, position=1).update(**changes)


def _file_twice(order: Order) -> None:
    for _ in range(2):
        DocumentFile.objects.create(document=order.documents.get(), kind="pdf", content=b"%PDF", sha256="0" * 64)


def _same_document_line(order: Order) -> None:
    """Repeat a line, for nothing: beside one that costs something the sum would be refused first."""
    _again(DocumentLine.objects.get(document__order=order, position=1), net=0)


def _attempt(order: Order, **changes: Any) -> PaymentAttempt:
    facts = {"card_type": "visa", "state": "creating", "key": uuid4(), "parameters": {}, "order": order}
    times = {"expires_at": _NOW, "created_at": _NOW, "next_look_at": _NOW}
    return PaymentAttempt.objects.create(**{**facts, **times, "started_by": order.placed_by, **changes})


def _try_twice(order: Order, **changes: Any) -> None:
    _attempt(order, state="failed", closed_at=_NOW)
    _attempt(order)
    _attempt(order, **changes)


def _action_item(order: Order, **changes: Any) -> ActionItem:
    facts = {"kind": "surplus", "key": "a", "what": "Penge til overs", "order": order}
    return ActionItem.objects.create(**{**facts, **changes})


def _event(**changes: Any) -> StripeEvent:
    facts = {"event_id": "evt_1", "type": "checkout.session.completed", "happened_at": _NOW}
    return StripeEvent.objects.create(**{**facts, **changes})


def _gap(**changes: Any) -> NumberGap:
    facts = {"kind": "invoice", "first": 10002, "last": 10002, "reason": "Gendannet efter nedbrud"}
    return NumberGap.objects.create(**{**facts, **changes})


def _archive(order: Order, **changes: Any) -> DocumentArchive:
    fields = {"company": order.company, "year": 2026, "asked_at": _NOW, "next_at": _NOW, **changes}
    return DocumentArchive.objects.create(**fields)


def _second_seller(_: Order) -> None:
    seller = SellerFactory.build()
    seller.pk = 2
    models.Model.save(seller)


_NOW = timezone.now()
_BREACHES: dict[str, list[Callable[[Order], object]]] = {
    "order_total_is_net_plus_vat": [lambda order: _order(order, total=order.total + Decimal("0.01"))],
    "order_times_follow_its_state": [
        lambda order: _order(order, state="paid"),
        lambda order: _order(order, paid_at=_NOW),
        lambda order: _order(order, state="cancelled"),
        lambda order: _order(order, state="cancelled", cancelled_at=_NOW, paid_at=_NOW),
        lambda order: _order(order, state="paid", cancelled_at=_NOW, paid_at=_NOW),
        lambda order: _order(order, state="lost"),
    ],
    "payment_method_is_known": [lambda order: _order(order, payment_method="cash")],
    "order_lines_are_numbered": [lambda order: _line(order, position=1)],
    "quantity_reaches_the_minimum": [
        lambda order: _line(order, quantity=99),
        lambda order: _line(order, quantity=0, minimum_quantity=0),
    ],
    "no_more_is_credited_than_was_sold": [lambda order: _change_line(order, credited_quantity=101)],
    "only_support_is_performed": [lambda order: _change_line(order, performed_at=_NOW)],
    "payment_is_more_than_nothing": [
        lambda order: _payment(order, amount=0),
        lambda order: _payment(order, amount=-1),
    ],
    "payment_key_is_not_empty": [lambda order: _payment(order, key="")],
    "an_order_is_settled_by_one_payment": [_pay_twice],
    "number_is_unique_in_its_series": [
        lambda order: _invoice(order, number=10001),
        lambda order: _credit_note(order, number=500001),
    ],
    "an_order_has_one_invoice": [lambda order: _invoice(order, order_id=order.pk)],
    "payment_reference_is_unique": [lambda order: _invoice(order, payment_reference="000000000100016")],
    "document_total_is_net_plus_vat": [lambda order: _invoice(order, vat=Decimal("0.00"))],
    "a_credit_note_credits_an_invoice": [
        lambda order: _invoice(order, due_on=None),
        lambda order: _invoice(order, payment_reference=""),
        lambda order: _invoice(order, credits=order.documents.get()),
        lambda order: _credit_note(order, credits=None),
        lambda order: _credit_note(order, due_on=date(2026, 12, 1)),
        lambda order: _credit_note(order, payment_reference="000000000100024"),
        lambda order: _invoice(order, kind="reminder"),
    ],
    "document_lines_are_numbered": [_same_document_line],
    "a_document_has_one_file_of_a_kind": [_file_twice],
    "a_sent_mail_has_its_time": [
        lambda order: OutboxMail.objects.filter(order=order).update(status="sent"),
        lambda order: OutboxMail.objects.filter(order=order).update(sent_at=_NOW),
    ],
    "there_is_one_seller": [_second_seller],
    "an_order_has_one_undecided_attempt": [
        _try_twice,
        lambda order: _try_twice(order, state="open", session_id="cs_1"),
        lambda order: _try_twice(order, state="pending", session_id="cs_1"),
    ],
    "an_attempt_that_was_opened_has_a_session": [
        lambda order: _attempt(order, state="open"),
        lambda order: _attempt(order, state="pending"),
        lambda order: _attempt(order, state="paid", closed_at=_NOW),
        lambda order: _attempt(order, state="set_aside", closed_at=_NOW),
    ],
    "session_id_is_not_empty": [lambda order: _attempt(order, session_id="")],
    "a_decided_attempt_says_when": [
        lambda order: _attempt(order, closed_at=_NOW),
        lambda order: _attempt(order, state="expired"),
        lambda order: _attempt(order, state="paid", session_id="cs_1"),
    ],
    "a_handled_item_says_by_whom_and_how": [
        lambda order: _action_item(order, handled_at=_NOW, handled_by=order.placed_by),
        lambda order: _action_item(order, handled_at=_NOW, handled_note="Refunderet"),
        lambda order: _action_item(order, handled_by=order.placed_by, handled_note="Refunderet"),
        lambda order: _action_item(order, handled_note="Refunderet"),
    ],
    "event_id_is_not_empty": [lambda _: _event(event_id="")],
    "one_archive_of_a_company_is_made_at_a_time": [lambda order: (_archive(order), _archive(order, year=2025))],
    "a_ready_archive_has_its_time": [
        lambda order: _archive(order, status="ready"),
        lambda order: _archive(order, made_at=_NOW),
        lambda order: _archive(order, status="failed", made_at=_NOW),
    ],
    "parts_of_an_archive_are_numbered": [
        lambda order: [ArchivePart.objects.create(archive=archive, position=0) for archive in [_archive(order)] * 2]
    ],
    "number_gap_runs_upwards": [lambda _: _gap(last=10001)],
    "number_gap_has_a_reason": [lambda _: _gap(reason="")],
}


@pytest.mark.parametrize(
    ("name", "breach"), [(name, breach) for name, breaches in _BREACHES.items() for breach in breaches]
)
def test_database_refuses(order: Order, name: str, breach: Callable[[Order], object]) -> None:
    with refused_by(name):
        breach(order)


def test_every_constraint_of_the_room_is_shown() -> None:
    assert set(_BREACHES) == set(constraints_of("billing"))


def test_what_the_breaches_change_is_all_that_is_wrong_with_them(order: Order) -> None:
    """Without their change the same rows are accepted, so that it is the change that the database refuses."""
    _order(order)
    _line(order)
    _invoice(order)
    _payment(order)
    _attempt(order).delete()
    _attempt(order, state="failed", closed_at=_NOW)
    _attempt(order, state="paid", session_id="cs_1", closed_at=_NOW)
    _action_item(order)
    _action_item(order, key="b", handled_at=_NOW, handled_by=order.placed_by, handled_note="Refunderet")
    _event()
    _gap()
    _credit_note(order)
    _archive(order)
    _archive(order, status="failed")
    archive = _archive(order, status="ready", made_at=_NOW)
    for position in range(2):
        ArchivePart.objects.create(archive=archive, position=position)


def test_database_refuses_the_same_placement_key_and_the_same_money_twice(order: Order) -> None:
    pay(order)
    with pytest.raises(IntegrityError, match="placement_key"), transaction.atomic():
        _order(order, placement_key=order.placement_key)
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        _payment(order, key=f"transfer:{order.pk}", is_surplus=True)


def test_database_refuses_the_same_session_event_or_action_item_twice(order: Order) -> None:
    closed = {"state": "expired", "closed_at": _NOW}
    attempt = _attempt(order, session_id="cs_1", **closed)
    with pytest.raises(IntegrityError, match="session_id"), transaction.atomic():
        _attempt(order, session_id="cs_1", **closed)
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        _attempt(order, key=attempt.key, **closed)
    _event()
    with pytest.raises(IntegrityError, match="event_id"), transaction.atomic():
        _event()
    _action_item(order)
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        _action_item(order)


def test_seller_stays_one_row_however_often_it_is_saved(order: Order) -> None:
    assert Document.objects.get(order=order).seller_name == "TrueLink Test A/S"
    SellerFactory.build(name="TrueLink Ny A/S").save()
    SellerFactory.build(name="TrueLink Nyere A/S").save()
    assert [(seller.pk, seller.name) for seller in type(SellerFactory.build()).objects.all()] == [
        (1, "TrueLink Nyere A/S")
    ]
