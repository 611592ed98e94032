"""The session is saved after the view: what a member sees when that write meets a lock, on both databases."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection

from catalog.models import Product
from tests.factories import UserFactory, open_shop
from tests.races.threads import held
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def _impatient() -> Iterator[None]:
    """This test's own session waits a moment, and not as long as production does."""
    on_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 100" if on_sqlite else "SET lock_timeout = '200ms'")
        yield
        cursor.execute("PRAGMA busy_timeout = 20000" if on_sqlite else "RESET lock_timeout")


@contextmanager
def session_locked(visitor: Visitor) -> Iterator[None]:
    """Let somebody else hold the row of the visitor's session; on SQLite that is the whole file."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
    else:
        with held(Session.objects.get(pk=visitor.client.session.session_key)):
            yield


@pytest.mark.usefixtures("_impatient")
def test_cart_that_cannot_be_kept_for_a_lock_is_told_as_busy(fakturaklip: Product) -> None:
    visitor = Visitor(UserFactory.create()).open("/koeb/")
    shown = visitor.page
    visitor.fill("Antal", "100", inside=fakturaklip.name)
    with session_locked(visitor):
        visitor.press("Læg i kurv", inside=fakturaklip.name)
        assert (visitor.status, visitor.response["Retry-After"]) == (503, "10")
        assert visitor.heading == "Der er travlt lige nu"
    assert visitor.open("/kurv/").status == 200
    assert visitor.client.session.get("cart") is None
    visitor.page, visitor.path = shown, "/koeb/"
    visitor.press("Læg i kurv", inside=fakturaklip.name)
    assert (visitor.status, "100" in visitor.cart) == (200, True)


def test_session_that_was_deleted_meanwhile_stays_what_it_was(
    fakturaklip: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(UserFactory.create()).open("/koeb/").fill("Antal", "100", inside=fakturaklip.name)

    def delete_it(*_: object) -> None:
        Session.objects.all().delete()

    monkeypatch.setattr("django.contrib.messages.success", delete_it)
    visitor.press("Læg i kurv", inside=fakturaklip.name)
    assert (visitor.status, visitor.heading) == (400, "Der skete en fejl hos os")
    assert "Retry-After" not in visitor.response.headers


@pytest.mark.usefixtures("_impatient")
def test_session_says_what_the_database_said(fakturaklip: Product) -> None:
    visitor = Visitor(UserFactory.create())
    session = visitor.client.session
    session["cart"] = "x"
    with session_locked(visitor), pytest.raises(OperationalError, match="lock"):
        session.save()
