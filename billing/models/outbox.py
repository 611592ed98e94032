"""Mails that are owed: queued in the transaction that caused them, sent by the worker."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import Company
from billing.models.documents import Document, DocumentFile, FileKind
from billing.models.orders import Order


class MailKind(models.TextChoices):
    """What a mail is about."""

    ACCOUNT = "account", "Brugerkonto"
    INVOICE = "invoice", "Faktura"
    RECEIPT = "receipt", "Kvittering"
    CONFIRMATION = "confirmation", "Bekræftelse på indbetaling"
    CREDIT_NOTE = "credit_note", "Kreditnota"


class MailStatus(models.TextChoices):
    """How far a mail has come."""

    QUEUED = "queued", "I kø"
    SENT = "sent", "Sendt"
    FAILED = "failed", "Kunne ikke sendes"


class OutboxQuerySet(models.QuerySet["OutboxMail"]):
    """Mails in the words of the shop."""

    def due(self, now: datetime) -> Self:
        """Keep mails that can be sent now: not waiting for a retry, for a PDF or for another worker's lease."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        complete = Q(document=None) | Exists(
            DocumentFile.objects.filter(document=OuterRef("document"), kind=FileKind.PDF)
        )
        return self.filter(free, complete, status=MailStatus.QUEUED, next_at__lte=now)


class OutboxMail(models.Model):
    """One mail: its fields, from which the message is built anew for each try, always with the same Message-ID."""

    message_id = models.CharField("Message-ID", max_length=120, unique=True)
    kind = models.CharField("art", max_length=20, choices=MailKind.choices)
    order = models.ForeignKey(
        Order,
        verbose_name="bestilling",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="mails",
    )
    company = models.ForeignKey(
        Company,
        verbose_name="medlem",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="mails",
    )
    sender = models.CharField("fra", max_length=200)
    recipients = models.JSONField("til")
    headers = models.JSONField("felter", default=dict, blank=True)
    subject = models.CharField("emne", max_length=200)
    text = models.TextField("tekst")
    html = models.TextField("HTML", blank=True, default="")
    secret = models.BooleanField("hemmeligt indhold", default=False)
    document = models.ForeignKey(
        Document,
        verbose_name="vedhæftet bilag",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="mails",
    )
    status = models.CharField("status", max_length=10, choices=MailStatus.choices, default=MailStatus.QUEUED)
    attempts = models.PositiveIntegerField("forsøg", default=0)
    next_at = models.DateTimeField("sendes tidligst")
    lease_until = models.DateTimeField("optaget til", null=True, blank=True)
    last_error = models.TextField("seneste fejl", blank=True, default="")
    created_at = models.DateTimeField("oprettet", auto_now_add=True)
    sent_at = models.DateTimeField("sendt", null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = "mail"
        verbose_name_plural = "mails"
        ordering = ("-created_at", "-pk")
        indexes: ClassVar = [
            models.Index(name="mail_queue", fields=["next_at"], condition=Q(status="queued")),
            models.Index(name="mail_not_sent", fields=["created_at"], condition=~Q(status="sent")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_sent_mail_has_its_time",
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {', '.join(self.recipients)}"
