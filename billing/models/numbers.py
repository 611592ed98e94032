"""Numbers that no document will ever have, with the reason that the bookkeeper is told."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from billing.models.documents import DocumentKind


class NumberGap(models.Model):
    """A run of numbers that a series leaves out. `billing.services.numbers.skip_numbers` writes it."""

    append_only = True

    kind = models.CharField("art", max_length=20, choices=DocumentKind.choices)
    first = models.PositiveBigIntegerField("første nummer")
    last = models.PositiveBigIntegerField("sidste nummer")
    reason = models.CharField("årsag", max_length=200)
    created_at = models.DateTimeField("oprettet", auto_now_add=True)

    class Meta:
        verbose_name = "nummerhul"
        verbose_name_plural = "nummerhuller"
        ordering = ("kind", "first")
        constraints: ClassVar = [
            models.CheckConstraint(name="number_gap_runs_upwards", condition=Q(last__gte=F("first"))),
            models.CheckConstraint(name="number_gap_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first} til {self.last}"
