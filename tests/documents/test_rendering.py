"""Making a document's file: once, whole or not at all, and tried again when it fails."""

import errno
import gc
import hashlib
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from billing.models import Document, DocumentFile, Order, OrderState, OutboxMail, RenderFailure
from billing.services import rendering
from billing.services.rendering import documents_to_make, make_pdf
from tests.factories import UserFactory, open_shop, place

pytestmark = pytest.mark.django_db

_MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def invoice() -> Document:
    """The invoice of a placed order, without its file."""
    placed = place(UserFactory.create(), (open_shop(), 100))
    assert placed.invoice is not None
    return placed.invoice


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No temporary file can be written, until the patch is undone."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    return monkeypatch


def test_stores_the_file_with_its_checksum(invoice: Document) -> None:
    assert make_pdf(invoice.pk) is True

    file = DocumentFile.objects.get()
    content = bytes(file.content)
    assert (file.document, file.kind) == (invoice, "pdf")
    assert content.startswith(b"%PDF-1.7")
    assert content.rstrip().endswith(b"%%EOF")
    assert file.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.fault(34)
def test_makes_the_file_once(invoice: Document) -> None:
    make_pdf(invoice.pk)
    first = bytes(DocumentFile.objects.get().content)

    assert make_pdf(invoice.pk) is True

    assert bytes(DocumentFile.objects.get().content) == first


@pytest.mark.fault(34)
def test_keeps_the_file_of_the_worker_that_was_first(invoice: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    def while_another_worker_is_faster(document: Document) -> bytes:
        monkeypatch.undo()
        assert make_pdf(document.pk) is True
        return b"%PDF of the slower worker"

    monkeypatch.setattr(rendering, "render_pdf", while_another_worker_is_faster)

    assert make_pdf(invoice.pk) is True

    assert bytes(DocumentFile.objects.get().content).startswith(b"%PDF-1.7")
    assert not RenderFailure.objects.exists()


@pytest.mark.fault(36)
def test_keeps_the_order_and_no_half_file_when_the_disk_is_full(
    invoice: Document, full_disk: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(_MORNING, tick=False):
        assert make_pdf(invoice.pk) is False

    assert Order.objects.get().state == OrderState.AWAITING_PAYMENT
    assert not DocumentFile.objects.exists()
    assert not OutboxMail.objects.due(_MORNING + timedelta(days=1)).exists()
    failure = RenderFailure.objects.get()
    assert (failure.document, failure.attempts) == (invoice, 1)
    assert failure.next_at == _MORNING + timedelta(seconds=30)
    assert failure.last_error == "OSError: [Errno 28] No space left on device"


@pytest.mark.fault(36)
def test_makes_the_file_when_the_disk_has_room_again(invoice: Document, full_disk: pytest.MonkeyPatch) -> None:
    make_pdf(invoice.pk)
    full_disk.undo()

    assert make_pdf(invoice.pk) is True

    assert DocumentFile.objects.count() == 1
    assert not RenderFailure.objects.exists()


@pytest.mark.fault(36)
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's disk cannot be filled from a test")
def test_keeps_no_half_file_when_the_database_is_full(invoice: Document) -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # gives back what other tests left free
        cursor.execute("PRAGMA page_count")
        pages = cursor.fetchone()[0]
        cursor.execute("PRAGMA max_page_count")
        unlimited = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            assert make_pdf(invoice.pk) is False
        finally:
            cursor.execute(f"PRAGMA max_page_count = {unlimited}")

    assert not DocumentFile.objects.exists()
    assert RenderFailure.objects.get().last_error == "OperationalError: database or disk is full"
    assert make_pdf(invoice.pk) is True
    assert DocumentFile.objects.count() == 1


def test_waits_longer_after_each_failure(invoice: Document, full_disk: pytest.MonkeyPatch) -> None:
    waits = []
    with time_machine.travel(_MORNING, tick=False):
        for _ in range(9):
            make_pdf(invoice.pk)
            waits.append((RenderFailure.objects.get().next_at - _MORNING) // timedelta(seconds=30))

    assert waits == [1, 2, 4, 8, 16, 32, 64, 120, 120]


def test_sweeps_up_files_that_are_missing(invoice: Document, full_disk: pytest.MonkeyPatch) -> None:
    with time_machine.travel(invoice.issued_at, tick=False) as clock:
        assert documents_to_make() == []  # the kick after the commit comes first
        clock.shift(15)
        assert documents_to_make() == [invoice.pk]
        make_pdf(invoice.pk)
        assert documents_to_make() == []
        clock.shift(30)
        assert documents_to_make() == [invoice.pk]
        full_disk.undo()
        make_pdf(invoice.pk)
        assert documents_to_make() == []


def test_sweeps_at_the_same_time_begin_with_different_documents() -> None:
    """Of five workers that found the same backlog in the same order, four would make each PDF for nothing."""
    product, user = open_shop(), UserFactory.create()
    for _ in range(12):
        place(user, (product, 100))
    oldest = list(Document.objects.order_by("pk").values_list("pk", flat=True)[:10])

    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        sweeps = [documents_to_make(limit=10) for _ in range(5)]

    assert [sorted(sweep) for sweep in sweeps] == [oldest] * 5
    assert len({tuple(sweep) for sweep in sweeps}) > 1


def test_leaves_nothing_in_the_directory_for_temporary_files(
    invoice: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    make_pdf(invoice.pk)
    gc.collect()

    assert list(tmp_path.iterdir()) == []
