"""Zip files of a year's documents: what is in them, when they are made, and that they go again."""

import csv
import errno
import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.documents.contents import Standing, entry_of
from billing.documents.zipping import PART_BYTES, File, zipped
from billing.models import (
    ArchivePart,
    ArchiveStatus,
    Document,
    DocumentArchive,
    DocumentFile,
    PaymentMethod,
    RenderFailure,
)
from billing.services import archiving
from billing.services.archiving import (
    AnotherIsBeingMade,
    NothingIssued,
    archives_to_make,
    ask_for_archive,
    delete_old_archives,
    make_archive,
    parts_of,
)
from billing.services.cancelling import cancel_order
from billing.services.settling import Received, settle_order
from tests.documents.archives import YEAR, Books, books, issue, keep_pdf, pdfs_of, zip_of
from tests.factories import pay

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture(name="books")
def _books() -> Books:
    return books()


def made(books: Books, year: int = YEAR) -> DocumentArchive:
    """Ask for the zip file, and make it."""
    archive = books.ask(year)
    assert make_archive(archive.pk) is True
    archive.refresh_from_db()
    return archive


def contents(archive: DocumentArchive) -> list[list[str]]:
    """Return the rows of indhold.csv, as a spreadsheet reads them."""
    text = zip_of(archive).read("indhold.csv").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


# --- what is in it ---------------------------------------------------------------------------------------------------


def test_holds_the_documents_of_the_year_in_copenhagen_byte_for_byte(books: Books) -> None:
    archive = made(books)
    opened = zip_of(archive)
    names = opened.namelist()
    assert names == [
        "indhold.csv",
        "2024-03-07 Faktura 10001.pdf",
        "2024-12-31 Faktura 10002.pdf",
        "2024-12-31 Kreditnota 500001.pdf",
    ]
    assert [opened.read(name) for name in names[1:]] == pdfs_of(books.company, YEAR)
    assert (archive.status, archive.documents, archive.missing) == (ArchiveStatus.READY, 3, 0)
    assert zip_of(made(books, 2025)).namelist() == ["indhold.csv", "2025-01-01 Faktura 10004.pdf"]


def test_lies_in_parts_that_a_web_process_can_hold(books: Books) -> None:
    archive = made(books)
    sizes = [len(part.content) for part in archive.parts.order_by("position")]
    assert sizes == [PART_BYTES, PART_BYTES, archive.size - 2 * PART_BYTES]
    handed_out = parts_of(archive)
    with CaptureQueriesContext(connection) as queries:
        assert len(next(handed_out)) == PART_BYTES
    assert len(queries) == 1


def test_contents_say_what_is_there(books: Books) -> None:
    archive = made(books)
    content = zip_of(archive).read("indhold.csv")
    assert content.startswith(b"\xef\xbb\xbfFil;Bilag;Nummer;")
    first, second = Document.objects.filter(number__in=(10001, 10002)).order_by("pk").values_list("order", flat=True)
    assert contents(archive) == [
        ["Fil", "Bilag", "Nummer", "Dato", "Forfaldsdato", "Bestilling", "Rekvisitionsnr.", "Uden moms", "Moms",
         "I alt med moms", "Betalt", "Betalingsmåde", "Krediteret af", "Bemærkning"],
        ["2024-03-07 Faktura 10001.pdf", "Faktura", "10001", "07-03-2024", "15-03-2024", str(first), "PO 7; æøå",
         "250,00", "62,50", "312,50", "", "Kontooverførsel", "", ""],
        ["2024-12-31 Faktura 10002.pdf", "Faktura", "10002", "31-12-2024", "08-01-2025", str(second), "'=1+1",
         "250,00", "62,50", "312,50", "", "Kontooverførsel", "500001", ""],
        ["2024-12-31 Kreditnota 500001.pdf", "Kreditnota", "500001", "31-12-2024", "", str(second), "'=1+1",
         "-250,00", "-62,50", "-312,50", "", "", "", ""],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "in_words"), [(PaymentMethod.BANK_TRANSFER, "Kontooverførsel"), (PaymentMethod.CARD, "Betalingskort")]
)
def test_contents_say_when_and_how_an_invoice_was_paid(books: Books, method: PaymentMethod, in_words: str) -> None:
    """An invoice for a bank transfer may be paid by card. Money beyond it, or for a cancelled order, pays nothing."""
    paid, cancelled = Document.objects.filter(number__in=(10001, 10002)).order_by("number")
    for invoice in (paid, paid, cancelled):
        money = Received(method=method, amount=invoice.total, received_on=date(2025, 2, 3), key=str(uuid4()))
        settle_order(order_id=invoice.order_id, received=money)
    assert [row[10:13] for row in contents(made(books))] == [
        ["Betalt", "Betalingsmåde", "Krediteret af"],
        ["03-02-2025", in_words, ""],
        ["", "Kontooverførsel", "500001"],
        ["", "", ""],
    ]


def test_contents_ask_for_all_of_it_at_once(books: Books) -> None:
    archive = books.ask()
    with CaptureQueriesContext(connection) as queries:
        entries = archiving._entries(archive)
    assert (len(entries), len(queries)) == (3, 1)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+45 12", "'+45 12"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), (" =1", "'=1"), ("\uff1d1", "'\uff1d1"),
        ("PO-7", "PO-7"), ("7=7", "7=7"), ("", ""),
    ],
)  # fmt: skip
def test_what_a_member_typed_is_never_a_formula(books: Books, typed: str, written: str) -> None:
    document = Document.objects.earliest("pk")
    document.purchase_order_number = typed
    assert entry_of(document, Standing(has_pdf=True)).cells[6] == written


def test_zip_file_is_the_same_for_the_same_files_and_tells_lengths_in_front() -> None:
    """A program that reads from front to back finds each file's length before the file."""
    files = [
        File(f"{number}.pdf", NOON.date(), bytes([number]) * size) for number, size in enumerate((0, 1, 700_000, 5))
    ]
    parts = list(zipped(files))
    assert parts == list(zipped(files))
    assert [len(part) for part in parts[:-1]] == [PART_BYTES] * 2
    content = b"".join(parts)
    assert content[:4] == b"PK\x03\x04"
    assert int.from_bytes(content[6:8], "little") & 0x08 == 0
    third = content.index(b"2.pdf") - 30
    assert int.from_bytes(content[third + 18 : third + 22], "little") == 700_000


def test_asks_for_a_file_only_when_the_one_before_has_been_handed_on() -> None:
    asked: list[int] = []

    def files() -> Iterator[File]:
        for number in range(4):
            asked.append(number)
            yield File(f"{number}.pdf", NOON.date(), b"x" * PART_BYTES)

    parts = zipped(files())
    next(parts)
    assert asked == [0]


# --- PDFs that are not there -----------------------------------------------------------------------------------------


def test_waits_for_a_pdf_that_is_being_made(books: Books) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        late = issue(books)
        archive = books.ask(2025)
        assert make_archive(archive.pk) is False
        archive.refresh_from_db()
        assert (archive.status, archive.attempts, archive.lease_until) == (ArchiveStatus.QUEUED, 0, None)
        assert archive.next_at == NOON + timedelta(seconds=5)
        assert archives_to_make() == []
        keep_pdf(late)
        clock.shift(5)
        assert archives_to_make() == [archive.pk]
        assert make_archive(archive.pk) is True
    assert len(zip_of(archive).namelist()) == 1 + 2


@pytest.mark.parametrize(("attempts", "waits"), [(2, True), (3, False)])
def test_leaves_out_a_pdf_that_keeps_failing_and_says_so(books: Books, attempts: int, waits: bool) -> None:
    failing = issue(books)
    RenderFailure.objects.create(document=failing, attempts=attempts, next_at=NOON, last_error="OSError")
    archive = books.ask(2025)
    assert make_archive(archive.pk) is not waits
    if not waits:
        opened = zip_of(archive)
        rows = contents(archive)
        assert (archive.documents, archive.missing, len(opened.namelist())) == (1, 1, 1 + 1)
        assert [(row[0], row[2], row[-1]) for row in rows if not row[0]] == [
            ("", str(failing.number), "PDF'en mangler")
        ]


def test_waits_ten_minutes_and_no_longer(books: Books) -> None:
    issue(books)
    with time_machine.travel(NOON, tick=False) as clock:
        archive = books.ask(2025)
        clock.shift(timedelta(minutes=9, seconds=59))
        assert make_archive(archive.pk) is False
        clock.shift(5)
        assert make_archive(archive.pk) is True
    archive.refresh_from_db()
    assert (archive.documents, archive.missing) == (1, 1)


# --- asked for again -------------------------------------------------------------------------------------------------


def test_asked_for_again_is_the_same_while_it_is_made_and_when_it_is_ready(books: Books) -> None:
    archive = books.ask()
    assert books.ask() == archive
    make_archive(archive.pk)
    assert books.ask() == archive
    assert DocumentArchive.objects.count() == 1


def test_asked_for_again_is_a_new_one_when_a_document_was_issued_since(books: Books) -> None:
    first, of_2024 = made(books, 2025), made(books)
    keep_pdf(issue(books))
    second = made(books, 2025)
    assert second != first
    assert books.ask() == of_2024
    assert [len(zip_of(each).namelist()) for each in (first, second)] == [1 + 1, 1 + 2]


def test_asked_for_again_is_a_new_one_when_a_missing_pdf_has_come(books: Books) -> None:
    failing = issue(books)
    RenderFailure.objects.create(document=failing, attempts=3, next_at=NOON, last_error="OSError")
    first = made(books, 2025)
    assert books.ask(2025) == first
    keep_pdf(failing)
    assert books.ask(2025) != first


def test_asked_for_again_is_a_new_one_when_an_invoice_was_paid_or_cancelled_since(books: Books) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = made(books)
        clock.shift(1)
        pay(Document.objects.get(number=10001).order)
        second = made(books)
        assert (second.pk != first.pk, books.ask()) == (True, second)
        of_2025 = made(books, 2025)
        clock.shift(1)
        # Its credit note is of another year, and no document of this one's.
        cancel_order(order_id=Document.objects.get(number=10004).order_id, actor=None, reason="Fortrudt")
        assert books.ask(2025) != of_2025


def test_one_is_made_at_a_time_for_a_company(books: Books) -> None:
    first = books.ask(2024)
    with pytest.raises(AnotherIsBeingMade) as refusal:
        books.ask(2025)
    assert refusal.value.year == first.year
    assert books.neighbour.company is not None
    assert ask_for_archive(company=books.neighbour.company, year=2024).company == books.neighbour.company
    make_archive(first.pk)
    assert books.ask(2025).year == 2025


def lose(monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Let another request be first so many times, whose archive is gone again when this one looks."""
    create: Callable[..., DocumentArchive] = DocumentArchive.objects.create
    losses = iter(range(times))

    def too_late(**fields: Any) -> DocumentArchive:
        if next(losses, None) is not None:
            create(**fields)
        return create(**fields)

    monkeypatch.setattr(DocumentArchive.objects, "create", too_late)


def test_who_comes_second_again_and_again_asks_again(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    lose(monkeypatch, times=4)
    assert books.ask() == DocumentArchive.objects.get()


def test_who_never_comes_first_is_told_that_one_is_being_made(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    lose(monkeypatch, times=5)
    with pytest.raises(AnotherIsBeingMade) as refusal:
        books.ask()
    assert (refusal.value.year, DocumentArchive.objects.count()) == (YEAR, 0)


def test_a_year_without_documents_has_none(books: Books) -> None:
    with pytest.raises(NothingIssued):
        books.ask(2023)
    assert not DocumentArchive.objects.exists()


def test_is_made_of_ones_own_documents(books: Books) -> None:
    assert books.neighbour.company is not None
    archive = ask_for_archive(company=books.neighbour.company, year=YEAR)
    make_archive(archive.pk)
    assert zip_of(archive).namelist() == ["indhold.csv", "2024-12-31 Faktura 10003.pdf"]


# --- making it, whatever happens -------------------------------------------------------------------------------------


def test_is_made_once(books: Books) -> None:
    archive = made(books)
    parts = list(archive.parts.values_list("pk", flat=True))
    assert make_archive(archive.pk) is False
    assert list(archive.parts.values_list("pk", flat=True)) == parts


def test_is_left_to_the_worker_that_has_it(books: Books) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        archive = books.ask()
        assert archiving._claim(archive.pk) is not None
        assert (make_archive(archive.pk), archives_to_make()) == (False, [])
        clock.shift(archiving.LEASE)
        assert archives_to_make() == [archive.pk]
        assert make_archive(archive.pk) is True


def test_failure_puts_it_off_and_in_the_end_the_member_may_ask_again(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ArchivePart.objects, "create", refuse)
    waits = []
    with time_machine.travel(NOON, tick=False) as clock:
        archive = books.ask()
        for _ in range(5):
            assert make_archive(archive.pk) is False
            archive.refresh_from_db()
            waits.append(archive.next_at - datetime.now(UTC))
            clock.move_to(archive.next_at)
        assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 240, 480]
        assert (archive.status, archive.attempts) == (ArchiveStatus.FAILED, 5)
        assert archive.last_error == "OSError: [Errno 28] No space left on device"
        assert archives_to_make() == []
        monkeypatch.undo()
        assert made(books) != archive


def test_worker_that_dies_each_time_gives_up_too(books: Books) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        archive = books.ask()
        for _ in range(5):
            assert archiving._claim(archive.pk) is not None
            clock.shift(archiving.LEASE)
        assert make_archive(archive.pk) is False
    archive.refresh_from_db()
    assert (archive.status, archive.last_error) == (ArchiveStatus.FAILED, "RuntimeError: no try came to an end")


# --- and it goes again -----------------------------------------------------------------------------------------------


def test_is_deleted_after_a_week_and_made_again_on_demand(books: Books) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        archive = made(books)
        delete_old_archives(NOON + timedelta(days=7, seconds=-1))
        assert DocumentArchive.objects.get() == archive
        clock.shift(timedelta(days=7))
        delete_old_archives(NOON + timedelta(days=7))
        assert (DocumentArchive.objects.count(), ArchivePart.objects.count()) == (0, 0)
        assert DocumentFile.objects.count() == 5
        assert len(zip_of(made(books)).namelist()) == 1 + 3


def test_one_that_was_replaced_goes_after_an_hour(books: Books) -> None:
    with time_machine.travel(NOON, tick=False):
        first = made(books, 2025)
        keep_pdf(issue(books))
        second, other_year = made(books, 2025), made(books)
    delete_old_archives(NOON + timedelta(minutes=59))
    assert set(DocumentArchive.objects.all()) == {first, second, other_year}
    delete_old_archives(NOON + timedelta(minutes=60))
    assert set(DocumentArchive.objects.all()) == {second, other_year}


def test_two_of_a_year_are_kept_however_often_a_document_is_issued(books: Books) -> None:
    """The one before may be on its way to somebody; more copies would let a member fill the disk."""
    neighbours = ask_for_archive(company=books.neighbour_company, year=YEAR)
    assert make_archive(neighbours.pk) is True
    other_year = made(books)
    first = made(books, 2025)
    handed_out = parts_of(first)
    begun = next(handed_out)
    archives = [first]
    for _ in range(3):
        keep_pdf(issue(books))
        archives.append(made(books, 2025))
        assert DocumentArchive.objects.filter(company=books.company, year=2025).count() == 2
        if len(archives) == 2:
            assert len(begun + b"".join(handed_out)) == first.size
    assert set(DocumentArchive.objects.all()) == {neighbours, other_year, *archives[-2:]}
    assert set(ArchivePart.objects.values_list("archive", flat=True)) == {
        archive.pk for archive in DocumentArchive.objects.all()
    }


def test_one_that_failed_leaves_no_parts_behind_when_the_next_is_made(books: Books) -> None:
    failed = books.ask()
    ArchivePart.objects.create(archive=failed, position=0, content=b"x")
    DocumentArchive.objects.filter(pk=failed.pk).update(status=ArchiveStatus.FAILED)
    archive = made(books)
    assert set(DocumentArchive.objects.all()) == {failed, archive}
    assert not failed.parts.exists()


def test_one_that_waits_for_a_worker_is_not_deleted(books: Books) -> None:
    archive = books.ask()
    delete_old_archives(archive.asked_at + timedelta(days=30))
    assert DocumentArchive.objects.get() == archive


def test_deleted_while_it_is_fetched_breaks_off(books: Books) -> None:
    handed_out = parts_of(made(books))
    next(handed_out)
    delete_old_archives(datetime.now(UTC) + timedelta(days=8))
    with pytest.raises(ArchivePart.DoesNotExist):
        next(handed_out)
