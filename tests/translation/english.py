"""A visitor who reads the shop in English, and notices each Danish word on each page that is met."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Self
from xml.etree.ElementTree import Element

from django.conf import settings
from django.http import HttpResponseBase

from accounts.models import User
from tests.translation.catalogue import COMPILED, ROOT, read
from tests.visitor import Visitor

_ATTRIBUTES = ("alt", "aria-label", "content", "data-label", "placeholder", "title")
_HOLES = re.compile(r"%\(\w+\)[sd]|</?\w+>")
_DANISH_DATE = re.compile(r"\b\d{1,2}\. (?:January|[a-z]+|[A-Z][a-z]+) \d{4}\b|\b\d\d\.\d\d\.\d{4}\b")


class EnglishVisitor(Visitor):
    """One person at the shop who has switched to English."""

    def __init__(self, user: User | None = None) -> None:
        super().__init__(user)
        self.client.raise_request_exception = False
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    def _arrive(self, path: str, response: HttpResponseBase, method: str) -> Self:
        super()._arrive(path, response, method)
        html = self.page.find("html")
        if html is not None:
            assert html.get("lang") == "en"
            words = " ".join(" ".join(_pieces(html)).split())
            assert danish_in(words) == [], f"{self.path}: {words}"
        return self


def danish_in(words: str) -> list[str]:
    """Return what is left of the catalogue's Danish, and of Danish dates, in the words of an English page."""
    return [danish for danish, pattern in _danish().items() if pattern.search(words)] + _DANISH_DATE.findall(words)


@cache
def _danish() -> dict[str, re.Pattern[str]]:
    """What no English page says: each piece of a Danish text that its translation does not use too."""
    pieces = {
        piece.strip(" .,:()"): english
        for msgid, english in read(ROOT / COMPILED).items()
        for piece in _HOLES.split(msgid if isinstance(msgid, str) else msgid[0])
    }
    return {
        piece: re.compile(rf"(?<!\w){re.escape(piece)}(?!\w)")
        for piece, english in pieces.items()
        if len(piece) > 1 and piece not in english
    }


def _pieces(element: Element) -> Iterator[str]:
    """Yield what a person reads or hears of the element. What says that it is Danish is left out."""
    yield from (element.get(name, "") for name in _ATTRIBUTES)
    yield element.text or ""
    for child in element:
        if child.get("lang") != "da":
            yield from _pieces(child)
        yield child.tail or ""
