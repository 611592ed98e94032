"""What came of each reconciliation: one row a run, written when it has ended."""

from typing import TypedDict

from django.db import models


class Finding(TypedDict):
    """What one check came to: its name, how much it looked at, how many differences, the first of them in words."""

    check: str
    looked_at: int
    differences: int
    sentences: list[str]


class StripeAnswer(models.TextChoices):
    """Whether the run compared card payments with what Stripe knows."""

    NOT_ASKED = "not_asked", "Ikke spurgt"
    COMPARED = "compared", "Sammenlignet"
    NOT_REACHED = "not_reached", "Kunne ikke nås"


class ReconciliationQuerySet(models.QuerySet["Reconciliation"]):
    """Runs in the words of the shop."""

    def with_stripe(self) -> "ReconciliationQuerySet":
        """Keep the runs that compared card payments with Stripe."""
        return self.filter(stripe=StripeAnswer.COMPARED)


class Reconciliation(models.Model):
    """One run of `billing.reconciliation`. `findings` is a list of `Finding`, one for each check."""

    append_only = True

    started_at = models.DateTimeField("begyndt")
    finished_at = models.DateTimeField("afsluttet")
    checks = models.PositiveIntegerField("kontroller")
    differences = models.PositiveBigIntegerField("forskelle")
    stripe = models.CharField("Stripe", max_length=20, choices=StripeAnswer.choices)
    findings = models.JSONField("fund")

    objects = ReconciliationQuerySet.as_manager()

    class Meta:
        verbose_name = "afstemning"
        verbose_name_plural = "afstemninger"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"Afstemning {self.pk}"
