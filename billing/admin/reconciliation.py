"""Reconciliations as they went, and what admin's front page says of the last one."""

from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from billing.admin.links import moment, page_of
from billing.models import Reconciliation, StripeAnswer
from catalog.amounts import whole
from catalog.staff_pages import Choice, ChoiceFilter, Column, Panel, ReadOnlyAdmin

# Beat runs it each night; after a day and two hours a night was missed.
_TOO_OLD = timedelta(hours=26)


class Result(NamedTuple):
    """A sentence about the last reconciliation, whether somebody must act on it, and where the whole is told."""

    sentence: str
    is_alarming: bool
    url: str = ""


def last_results(request: HttpRequest) -> list[Result]:
    """Return what the front page says about the last run, for whoever may see runs.

    A run without Stripe does not hide what the last one with Stripe has found.
    """
    if not request.user.has_perm("billing.view_reconciliation"):
        return []
    runs = Reconciliation.objects.defer("findings")
    last = runs.first()
    if last is None:
        return [Result("Afstemning: ikke kørt endnu.", is_alarming=False)]
    compared = last if last.stripe == StripeAnswer.COMPARED else runs.with_stripe().first()
    results = [_result(last, compared)]
    if compared is not None and compared != last and compared.differences:
        results.append(_result(compared, compared))
    if timezone.now() - last.started_at > _TOO_OLD:
        results.insert(0, Result(f"Afstemningen er ikke kørt siden {_when(last)}.", is_alarming=True))
    return results


def _result(run: Reconciliation, compared: Reconciliation | None) -> Result:
    sentence = f"Afstemning: {_count(run.differences)}, {_when(run)}."
    if run.stripe == StripeAnswer.NOT_REACHED:
        sentence += " Stripe kunne ikke nås."
    if run != compared:
        when = f"sidst {_when(compared)}" if compared else "aldrig"
        sentence += f" Kortbetalingerne er {when} sammenlignet med Stripe."
    return Result(sentence, is_alarming=run.differences > 0, url=page_of(run))


def _count(differences: int) -> str:
    if differences == 1:
        return "1 forskel"
    return f"{whole(differences)} forskelle" if differences else "ingen forskelle"


def _when(run: Reconciliation) -> str:
    """Write when the run began, in Copenhagen: `25. november kl. 03.15`."""
    began: datetime = timezone.localtime(run.started_at)
    return date_format(began, r"j. F \k\l. H.i")


class DifferencesFilter(ChoiceFilter):
    """Finds the runs that found something."""

    title = "Resultat"
    parameter_name = "forskelle"
    choices_by_value: ClassVar = {
        "ja": Choice("Forskelle", lambda: Q(differences__gt=0)),
        "nej": Choice("Ingen forskelle", lambda: Q(differences=0)),
    }


class ReconciliationAdmin(ReadOnlyAdmin[Reconciliation]):
    """Runs, each with the sentences about what differed."""

    list_display = ("began", "outcome", "stripe")
    list_filter = (DifferencesFilter, "stripe", "started_at")
    sortable_by: ClassVar = ()
    fields = (("began", "ended"), "outcome", "stripe")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reconciliation]:
        """Leave the findings in the database until one run is looked at."""
        return super().get_queryset(request).defer("findings")

    def panels(self, request: HttpRequest, obj: Reconciliation) -> list[Panel]:
        """Show the differences, and below them everything that was looked at."""
        return [_differences(obj), _checks(obj)]

    @admin.display(description="begyndt")
    def began(self, run: Reconciliation) -> str:
        """Return when the run began."""
        return moment(run.started_at)

    @admin.display(description="afsluttet")
    def ended(self, run: Reconciliation) -> str:
        """Return when the run ended."""
        return moment(run.finished_at)

    @admin.display(description="resultat")
    def outcome(self, run: Reconciliation) -> str:
        """Return how many differences there were."""
        return _count(run.differences)


def _differences(run: Reconciliation) -> Panel:
    rows = [(each["check"], sentence) for each in run.findings for sentence in each["sentences"]]
    columns = (Column("Kontrol"), Column("Forskel", "long"))
    return Panel("Forskelle", columns, rows, total=run.differences, empty="Ingen forskelle.")


def _checks(run: Reconciliation) -> Panel:
    rows = [(each["check"], whole(each["looked_at"]), whole(each["differences"])) for each in run.findings]
    return Panel("Kontroller", (Column("Kontrol"), Column("Set på", "amount"), Column("Forskelle", "amount")), rows)
