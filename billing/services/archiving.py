"""A year's documents in one zip file: asked for by a member, made by the worker, kept in the database for a week.

An archive that waits is a row; whoever makes it holds a lease that each part renews in the transaction that writes it.
A worker whose lease has passed on writes nothing more, and whoever takes over begins anew (ADR 3, ADR 11).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Company
from accounts.transactions import retried
from billing.documents.contents import NAME, Entry, Standing, contents_csv, entry_of
from billing.documents.zipping import File, zipped
from billing.models import ArchivePart, ArchiveStatus, Document, DocumentArchive, DocumentFile, FileKind, Payment
from billing.models.archives import KEPT_FOR
from billing.queue import kick_archive

log = structlog.get_logger(__name__)

# Whoever fetches the older one of two has so long to finish.
_FETCHED_WITHIN = timedelta(hours=1)
_MOST_LOOKS = 5
LEASE = timedelta(minutes=5)
_FIRST_RETRY = timedelta(seconds=30)
MAX_ATTEMPTS = 5
# A PDF that is being made is waited for; one that keeps failing is in staff's queue, and is left out.
_PDF_LOOKED_FOR_AGAIN = timedelta(seconds=5)
PDFS_WAITED_FOR = timedelta(minutes=10)
KEEPS_FAILING = 3
_FIELDS = (
    "kind", "number", "order_id", "issued_on", "due_on", "purchase_order_number", "payment_method",
    "net", "vat", "total",
)  # fmt: skip
_HAS_PDF = Exists(DocumentFile.objects.filter(document=OuterRef("pk"), kind=FileKind.PDF))
_SETTLING = Payment.objects.filter(order=OuterRef("order"), is_surplus=False)
_CREDIT_NOTE = Document.objects.filter(credits=OuterRef("pk")).order_by("pk")
# The fields of Standing. One payment at the most settles an order.
_STANDING = {
    "has_pdf": _HAS_PDF,
    "paid_on": Subquery(_SETTLING.values("received_on")),
    "paid_by": Subquery(_SETTLING.values("method")),
    "credited_by": Subquery(_CREDIT_NOTE.values("number")[:1]),
}


class NothingIssued(Exception):
    """The company has no documents of that year."""


class AnotherIsBeingMade(Exception):
    """One archive of a company is made at a time, and just now that is the one of `year`."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the archive of {year} is being made")
        self.year = year


class LeaseLost(Exception):
    """The archive is somebody else's work by now, or gone."""


class Issued(NamedTuple):
    """How many documents a company was issued in a year, how many have their PDF, and when one was last paid or
    cancelled."""

    documents: int
    with_pdf: int
    last_closed_at: datetime | None


def issued(company: Company, year: int) -> Issued:
    """Count the company's documents of the year."""
    of_year = Document.objects.of_year(company, year).order_by().annotate(has_pdf=_HAS_PDF)
    found = of_year.aggregate(
        documents=Count("pk"),
        with_pdf=Count("pk", filter=Q(has_pdf=True)),
        paid=Max("order__paid_at"),
        cancelled=Max("order__cancelled_at"),
    )
    closed = [at for at in (found["paid"], found["cancelled"]) if at]
    return Issued(found["documents"], found["with_pdf"], max(closed, default=None))


def is_up_to_date(archive: DocumentArchive, now_issued: Issued) -> bool:
    """Return whether a ready archive holds all that there is, and tells what became of it.

    Documents never go, so counting tells.
    """
    if (now_issued.documents, now_issued.with_pdf) != (archive.documents + archive.missing, archive.documents):
        return False
    return now_issued.last_closed_at is None or now_issued.last_closed_at <= archive.asked_at


def ask_for_archive(*, company: Company, year: int) -> DocumentArchive:
    """Return the company's archive of the year: the one that is being made, or is ready and up to date, or a new one.

    Raises NothingIssued, and AnotherIsBeingMade while an archive of another year is.
    """
    for _ in range(_MOST_LOOKS):
        try:
            return _ask(company, year)
        except IntegrityError:
            # Another request was first: its archive is there now, or may even be ready.
            continue
    raise AnotherIsBeingMade(year)


def archives_to_make(limit: int = 20) -> list[int]:
    """Return the archives that can be worked on now, the oldest first."""
    return list(DocumentArchive.objects.due(timezone.now()).order_by("pk").values_list("pk", flat=True)[:limit])


def make_archive(archive_id: int) -> bool:
    """Make the zip file if it is due and nobody else is making it; returns whether it is ready now.

    PDFs that are being made are waited for: then it is left for later. A failure puts it off, longer each time; after
    the last try the member is told, and may ask again.
    """
    archive = _claim(archive_id)
    if archive is None:
        return False
    try:
        if archive.attempts > MAX_ATTEMPTS:
            raise RuntimeError("no try came to an end")
        if _pdfs_are_being_made(archive):
            _leave(archive, next_at=timezone.now() + _PDF_LOOKED_FOR_AGAIN, attempts=archive.attempts - 1)
            return False
        _make(archive)
    except LeaseLost:
        return False
    except Exception as error:  # whatever fails, the documents stand and the archive is tried again
        _put_off(archive, error)
        return False
    return True


def parts_of(archive: DocumentArchive) -> Iterator[bytes]:
    """Yield the zip file part by part, each read when it is needed.

    Raises ArchivePart.DoesNotExist when the archive is deleted meanwhile.
    """
    sent = position = 0
    while sent < archive.size:
        content = ArchivePart.objects.values_list("content", flat=True).get(archive=archive, position=position)
        part = bytes(content)
        yield part
        sent, position = sent + len(part), position + 1


def delete_old_archives(now: datetime) -> None:
    """Delete archives that are a week old, and those that a newer one of the same year has replaced."""
    newer = DocumentArchive.objects.filter(
        company=OuterRef("company"), year=OuterRef("year"), pk__gt=OuterRef("pk"), made_at__lte=now - _FETCHED_WITHIN
    )
    old = Q(asked_at__lte=now - KEPT_FOR) | Exists(newer)
    _delete(DocumentArchive.objects.exclude(status=ArchiveStatus.QUEUED).filter(old))


@retried
def _ask(company: Company, year: int) -> DocumentArchive:
    with transaction.atomic():
        now_issued = issued(company, year)
        if not now_issued.documents:
            raise NothingIssued
        newest = DocumentArchive.objects.of_year(company, year).first()
        if newest and (newest.is_being_made or (newest.is_ready and is_up_to_date(newest, now_issued))):
            return newest
        other = DocumentArchive.objects.filter(company=company, status=ArchiveStatus.QUEUED).first()
        if other:
            raise AnotherIsBeingMade(other.year)
        now = timezone.now()
        archive = DocumentArchive.objects.create(company=company, year=year, asked_at=now, next_at=now)
        kick_archive(archive)
    return archive


@retried
def _claim(archive_id: int) -> DocumentArchive | None:
    """Take the archive for as long as the lease, and throw away what an earlier try has left."""
    with transaction.atomic():
        now = timezone.now()
        due = DocumentArchive.objects.due(now).filter(pk=archive_id)
        if not due.update(lease_until=now + LEASE, attempts=F("attempts") + 1):
            return None
        ArchivePart.objects.filter(archive=archive_id).delete()
        return DocumentArchive.objects.select_related("company").get(pk=archive_id)


def _pdfs_are_being_made(archive: DocumentArchive) -> bool:
    if timezone.now() >= archive.asked_at + PDFS_WAITED_FOR:
        return False
    missing = Document.objects.of_year(archive.company, archive.year).without_file()
    return missing.filter(Q(failure=None) | Q(failure__attempts__lt=KEEPS_FAILING)).exists()


def _make(archive: DocumentArchive) -> None:
    """Write the parts, one transaction each, and then say that the archive is ready."""
    _delete_older(archive)
    entries = _entries(archive)
    size = 0
    for position, part in enumerate(zipped(_files(entries))):
        archive.lease_until = _add_part(archive, position, part)
        size += len(part)
    with_pdf = sum(entry.has_pdf for entry in entries)
    _leave(
        archive,
        status=ArchiveStatus.READY,
        made_at=timezone.now(),
        documents=with_pdf,
        missing=len(entries) - with_pdf,
        size=size,
        last_error="",
    )
    log.info("archive_made", archive=archive.pk, documents=with_pdf, size=size)


def _delete_older(archive: DocumentArchive) -> None:
    """Leave one ready archive of the year beside the new one, since somebody may be fetching it.

    However often a document is issued and the year asked for again, the database holds two copies of it.
    """
    older = DocumentArchive.objects.of_year(archive.company, archive.year).filter(pk__lt=archive.pk)
    ArchivePart.objects.filter(archive__in=older.filter(status=ArchiveStatus.FAILED)).delete()
    _delete(older.filter(status=ArchiveStatus.READY)[1:])


def _delete(archives: QuerySet[DocumentArchive]) -> None:
    # One at a time: a big one takes the database some moments.
    for pk in list(archives.values_list("pk", flat=True)):
        DocumentArchive.objects.filter(pk=pk).delete()


def _entries(archive: DocumentArchive) -> list[Entry]:
    of_year = Document.objects.of_year(archive.company, archive.year).only(*_FIELDS)
    documents = of_year.annotate(**_STANDING)
    return [
        entry_of(document, Standing(**{name: getattr(document, name) for name in Standing._fields}))
        for document in documents.iterator()
    ]


def _files(entries: list[Entry]) -> Iterable[File]:
    """Yield the table, and then each PDF, read when its turn comes."""
    yield File(NAME, timezone.localdate(), contents_csv(entries))
    contents = DocumentFile.objects.filter(kind=FileKind.PDF).values_list("content", flat=True)
    for entry in entries:
        if entry.has_pdf:
            yield File(entry.file_name, entry.day, bytes(contents.get(document=entry.document_id)))


@retried
def _add_part(archive: DocumentArchive, position: int, content: bytes) -> datetime:
    """Write the part and renew the lease, both or neither; return until when it holds."""
    with transaction.atomic():
        lease_until = timezone.now() + LEASE
        _change(archive, lease_until=lease_until)
        ArchivePart.objects.create(archive=archive, position=position, content=content)
    return lease_until


def _leave(archive: DocumentArchive, **changes: object) -> None:
    """Give the lease back with the last changes."""
    _change(archive, lease_until=None, **changes)


def _change(archive: DocumentArchive, **changes: object) -> None:
    """Change the archive as its holder: the row that another worker has taken over is not touched."""
    if not _held(archive).update(**changes):
        raise LeaseLost


def _held(archive: DocumentArchive) -> QuerySet[DocumentArchive]:
    """Return the archive's row while the lease is this worker's."""
    own = DocumentArchive.objects.filter(pk=archive.pk, status=ArchiveStatus.QUEUED)
    return own.filter(lease_until=archive.lease_until)


def _put_off(archive: DocumentArchive, error: Exception) -> None:
    gives_up = archive.attempts >= MAX_ATTEMPTS
    _held(archive).update(
        status=ArchiveStatus.FAILED if gives_up else ArchiveStatus.QUEUED,
        next_at=timezone.now() + _FIRST_RETRY * 2 ** (archive.attempts - 1),
        lease_until=None,
        last_error=f"{type(error).__name__}: {error}"[:2000],
    )
    log.error("archive_not_made", archive=archive.pk, attempts=archive.attempts, error=type(error).__name__)
