"""A visitor who reaches a running shop through the network: cookies, forms, redirects, and no Django."""

import urllib.request
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin

from tests.visitor import Visitor

_SECONDS = 30


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Let the visitor follow: each step is seen."""


class Answer:
    """What came back, with the names that Django's own test client has for it."""

    def __init__(self, status: int, headers: "Message[str, str]", content: bytes) -> None:
        self.status_code = status
        self.headers = headers
        self.content = content

    def __getitem__(self, name: str) -> str:
        return str(self.headers[name])


class HttpClient:
    """One person's browser: it keeps cookies, and sends the headers with every request."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self._url = url
        self._headers = headers or {}
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), _StayHere(), urllib.request.ProxyHandler({})
        )

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """Ask for a page."""
        return self._send(path, headers={**self._headers, **(headers or {})})

    def post(self, path: str, data: dict[str, list[str]]) -> Answer:
        """Send a form."""
        return self._send(path, headers=self._headers, data=urlencode(data, doseq=True).encode())

    def _send(self, path: str, **what: Any) -> Answer:
        request = urllib.request.Request(urljoin(self._url, path), **what)  # noqa: S310 (the shop's address and Stripe's)
        try:
            with self._opener.open(request, timeout=_SECONDS) as response:
                return Answer(response.status, response.headers, response.read())
        except HTTPError as error:
            return Answer(error.code, error.headers, error.read())


class HttpVisitor(Visitor):
    """A visitor at `url`; `path` is a whole address once a redirect has left the shop."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.client: Any = HttpClient(url)
