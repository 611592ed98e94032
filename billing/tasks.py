"""What the worker does. Each task takes an id or nothing, and may run twice.

Only the worker imports this module: it brings WeasyPrint, which web processes do without.
"""

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from accounts.ledger import expire_due_accounts
from billing.models import OutboxMail
from billing.outbox import due_mail_ids, send_queued
from billing.reconciliation.running import reconcile
from billing.services.archiving import archives_to_make, delete_old_archives, make_archive
from billing.services.rendering import documents_to_make, make_pdf
from billing.services.sweeping import cancel_forgotten_card_orders, look_at_attempts


@shared_task(name="billing.send_mail")
def send_mail(mail_id: int) -> None:
    """Send one queued mail."""
    send_queued(mail_id)


@shared_task(name="billing.render_document")
def render_document(document_id: int) -> None:
    """Make a document's PDF and send the mails that waited for it."""
    if make_pdf(document_id):
        waiting = OutboxMail.objects.due(timezone.now()).filter(document_id=document_id)
        for mail_id in list(waiting.values_list("pk", flat=True)):
            send_queued(mail_id)


@shared_task(name="billing.sweep_outbox")
def sweep_outbox() -> None:
    """Send every mail that is due: those whose kick was lost, whose worker died, or whose retry has come."""
    for mail_id in due_mail_ids():
        send_queued(mail_id)


@shared_task(name="billing.sweep_documents")
def sweep_documents() -> None:
    """Make every PDF that is missing."""
    for document_id in documents_to_make():
        render_document(document_id)


@shared_task(name="billing.make_archive")
def make_one_archive(archive_id: int) -> None:
    """Make one zip file that was asked for."""
    make_archive(archive_id)


@shared_task(name="billing.sweep_archives")
def sweep_archives() -> None:
    """Make every zip file that is due: those whose kick was lost, whose worker died, or that waited for a PDF."""
    for archive_id in archives_to_make():
        make_archive(archive_id)


@shared_task(name="billing.delete_old_archives")
def delete_archives() -> None:
    """Delete zip files that are a week old, or replaced."""
    delete_old_archives(now=timezone.now())


@shared_task(name="billing.expire_clips")
def expire_clips() -> None:
    """Take away clips whose last day has passed."""
    expire_due_accounts(now=timezone.now())


@shared_task(name="billing.sweep_card_payments")
def sweep_card_payments() -> None:
    """Ask Stripe about every payment page that has been open too long: a webhook that never comes loses nothing."""
    look_at_attempts(now=timezone.now())


@shared_task(name="billing.cancel_forgotten_card_orders")
def cancel_forgotten_orders() -> None:
    """Cancel card orders that nobody has tried to pay for a day."""
    cancel_forgotten_card_orders(now=timezone.now())


@shared_task(name="billing.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that have expired."""
    call_command("clearsessions")


@shared_task(name="billing.reconcile")
def reconcile_with_stripe() -> None:
    """Check every invariant, and compare card payments with Stripe."""
    reconcile(with_stripe=True)
