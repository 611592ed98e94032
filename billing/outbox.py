"""The outbox: mails are queued in the database with what caused them, and sent from there by the worker."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from accounts.transactions import retried
from billing.models import DocumentFile, FileKind, MailKind, MailStatus, OutboxMail
from billing.queue import kick_mail

log = structlog.get_logger(__name__)

# A worker that dies leaves its mail to the others after this long; the mail server must answer in less.
LEASE = timedelta(minutes=5)
_SERVER_TIMEOUT_SECONDS = 30
_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)
MAX_ATTEMPTS = 12

_TRANSPORT_OPTIONS = {
    "EMAIL_HOST": "host",
    "EMAIL_PORT": "port",
    "EMAIL_HOST_USER": "username",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_USE_TLS": "use_tls",
    "EMAIL_USE_SSL": "use_ssl",
    "EMAIL_FILE_PATH": "file_path",
}


class OutboxBackend(BaseEmailBackend):
    """Django's way in: whatever Django or a library mails is queued, in the caller's transaction.

    Such mails carry links for passwords, so their bodies are secret: hidden from staff and wiped after sending. The
    shop's own mails about orders come from `billing.mails`.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Queue the messages and return how many there were. Attachments are refused: none of these mails has any."""
        for message in email_messages:
            if message.attachments:
                raise ValueError("Mails with attachments are queued by billing.mails")
            queue_mail(
                OutboxMail(
                    kind=MailKind.ACCOUNT,
                    sender=message.from_email,
                    recipients=message.recipients(),
                    headers=dict(message.extra_headers),
                    subject=str(message.subject),
                    text=str(message.body),
                    html=_html_of(message),
                    secret=True,
                )
            )
        return len(email_messages)


def queue_mail(mail: OutboxMail) -> OutboxMail:
    """Queue the mail in the caller's transaction; the Message-ID is fixed here, for every later try."""
    mail.message_id = make_msgid(domain=settings.OUTBOX_FROM.rpartition("@")[2].rstrip(">"))
    mail.next_at = timezone.now()
    mail.save(force_insert=True)
    if mail.document_id is None:
        kick_mail(mail)
    return mail


def send_queued(mail_id: int) -> bool:
    """Send the mail if it is due and nobody else is sending it; returns whether it was sent.

    A failure puts it off, longer each time; after the last try staff see it as undelivered.
    """
    mail = _claim(mail_id, timezone.now())
    if mail is None:
        return False
    try:
        _message(mail).send()
    except Exception as error:  # any failure of any mail server puts the mail off
        _put_off(mail, error)
        return False
    _mark_sent(mail)
    return True


def due_mail_ids(limit: int = 100) -> list[int]:
    """Return the mails that can be sent now, the oldest first."""
    return list(OutboxMail.objects.due(timezone.now()).order_by("pk").values_list("pk", flat=True)[:limit])


@retried
def send_again(mail: OutboxMail) -> bool:
    """Queue an undelivered or delivered mail once more; a mail with secrets never is. Returns whether it was queued."""
    queued = OutboxMail.objects.filter(pk=mail.pk, secret=False).exclude(status=MailStatus.QUEUED)
    with transaction.atomic():
        if not queued.update(status=MailStatus.QUEUED, attempts=0, sent_at=None, next_at=timezone.now()):
            return False
        kick_mail(mail)
    return True


@retried
def _claim(mail_id: int, now: datetime) -> OutboxMail | None:
    with transaction.atomic():
        mail = OutboxMail.objects.due(now).select_for_update(skip_locked=True, of=("self",)).filter(pk=mail_id).first()
        if mail is not None:
            mail.lease_until = now + LEASE
            mail.attempts += 1
            mail.save(update_fields=["lease_until", "attempts"])
    return mail


def _message(mail: OutboxMail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=mail.sender,
        to=mail.recipients,
        headers={**mail.headers, "Message-ID": mail.message_id},
        connection=_connection(),
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    if mail.document is not None:
        pdf = DocumentFile.objects.get(document=mail.document, kind=FileKind.PDF)
        message.attach(mail.document.pdf_name, bytes(pdf.content), "application/pdf")
    return message


def _connection() -> BaseEmailBackend:
    transport: dict[str, Any] = settings.OUTBOX_TRANSPORT
    options = {name: transport[key] for key, name in _TRANSPORT_OPTIONS.items() if transport.get(key)}
    if "host" in options:
        options["timeout"] = _SERVER_TIMEOUT_SECONDS
    connection: BaseEmailBackend = get_connection(transport["EMAIL_BACKEND"], **options)
    return connection


def _mark_sent(mail: OutboxMail) -> None:
    # Also when the lease has passed meanwhile: the mail server has taken it, and nobody should send it again.
    own = OutboxMail.objects.filter(pk=mail.pk).exclude(status=MailStatus.SENT)
    own.update(status=MailStatus.SENT, sent_at=timezone.now(), lease_until=None, last_error="")
    if mail.secret:
        own = OutboxMail.objects.filter(pk=mail.pk, status=MailStatus.SENT)
        own.update(text="", html="")
    log.info("mail_sent", mail=mail.pk, kind=mail.kind)


def _put_off(mail: OutboxMail, error: Exception) -> None:
    gives_up = mail.attempts >= MAX_ATTEMPTS
    wait = min(_FIRST_RETRY * 2 ** min(mail.attempts - 1, MAX_ATTEMPTS), _LONGEST_RETRY)
    OutboxMail.objects.filter(pk=mail.pk, lease_until=mail.lease_until).update(
        status=MailStatus.FAILED if gives_up else MailStatus.QUEUED,
        next_at=timezone.now() + wait,
        lease_until=None,
        last_error=f"{type(error).__name__}: {error}"[:2000],
    )
    if gives_up and mail.secret:
        # It is never sent again, and its link may still work.
        OutboxMail.objects.filter(pk=mail.pk).update(text="", html="")
    log.warning(
        "mail_not_sent",
        mail=mail.pk,
        kind=mail.kind,
        attempts=mail.attempts,
        error=type(error).__name__,
    )


def _html_of(message: EmailMessage) -> str:
    for alternative in getattr(message, "alternatives", []):
        if alternative[1] == "text/html":
            return str(alternative[0])
    return ""
