"""Waking the worker after a commit.

What is to be done stands in the database; a kick only makes it happen at once. So a broker that is down costs a log
line here, and beat's sweep does the work later. Celery is loaded by the first kick: a web process that has just been
started answers a quarter sooner without it.
"""

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from billing.models import Document, DocumentArchive, OutboxMail

log = structlog.get_logger(__name__)


def kick_mail(mail: OutboxMail) -> None:
    """Have the worker send the mail once the transaction has been committed."""
    _kick("billing.send_mail", mail.pk)


def kick_document(document: Document) -> None:
    """Have the worker make the document's PDF, and send the mails that wait for it, once it has been committed."""
    _kick("billing.render_document", document.pk)


def kick_archive(archive: DocumentArchive) -> None:
    """Have the worker make the archive's zip file once it has been committed."""
    _kick("billing.make_archive", archive.pk)


def _kick(task: str, pk: int) -> None:
    transaction.on_commit(lambda: _send(task, pk), robust=True)


def _send(task: str, pk: int) -> None:
    try:
        import_string(settings.CELERY_APP).send_task(task, args=[pk], retry=False, ignore_result=True)
    except Exception as error:  # whatever the broker's library raises: the sweep does the work
        log.warning("kick_failed", task=task, pk=pk, error=type(error).__name__)
