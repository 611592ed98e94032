"""A double click on "Afsend bestilling" (fault 28)."""

from uuid import UUID, uuid4

import pytest
from django.http import HttpResponseBase
from django.test import Client

from accounts.models import User
from billing.models import Document, NumberSeries, Order, OutboxMail
from billing.services.placing import Placed
from catalog.models import Product
from checkout.cart import Cart
from tests.factories import UserFactory, open_shop, place
from tests.races.threads import at_once
from tests.visitor import Visitor

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.fault(28)]

CLICKS = 4


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def user() -> User:
    return UserFactory.create()


def _click(user: User, product: Product, key: UUID) -> Placed:
    return place(user, (product, 100), key=key)


def _counts() -> tuple[int, int, int]:
    return Order.objects.count(), Document.objects.count(), OutboxMail.objects.count()


def test_each_click_is_an_order_without_the_pages_key(fakturaklip: Product, user: User) -> None:
    at_once(*[lambda: _click(user, fakturaklip, uuid4())] * CLICKS)
    assert _counts() == (CLICKS, CLICKS, CLICKS)


def test_clicks_at_the_same_moment_are_one_order_one_invoice_one_mail(fakturaklip: Product, user: User) -> None:
    key = uuid4()
    answers = at_once(*[lambda: _click(user, fakturaklip, key)] * CLICKS)
    placed = [answer for answer in answers if isinstance(answer, Placed)]
    assert len(placed) == CLICKS
    assert {(each.order, each.invoice) for each in placed} == {(Order.objects.get(), Document.objects.get())}
    assert sorted(each.is_new for each in placed) == [False, False, False, True]
    assert _counts() == (1, 1, 1)
    assert NumberSeries.objects.get().last_number == 10001


def test_clicks_through_the_page_lead_to_one_invoice_and_empty_the_cart(fakturaklip: Product, user: User) -> None:
    visitor = Visitor(user)
    visitor.send("/koeb/laeg-i-kurv/", [("product", str(fakturaklip.pk)), ("quantity", "100")])
    visitor.open("/kassen/")
    hidden = {"placement_key", "quote", "terms"}
    fields = {
        field.get("name", ""): field.get("value", "")
        for field in visitor.page.iter("input")
        if field.get("name") in hidden
    }
    fields |= {"payment_method": "bank_transfer", "accept_terms": "on"}

    def click() -> HttpResponseBase:
        window = Client()
        window.cookies = visitor.client.cookies
        return window.post("/kassen/", fields)

    answers = at_once(*[click] * CLICKS)
    invoice = Document.objects.get()
    landed = {(answer.status_code, answer["Location"]) for answer in answers if isinstance(answer, HttpResponseBase)}
    assert landed == {(302, f"/dokumenter/{invoice.pk}/?afsendt=1")}
    assert len([answer for answer in answers if isinstance(answer, Exception)]) == 0
    assert _counts() == (1, 1, 1)
    assert Cart(visitor.client.session).quantities == {}
