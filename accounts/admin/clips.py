"""Clip accounts and their entries, to look at."""

from datetime import timedelta
from typing import ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.admin.company import companies_found
from accounts.models import ClipAccount, ClipEntry
from catalog.amounts import whole
from catalog.staff_pages import ROWS, Choice, ChoiceFilter, Column, Panel, ReadOnlyAdmin

_HELP = "Virksomhed, CVR-nr., EAN-nr., brugernavn eller e-mail"


class BalanceFilter(ChoiceFilter):
    """Finds accounts by whether there are clips."""

    title = "saldo"
    parameter_name = "saldo"
    choices_by_value: ClassVar = {
        "tom": Choice("Tom", lambda: Q(balance=0)),
        "klip": Choice("Ikke tom", lambda: Q(balance__gt=0)),
    }


class ExpiryFilter(ChoiceFilter):
    """Finds accounts whose clips will soon be lost."""

    title = "udløber"
    parameter_name = "udloeber"
    choices_by_value: ClassVar = {
        "30": Choice("Inden for 30 dage", lambda: _expires_within(30)),
        "90": Choice("Inden for 90 dage", lambda: _expires_within(90)),
    }


def _expires_within(days: int) -> Q:
    return Q(balance__gt=0, expires_on__lte=timezone.localdate() + timedelta(days=days))


class ClipAccountAdmin(ReadOnlyAdmin[ClipAccount]):
    """Balances. Only the ledger changes them."""

    list_display = ("company", "clip_type", "balance_shown", "expires_on")
    list_filter = (ExpiryFilter, BalanceFilter, "clip_type")
    list_select_related = ("company", "clip_type")
    search_fields = ("company__name",)
    search_help_text = _HELP
    fields = (("company", "clip_type"), ("balance_shown", "expires_on"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ClipAccount], search_term: str
    ) -> tuple[QuerySet[ClipAccount], bool]:
        """Search by what a caller says of the company or of themselves."""
        if search_term.strip():
            queryset = queryset.filter(company__in=companies_found(search_term).values("pk"))
        return queryset, False

    @admin.display(description="saldo", ordering="balance")
    def balance_shown(self, account: ClipAccount) -> str:
        """Return how many clips are left."""
        return whole(account.balance)

    def panels(self, request: HttpRequest, obj: ClipAccount) -> list[Panel]:
        """Show the newest entries."""
        entries = obj.entries.select_related("actor").order_by("-seq")
        rows = [
            (
                str(entry.seq),
                date_format(timezone.localtime(entry.event_at), "SHORT_DATETIME_FORMAT"),
                entry.get_kind_display(),
                _change(entry),
                whole(entry.balance_after),
                date_format(entry.valid_until, "SHORT_DATE_FORMAT") if entry.valid_until else "",
                entry.note,
                str(entry.actor or ""),
            )
            for entry in entries[:ROWS]
        ]
        columns = (
            Column("Nr.", "amount"),
            Column("Tidspunkt"),
            Column("Art"),
            Column("Ændring", "amount"),
            Column("Saldo", "amount"),
            Column("Gælder til og med"),
            Column("Tekst"),
            Column("Af"),
        )
        all_url = reverse("admin:accounts_clipentry_changelist") + f"?account__id__exact={obj.pk}"
        return [Panel("Posteringer", columns, rows, total=obj.last_seq, all_url=all_url)]


class ClipEntryAdmin(ReadOnlyAdmin[ClipEntry]):
    """The ledger's entries."""

    fields = (
        ("account", "seq"), ("kind", "change", "balance"), ("valid_until", "reverses"), ("event_at", "created_at"),
        ("actor", "note"),
    )  # fmt: skip
    list_display = ("account", "seq", "kind", "change", "balance", "valid_until", "event_at", "note")
    list_filter = ("kind", "account__clip_type", "event_at")
    list_select_related = ("account__company", "account__clip_type")
    search_fields = ("account__company__name",)
    search_help_text = _HELP

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ClipEntry], search_term: str
    ) -> tuple[QuerySet[ClipEntry], bool]:
        """Search by what a caller says of the company or of themselves."""
        if search_term.strip():
            queryset = queryset.filter(account__company__in=companies_found(search_term).values("pk"))
        return queryset, False

    @admin.display(description="ændring", ordering="delta")
    def change(self, entry: ClipEntry) -> str:
        """Return how many clips came or went."""
        return _change(entry)

    @admin.display(description="saldo efter", ordering="balance_after")
    def balance(self, entry: ClipEntry) -> str:
        """Return how many clips were left after it."""
        return whole(entry.balance_after)


def _change(entry: ClipEntry) -> str:
    return ("+" if entry.delta > 0 else "") + whole(entry.delta)
