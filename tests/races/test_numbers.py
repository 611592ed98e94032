"""Invoices that are issued at the same moment."""

from threading import Barrier

import pytest
from django.db import IntegrityError

from accounts.models import User
from billing.models import Document, DocumentKind, NumberSeries, Order
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

    def take_number_without_lock(kind: DocumentKind) -> int:
        number = NumberSeries.objects.get(kind=kind).last_number + 1
        meet(both_have_read)
        NumberSeries.objects.filter(kind=kind).update(last_number=number)
        return number

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
