"""Cookies that no browser of ours would send."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ['"abcdefghijk\\000lmnop"', "x" * 500, "../../etc/passwd", "ABCDEFGHIJKLMNOP"])
def test_cookie_that_cannot_be_a_session_is_none(key: str) -> None:
    answer = Client().get("/ordrer/", headers={"Cookie": f"session={key}"})
    assert (answer.status_code, answer["Location"]) == (302, "/log-paa/?next=/ordrer/")
