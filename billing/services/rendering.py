"""Making the files of documents: once, in the worker, kept in the database for ever."""

import hashlib
import random
from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.transactions import retried
from billing.documents.pdf import render_pdf
from billing.models import Document, DocumentFile, FileKind, RenderFailure

log = structlog.get_logger(__name__)

_FIRST_RETRY = timedelta(seconds=30)
_LONGEST_RETRY = timedelta(hours=1)
# The kick after the commit comes first; the sweep takes what it missed.
_KICK_HEADSTART = timedelta(seconds=15)


def make_pdf(document_id: int) -> bool:
    """Make the document's PDF unless it is there; returns whether it is there now.

    A failure is written down for staff and tried again later, ever more seldom.
    """
    if DocumentFile.objects.filter(document_id=document_id, kind=FileKind.PDF).exists():
        return True
    document = Document.objects.select_related("order", "credits").get(pk=document_id)
    try:
        content = render_pdf(document)
        _store(document, content)
    except Exception as error:  # whatever fails, the order stands and the document is tried again
        _write_down(document, error)
        return False
    return True


def documents_to_make(limit: int = 50) -> list[int]:
    """Return the oldest documents whose PDF is missing and may be tried now.

    They come in no order: several sweeps at once would make the same PDF at the same time, and throw away all but one.
    """
    now = timezone.now()
    may_be_tried = Q(failure=None, issued_at__lte=now - _KICK_HEADSTART) | Q(failure__next_at__lte=now)
    missing = list(Document.objects.without_file().filter(may_be_tried).values_list("pk", flat=True)[:limit])
    random.shuffle(missing)
    return missing


@retried
def _store(document: Document, content: bytes) -> None:
    try:
        with transaction.atomic():
            DocumentFile.objects.create(
                document=document,
                kind=FileKind.PDF,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
            )
            RenderFailure.objects.filter(document=document).delete()
    except IntegrityError:
        # Another worker was first: its file is the document's, this one is thrown away.
        if not DocumentFile.objects.filter(document=document, kind=FileKind.PDF).exists():
            raise


@retried
def _write_down(document: Document, error: Exception) -> None:
    with transaction.atomic():
        failure, _ = RenderFailure.objects.get_or_create(document=document, defaults={"next_at": timezone.now()})
        failure.attempts += 1
        failure.next_at = timezone.now() + min(_FIRST_RETRY * 2 ** min(failure.attempts - 1, 10), _LONGEST_RETRY)
        failure.last_error = f"{type(error).__name__}: {error}"[:2000]
        failure.save()
    log.error(
        "document_not_rendered",
        document=document.pk,
        attempts=failure.attempts,
        error=type(error).__name__,
    )
