"""The way back to "Ordrer og fakturaer" keeps the search, and nothing that anybody else makes the browser say."""

import pytest

from accounts.models import User
from billing.models import Document, Order
from billing.services.searching import LONGEST_TERM
from tests.factories import UserFactory, open_shop, place
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

BACK = "← Tilbage til oversigten"


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def order(user: User) -> Order:
    return place(user, (open_shop(), 100)).order


def back_of(user: User, path: str, came_from: str) -> str:
    """Where the page at `path` leads back to for a browser that says where it comes from."""
    visitor = Visitor(user)
    visitor.client.defaults["HTTP_REFERER"] = came_from
    visitor.open(path)
    assert visitor.status == 200
    return visitor.path if not visitor.has_link(BACK) else visitor.click(BACK).path


KEPT = [
    ("", ""),
    ("?soeg=\u00c6r%C3%B8+450&aar=2026&status=paid&side=2", "?soeg=%C3%86r%C3%B8+450&aar=2026&status=paid&side=2"),
    ("?soeg=&aar=&status=", ""),
    ("?soeg=a&soeg=b", "?soeg=b"),
    ("?soeg=%00%0d%0aSet-Cookie:x", "?soeg=Set-Cookie%3Ax"),
    ("?soeg=%22%3E%3Cscript%3E", "?soeg=%22%3E%3Cscript%3E"),
    ("?soeg=" + "x" * 5000, "?soeg=" + "x" * LONGEST_TERM),
    ("?aar=20.26&side=-1&status=alle&next=//evil.example", ""),
    ("?aar=\u0662\u0660&side=1234567", ""),
    ("?side=2#soeg", "?side=2"),
]


@pytest.mark.parametrize(("query", "kept"), KEPT)
def test_order_leads_back_to_the_list_as_it_was_left(user: User, order: Order, query: str, kept: str) -> None:
    assert back_of(user, f"/ordrer/{order.pk}/", f"http://testserver/ordrer/{query}") == f"/ordrer/{kept}"


ELSEWHERE = [
    "",
    "/ordrer/?side=2",
    "javascript:alert(1)//testserver/ordrer/?side=2",
    "http://evil.example/ordrer/?side=2",
    "http://testserver@evil.example/ordrer/?side=2",
    "http://testserver.evil.example/ordrer/?side=2",
    "http://testserver:8000/ordrer/?side=2",
    "//evil.example/ordrer/?side=2",
    "http://testserver/kurv/?side=2",
    "http://testserver/ordrer//?side=2",
    "http://testserver/ordrer/../admin/?side=2",
    "http://[testserver/ordrer/?side=2",
    "http://testserver/ordrer/?" + "&".join("side=2" for _ in range(21)),
    "\x00http://testserver/ordrer/?side=2\xff",
]


@pytest.mark.parametrize("came_from", ELSEWHERE)
def test_order_leads_back_to_the_plain_list_from_elsewhere(user: User, order: Order, came_from: str) -> None:
    assert back_of(user, f"/ordrer/{order.pk}/", came_from) == "/ordrer/"


def test_document_leads_back_to_the_list_only_for_whoever_comes_from_it(user: User, order: Order) -> None:
    path = f"/dokumenter/{Document.objects.get(order=order).pk}/"
    assert back_of(user, path, "http://testserver/ordrer/?soeg=10001") == "/ordrer/?soeg=10001"
    assert back_of(user, path, f"http://testserver/ordrer/{order.pk}/") == path
