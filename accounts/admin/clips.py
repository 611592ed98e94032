"""Clip accounts and their entries, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.admin.company import plain_cvr
from accounts.models import ClipAccount, ClipEntry
from catalog.amounts import whole
from catalog.staff_pages import ROWS, Column, Panel, ReadOnlyAdmin


class ClipAccountAdmin(ReadOnlyAdmin[ClipAccount]):
    """Balances. Only the ledger changes them."""

    list_display = ("company", "clip_type", "balance_shown", "expires_on")
    list_filter = ("clip_type",)
    list_select_related = ("company", "clip_type")
    search_fields = ("company__name", "company__cvr")
    search_help_text = "Virksomhed eller CVR-nr."
    fields = (("company", "clip_type"), ("balance_shown", "expires_on"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ClipAccount], search_term: str
    ) -> tuple[QuerySet[ClipAccount], bool]:
        """Understand a CVR number as people write it."""
        return super().get_search_results(request, queryset, plain_cvr(search_term))

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

    list_display = ("account", "seq", "kind", "change", "balance", "valid_until", "event_at", "note")
    list_filter = ("kind",)
    list_select_related = ("account__company", "account__clip_type")
    search_fields = ("account__company__name", "account__company__cvr")
    search_help_text = "Virksomhed eller CVR-nr."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ClipEntry], search_term: str
    ) -> tuple[QuerySet[ClipEntry], bool]:
        """Understand a CVR number as people write it."""
        return super().get_search_results(request, queryset, plain_cvr(search_term))

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
