"""Invoices that are issued at the same moment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from threading import Barrier

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User
from billing.models import Document, DocumentKind, NumberSeries, Order
from billing.services.numbers import Taken, take_number
from billing.services.placing import Placed
from catalog.models import Product
from tests.factories import UserFactory, open_shop, place
from tests.races.threads import at_once, meet

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.fault(20)]

FIFTY = 50


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


def _order_of(user: User, product: Product) -> Placed:
    return place(user, (product, 100))


def test_two_invoices_get_one_number_without_the_lock(fakturaklip: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the last number and writing the next one is what the shop would do without the counter's lock."""
    both_have_read = Barrier(2)

    def take_number_without_lock(kind: DocumentKind) -> Taken:
        number = NumberSeries.objects.get(kind=kind).last_number + 1
        meet(both_have_read)
        NumberSeries.objects.filter(kind=kind).update(last_number=number)
        return Taken(number, timezone.now())

    place(UserFactory.create(), (fakturaklip, 100))
    users = [UserFactory.create(), UserFactory.create()]
    monkeypatch.setattr("billing.services.documents.take_number", take_number_without_lock)
    answers = at_once(*(lambda user=user: _order_of(user, fakturaklip) for user in users))
    [refused] = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(refused, IntegrityError)
    assert "number_is_unique_in_its_series" in str(refused)
    assert Order.objects.count() == 2  # the database has refused what would have been a second invoice 10002


def test_fifty_invoices_at_once_are_numbered_without_a_gap(fakturaklip: Product) -> None:
    users = [UserFactory.create() for _ in range(FIFTY)]
    answers = at_once(*(lambda user=user: _order_of(user, fakturaklip) for user in users))
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    invoices = Document.objects.order_by("number")
    assert [invoice.number for invoice in invoices] == list(range(10001, 10001 + FIFTY))
    assert len({invoice.payment_reference for invoice in invoices}) == FIFTY
    moments = [invoice.issued_at for invoice in invoices]
    assert moments == sorted(moments)  # numbers and dates run together
    assert NumberSeries.objects.get().last_number == 10000 + FIFTY


# --- clocks that do not agree -----------------------------------------------------------------------------------------


@pytest.fixture
def clocks_differ(monkeypatch: pytest.MonkeyPatch) -> Callable[[], datetime]:
    """Each look at the clock is on another machine: every second one is an hour behind."""
    now, looks = timezone.now, count()

    def look() -> datetime:
        return now() - timedelta(hours=next(looks) % 2)

    monkeypatch.setattr("billing.services.numbers.timezone.now", look)
    return look


def _invoices_at_once(product: Product) -> list[Document]:
    users = [UserFactory.create() for _ in range(12)]
    answers = at_once(*(lambda user=user: _order_of(user, product) for user in users))
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    return list(Document.objects.order_by("number"))


def test_dates_run_backwards_when_each_machine_believes_its_own_clock(
    fakturaklip: Product, monkeypatch: pytest.MonkeyPatch, clocks_differ: Callable[[], datetime]
) -> None:
    def take_with_own_clock(kind: DocumentKind) -> Taken:
        return Taken(take_number(kind).number, clocks_differ())

    monkeypatch.setattr("billing.services.documents.take_number", take_with_own_clock)
    moments = [invoice.issued_at for invoice in _invoices_at_once(fakturaklip)]
    assert moments != sorted(moments)


@pytest.mark.usefixtures("clocks_differ")
def test_numbers_and_dates_run_together_though_clocks_differ(fakturaklip: Product) -> None:
    moments = [invoice.issued_at for invoice in _invoices_at_once(fakturaklip)]
    assert moments == sorted(moments)
