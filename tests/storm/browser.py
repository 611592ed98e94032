"""A person's browser in a storm: what fails is asked for again, a form that got no answer is sent again as it was."""

import http.client
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.operations.http_visitor import Answer, HttpClient, HttpVisitor
from tests.storm.journal import Journal
from tests.visitor import by_name

_SERVER_ERROR = 500
# Django's word for a session that could not be written, also when the database has just gone away.
_BAD_REQUEST = 400


class OutOfPatience(Exception):
    """The shop did not answer for so long that a person would telephone."""


class NoAnswer(Exception):
    """A form was sent, and whether it was taken is unknown."""


@dataclass
class Patience:
    """How long one page is asked for again and again, in seconds; `over` ends all waiting."""

    seconds: float = 90.0
    over: threading.Event = field(default_factory=threading.Event)


class PatientClient(HttpClient):
    """Sends each request until it is answered by the shop, not by its failure."""

    def __init__(self, url: str, address: str, journal: Journal, rng: random.Random, patience: Patience) -> None:
        super().__init__(url, {"X-Forwarded-For": address})
        self._journal = journal
        self._rng = rng
        self._patience = patience

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """Ask for a page until it comes."""
        return self._until_answered(path, lambda: super(PatientClient, self).get(path, headers))

    def post(self, path: str, data: dict[str, list[str]]) -> Answer:
        """Send a form until it is answered, the same each time."""
        return self._until_answered(path, lambda: self.post_once(path, data))

    def post_once(self, path: str, data: dict[str, list[str]]) -> Answer:
        """Send a form once. Raises NoAnswer when the shop fails."""
        try:
            answer = super().post(path, data)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(type(error).__name__) from error
        if _has_failed(answer):
            raise NoAnswer(str(answer.status_code))
        return answer

    def _until_answered(self, path: str, ask: Callable[[], Answer]) -> Answer:
        end = time.monotonic() + self._patience.seconds
        while True:
            try:
                answer = ask()
                if not _has_failed(answer):
                    return answer
            except (OSError, http.client.HTTPException, NoAnswer):
                pass
            self._journal.count("requests that failed and were sent again")
            if time.monotonic() > end or self._patience.over.is_set():
                raise OutOfPatience(path)
            time.sleep(self._rng.uniform(0.2, 0.8))


def _has_failed(answer: Answer) -> bool:
    """Whether the page says that the shop has failed: who reads it tries again."""
    return answer.status_code >= _SERVER_ERROR or answer.status_code == _BAD_REQUEST


class Browser(HttpVisitor):
    """One person's browser, at an internet address of their own."""

    client: PatientClient

    def __init__(self, url: str, address: str, journal: Journal, rng: random.Random, patience: Patience) -> None:
        super().__init__(url)
        self.client = PatientClient(url, address, journal, rng, patience)

    def log_on(self, name: str, password: str) -> None:
        """Log on from the log-on page."""
        self.open("/log-paa/").fill("Brugernavn", name).fill("Kodeord", password).press("Log på")

    def form(self, button: str) -> tuple[str, dict[str, list[str]]]:
        """Return where the form with the button is sent, and what is sent of it."""
        path, fields = self.form_of(button)
        return path, by_name(fields)

    def arrive(self, path: str, answer: Answer) -> None:
        """Show an answer that came by `client`, and follow where it leads."""
        self._arrive(path, answer, "POST")  # type: ignore[arg-type]
