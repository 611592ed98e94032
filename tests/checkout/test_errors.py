"""What a member sees when the shop fails."""

from typing import NoReturn

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore

from catalog.models import Product
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_a_session_that_cannot_be_kept_is_told_as_our_failure(
    visitor: Visitor, fakturaklip: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django answers 400 when the database goes away before the session is written, and blames a log-off."""

    def database_is_gone(*_: object, **__: object) -> NoReturn:
        raise UpdateError

    visitor.open("/koeb/").fill("Antal", "100", inside=fakturaklip.name)
    monkeypatch.setattr(SessionStore, "save", database_is_gone)
    visitor.press("Læg i kurv", inside=fakturaklip.name)

    assert (visitor.status, visitor.heading) == (400, "Der skete en fejl hos os")
    assert "Prøv igen om et øjeblik" in visitor.text
