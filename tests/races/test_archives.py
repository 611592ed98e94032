"""Two requests for one zip file, and two workers at it: one slower than its lease, and overtaken."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from billing.models import ArchiveStatus, DocumentArchive
from billing.services import archiving
from billing.services.archiving import LeaseLost, make_archive
from tests.documents.archives import YEAR, Books, books, pdfs_of, zip_of
from tests.races.threads import at_once, met_before

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault(34)]


@pytest.fixture(name="books")
def _books() -> Books:
    return books()


def overtaken(monkeypatch: pytest.MonkeyPatch, archive: DocumentArchive) -> list[bool]:
    """Let a worker's lease pass after its first part, and another one take over; half way, the first one goes on.

    Returns what the second worker answered, and then the first.
    """
    second: list[bool] = []
    first: list[tuple[DocumentArchive, int, bytes]] = []
    add_part: Callable[[DocumentArchive, int, bytes], datetime] = archiving._add_part

    def slowly(mine: DocumentArchive, position: int, content: bytes) -> datetime:
        if (mine.attempts, position) == (1, 1):
            first.append((mine, position, content))
            DocumentArchive.objects.filter(pk=mine.pk).update(lease_until=timezone.now())
            second.append(make_archive(mine.pk))
        if (mine.attempts, position) == (2, 1):
            with suppress(LeaseLost):
                add_part(*first[0])
        return add_part(mine, position, content)

    monkeypatch.setattr(archiving, "_add_part", slowly)
    answer = make_archive(archive.pk)
    return [*second, answer]


def test_worker_that_was_overtaken_writes_nothing_more(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = books.ask()
    assert overtaken(monkeypatch, archive) == [True, False]
    archive.refresh_from_db()
    assert (archive.status, archive.attempts, archive.last_error) == (ArchiveStatus.READY, 2, "")
    opened = zip_of(archive)
    assert [opened.read(name) for name in opened.namelist()[1:]] == pdfs_of(books.company, YEAR)


def test_two_workers_mix_their_parts_without_the_lease(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers of the parts stop both, and nobody has a zip file."""

    def whoever_comes(archive: DocumentArchive) -> QuerySet[DocumentArchive]:
        return DocumentArchive.objects.filter(pk=archive.pk, status=ArchiveStatus.QUEUED)

    archive = books.ask()
    monkeypatch.setattr(archiving, "_held", whoever_comes)
    assert overtaken(monkeypatch, archive) == [False, False]
    archive.refresh_from_db()
    assert archive.status == ArchiveStatus.QUEUED
    assert archive.last_error.startswith("IntegrityError: ")


@pytest.mark.postgresql
def test_many_workers_make_it_once(books: Books) -> None:
    archive = books.ask()
    answers = at_once(*[lambda: make_archive(archive.pk)] * 4)
    assert sorted(map(str, answers)) == ["False", "False", "False", "True"]
    archive.refresh_from_db()
    assert archive.attempts == 1
    assert len(zip_of(archive).namelist()) == 1 + 3


@pytest.mark.postgresql
def test_requests_at_the_same_moment_are_one_archive(books: Books) -> None:
    with met_before("billing.services.archiving.kick_archive", parties=2):
        answers = at_once(*[books.ask] * 4)
    assert answers == [DocumentArchive.objects.get()] * 4
