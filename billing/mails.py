"""The shop's mails about orders. Each is a folder under templates/mail/ with subject, text and HTML, in Danish."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from accounts.models import ClipAccount, Company
from billing.models import Document, MailKind, OrderLine, OutboxMail
from billing.outbox import queue_mail


@dataclass(frozen=True)
class Credited:
    """What a paid order put on one clip account, and how the account stands after it."""

    account: ClipAccount
    quantity: int


def queue_invoice(invoice: Document, company: Company, lines: list[OrderLine]) -> OutboxMail:
    """Queue the invoice of a bank transfer to the invoice e-mail, its PDF attached."""
    facts = _what_was_bought(lines, [])
    return _queue(MailKind.INVOICE, company, company.invoice_email, invoice, attach=True, **facts)


def queue_credit_note(credit_note: Document, company: Company) -> OutboxMail:
    """Queue the credit note to the address that had the invoice, its PDF attached."""
    address = address_of_invoice(credit_note.credits, company)
    lines = list(credit_note.lines.all())
    return _queue(MailKind.CREDIT_NOTE, company, address, credit_note, attach=True, lines=lines)


def address_of_invoice(invoice: Document | None, company: Company) -> str:
    """Return the address that had the invoice: there its credit note goes too, also when the company has moved on."""
    mail = OutboxMail.objects.filter(document=invoice).order_by("pk").first() if invoice else None
    return str(mail.recipients[0]) if mail else company.invoice_email


def queue_receipt(
    invoice: Document,
    company: Company,
    lines: list[OrderLine],
    accounts: list[ClipAccount],
    *,
    received_on: date,
) -> OutboxMail:
    """Queue the receipt of a card payment to the administrative e-mail, its PDF attached."""
    facts = _what_was_bought(lines, accounts)
    return _queue(
        MailKind.RECEIPT, company, company.administrative_email, invoice, attach=True,
        received_on=received_on, **facts,
    )  # fmt: skip


def queue_confirmation(
    invoice: Document,
    company: Company,
    lines: list[OrderLine],
    accounts: list[ClipAccount],
    *,
    received_on: date,
) -> OutboxMail:
    """Queue the confirmation that a bank transfer was registered to the administrative e-mail."""
    facts = _what_was_bought(lines, accounts)
    return _queue(
        MailKind.CONFIRMATION, company, company.administrative_email, invoice, attach=False,
        received_on=received_on, **facts,
    )  # fmt: skip


def _what_was_bought(lines: list[OrderLine], accounts: list[ClipAccount]) -> dict[str, Any]:
    credited = [
        Credited(
            account,
            sum(line.quantity for line in lines if line.clip_type_id == account.clip_type_id),
        )
        for account in accounts
    ]
    return {
        "lines": lines,
        "credited": credited,
        "clip_lines": [line for line in lines if line.clip_type_id is not None],
        "support_lines": [line for line in lines if line.clip_type_id is None],
    }


def _queue(
    kind: MailKind,
    company: Company,
    address: str,
    document: Document,
    *,
    attach: bool,
    **facts: Any,
) -> OutboxMail:
    context = {
        "company": company,
        "document": document,
        "order": document.order,
        "document_url": settings.SITE_URL + reverse("billing:document", args=[document.pk]),
        "accounts_url": settings.SITE_URL + reverse("accounts:clip_accounts"),
        **facts,
    }
    folder = f"mail/{kind.value}"
    # Mails are Danish, in whichever language the page is that caused them.
    with override("da"):
        mail = OutboxMail(
            kind=kind,
            order=document.order,
            company=company,
            sender=settings.OUTBOX_FROM,
            recipients=[address],
            subject=" ".join(render_to_string(f"{folder}/subject.txt", context).split()),
            text=render_to_string(f"{folder}/body.txt", context).strip() + "\n",
            html=render_to_string(f"{folder}/body.html", context),
            document=document if attach else None,
        )
    return queue_mail(mail)
