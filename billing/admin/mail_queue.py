"""The queue "Mails, der ikke er leveret" on admin's front page."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from billing.admin.links import age_of, button_link, link, page_of
from billing.admin.mail import undelivered
from billing.admin.queue import Queue
from billing.admin.rows import counted, in_all
from billing.models import OutboxMail
from catalog.amounts import whole
from catalog.staff_pages import Column

_ERROR_SHOWN = 120
_COLUMNS = (
    Column("Mail", "long"), Column("Til", "long"), Column("Hvad", "long"), Column("Medlem"), Column("Bestilling"),
    Column("Alder", "amount"), Column("Næste trin"),
)  # fmt: skip


def undelivered_mails(_request: HttpRequest) -> Queue:
    """Return the mails that have not come through, the oldest first."""
    stuck = OutboxMail.objects.filter(undelivered()).defer("text", "html").order_by("created_at", "pk")
    mails = counted(stuck.select_related("company", "order"))
    rows = [
        (
            link(mail, mail.subject),
            ", ".join(mail.recipients),
            failure_of(mail),
            link(mail.company) if mail.company else "",
            link(mail.order) if mail.order else "",
            age_of(mail.created_at),
            button_link(page_of(mail), "Se mailen"),
        )
        for mail in mails
    ]
    return Queue(
        "Mails, der ikke er leveret",
        _COLUMNS,
        rows,
        total=in_all(mails),
        all_url=f"{reverse('admin:billing_outboxmail_changelist')}?leveret=nej",
        since=timezone.localdate(mails[0].created_at) if mails else None,
    )


def failure_of(mail: OutboxMail) -> str:
    """Return how far the mail has come, and what the mail server answered last."""
    said = f", {mail.last_error[:_ERROR_SHOWN]}" if mail.last_error else ""
    return f"{mail.get_status_display()}, {whole(mail.attempts)} forsøg{said}"
