"""Forms in another charset than ours: Django takes none, and would fail a second time at its page about that."""

import logging
from collections.abc import Callable
from wsgiref.util import setup_testing_defaults

import pytest
from django.test import Client

from tests.factories import UserFactory, open_shop
from truelink_shop.wsgi import application

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded; charset="
PATHS = ["/log-paa/", "/koeb/laeg-i-kurv/", "/stripe/webhook/", "/findes-ikke/", "/admin/", "/sprog/"]
OTHERS = ["UTF-7", "latin-1", "us-ascii", "utf8", "base64", "undefined", "x-none", '"utf-16"', "æ"]


@pytest.fixture
def client() -> Client:
    open_shop()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(UserFactory.create())
    client.get("/skift-kodeord/")
    assert "csrf" in client.cookies
    return client


@pytest.mark.parametrize(
    ("path", "charset"),
    [
        *[(path, "utf-16") for path in PATHS],
        *[("/log-paa/", charset) for charset in OTHERS],
    ],
)
def test_is_refused_in_one_line(client: Client, caplog: pytest.LogCaptureFixture, path: str, charset: str) -> None:
    with caplog.at_level(logging.WARNING):
        response = client.generic("POST", path, b"a=1", content_type=FORM + charset)
    assert (response.status_code, response.content) == (415, b"Unsupported Media Type")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert [record.exc_info for record in caplog.records] == [None]


def test_address_is_not_read_in_it_either(client: Client) -> None:
    response = client.get("/ordrer/?soeg=æ", CONTENT_TYPE=FORM + "utf-16")
    assert response.status_code == 415


@pytest.mark.parametrize("charset", ["base64", "undefined", "utf-16"])
def test_address_is_refused_before_it_is_read(charset: str) -> None:
    """Django reads it as soon as it hears of a charset, before any middleware, and `base64` is none of text."""
    environ = {"PATH_INFO": "/sundhed/", "QUERY_STRING": "a=1", "CONTENT_TYPE": FORM + charset}
    setup_testing_defaults(environ)
    answers: list[str] = []

    def begin(status: str, *_: object) -> Callable[[bytes], object]:
        answers.append(status)
        return bytes

    body = application(environ, begin)
    assert (answers, b"".join(body)) == (["415 Unsupported Media Type"], b"Unsupported Media Type")


@pytest.mark.parametrize(
    "content_type", [FORM + "utf-8", FORM + "UTF-8", FORM + '"utf-8"', FORM.split(";", maxsplit=1)[0]]
)
def test_our_own_is_taken(content_type: str) -> None:
    response = Client().generic("POST", "/sprog/", b"language=en&next=/", content_type=content_type)
    assert (response.status_code, response.cookies["language"].value) == (302, "en")
