"""On a shared computer, "back" after logging off must not show what a page said to the person."""

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import StaffFactory, UserFactory, open_shop

pytestmark = pytest.mark.django_db

PRIVATE = "private, no-store"
OF_MEMBERS = ["/egen-vedligeholdelse/", "/egen-vedligeholdelse/konti/", "/ordrer/", "/koeb/", "/kurv/"]


@pytest.fixture
def member() -> User:
    open_shop()
    return UserFactory.create()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/", 200),
        ("get", "/salgsbetingelser/", 200),
        ("get", "/salgsbetingelser/987654/", 404),
        ("get", "/ordrer/987654/", 404),
        ("get", "/findes-ikke/", 404),
        ("put", "/egen-vedligeholdelse/", 405),
        ("get", "/ordrer/bilag/", 405),
        ("post", "/ordrer/bilag/2026/zip/", 405),
        *[("get", path, 200) for path in OF_MEMBERS],
    ],
)
def test_page_of_whoever_is_logged_on_is_kept_by_no_browser(
    client: Client, member: User, method: str, path: str, status: int
) -> None:
    client.force_login(member)
    response = getattr(client, method)(path)
    assert (response.status_code, response.headers["Cache-Control"]) == (status, PRIVATE)


def test_refusal_is_kept_by_no_browser(client: Client) -> None:
    client.force_login(StaffFactory.create())
    response = client.get("/ordrer/")
    assert (response.status_code, response.headers["Cache-Control"]) == (403, PRIVATE)


def test_page_that_says_itself_how_long_it_may_be_kept_is_left_alone(client: Client, member: User) -> None:
    client.force_login(StaffFactory.create())
    assert client.get("/admin/").headers["Cache-Control"] == ("max-age=0, no-cache, no-store, must-revalidate, private")
    assert "max-age" in client.get("/sundhed/").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/salgsbetingelser/", "/findes-ikke/"])
def test_page_of_a_stranger_may_be_kept(client: Client, member: User, path: str) -> None:
    assert "Cache-Control" not in client.get(path).headers
