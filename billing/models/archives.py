"""A year's documents of a company in one zip file: derived from the documents, made on demand, deleted after a week."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from accounts.models import Company

KEPT_FOR = timedelta(days=7)


class ArchiveStatus(models.TextChoices):
    """How far an archive has come."""

    QUEUED = "queued", "Dannes"
    READY = "ready", "Klar"
    FAILED = "failed", "Kunne ikke dannes"


class ArchiveQuerySet(models.QuerySet["DocumentArchive"]):
    """Archives in the words of the shop."""

    def of_year(self, company: Company, year: int) -> Self:
        """Keep the company's archives of the year, the newest first."""
        return self.filter(company=company, year=year).order_by("-pk")

    def due(self, now: datetime) -> Self:
        """Keep archives that can be worked on now: not waiting for their next try or for another worker's lease."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(free, status=ArchiveStatus.QUEUED, next_at__lte=now)


class DocumentArchive(models.Model):
    """One making of one zip file. What it holds is counted when it is ready; its parts in their order are its bytes."""

    company = models.ForeignKey(Company, verbose_name="medlem", on_delete=models.PROTECT, related_name="archives")
    year = models.PositiveSmallIntegerField("år")
    status = models.CharField("status", max_length=10, choices=ArchiveStatus.choices, default=ArchiveStatus.QUEUED)
    asked_at = models.DateTimeField("bestilt")
    attempts = models.PositiveIntegerField("forsøg", default=0)
    next_at = models.DateTimeField("dannes tidligst")
    lease_until = models.DateTimeField("optaget til", null=True, blank=True)
    last_error = models.TextField("seneste fejl", blank=True, default="")
    made_at = models.DateTimeField("dannet", null=True, blank=True)
    documents = models.PositiveIntegerField("bilag", default=0)
    missing = models.PositiveIntegerField("bilag uden PDF", default=0)
    size = models.PositiveBigIntegerField("størrelse i byte", default=0)

    objects = ArchiveQuerySet.as_manager()

    class Meta:
        verbose_name = "bilagssamling"
        verbose_name_plural = "bilagssamlinger"
        ordering = ("-pk",)
        indexes: ClassVar = [
            models.Index(name="archive_queue", fields=["next_at"], condition=Q(status="queued")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_archive_of_a_company_is_made_at_a_time",
                fields=["company"],
                condition=Q(status="queued"),
            ),
            models.CheckConstraint(
                name="a_ready_archive_has_its_time",
                condition=Q(status="ready", made_at__isnull=False) | (~Q(status="ready") & Q(made_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"Bilag {self.year} for {self.company}"

    @property
    def is_ready(self) -> bool:
        """Whether the zip file can be fetched."""
        return self.status == ArchiveStatus.READY

    @property
    def is_being_made(self) -> bool:
        """Whether the worker has it, or will."""
        return self.status == ArchiveStatus.QUEUED

    @property
    def kept_until(self) -> datetime:
        """When the zip file is deleted."""
        return self.asked_at + KEPT_FOR

    @property
    def zip_name(self) -> str:
        """What the zip file is called when it is fetched."""
        return f"TrueLink-bilag-{self.year}.zip"


class ArchivePart(models.Model):
    """A piece of a zip file, small enough for a web process to hold."""

    archive = models.ForeignKey(
        DocumentArchive, verbose_name="bilagssamling", on_delete=models.CASCADE, related_name="parts"
    )
    position = models.PositiveIntegerField("nr.")
    content = models.BinaryField("indhold")

    class Meta:
        verbose_name = "del af bilagssamling"
        verbose_name_plural = "dele af bilagssamlinger"
        constraints: ClassVar = [
            models.UniqueConstraint(name="parts_of_an_archive_are_numbered", fields=["archive", "position"])
        ]

    def __str__(self) -> str:
        return f"{self.archive_id}, del {self.position}"
