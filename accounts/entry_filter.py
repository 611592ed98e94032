"""Which entries of a clip account a member wants to see: of what kind, and from which day to which."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ClipAccount, ClipEntry, EntryKind

# 24.11.2026, 24-11-26, 24/11 2026, 24112026 (a telephone's keys for digits have nothing else) or 2026-11-24.
_DAY_FIRST = re.compile(r"(\d{1,2})[ .,/-]+(\d{1,2})[ .,/-]+(\d{4}|\d{2})|(\d{2})(\d{2})(\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
# 24. november 2026, 24 nov. 2026, and 24 November 2026 as English pages have it.
_MONTH_IN_WORDS = re.compile(r"(\d{1,2})\.? *([a-z]{3,})\.?,? *(\d{4}|\d{2})", re.ASCII | re.IGNORECASE)
_MONTHS = (
    ("januar", "january"), ("februar", "february"), ("marts", "march"), ("april",), ("maj", "may"), ("juni", "june"),
    ("juli", "july"), ("august",), ("september",), ("oktober", "october"), ("november",), ("december",),
)  # fmt: skip
_THIS_CENTURY = "20"


class DanishDateField(forms.CharField):
    """A day as Danes write it; None when nothing is written. The years are those of this century."""

    default_error_messages: ClassVar = {
        "not_a_date": _("Skriv datoen som dag, måned og år, f.eks. 24.11.2026."),
        "no_such_day": _("Den dato findes ikke."),
        "far_away": _("Skriv et årstal fra 2000 til 2099."),
    }

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(required=False, widget=widget, help_text=_("F.eks. 24.11.2026"), **kwargs)

    def clean(self, value: Any) -> date | None:
        """Return the day that was written."""
        typed = str(super().clean(value))
        return self._read(typed) if typed else None

    def _read(self, typed: str) -> date:
        if found := _YEAR_FIRST.fullmatch(typed):
            year, month, day = found.groups()
        elif found := _DAY_FIRST.fullmatch(typed):
            day, month, year = (part for part in found.groups() if part)
        elif (found := _MONTH_IN_WORDS.fullmatch(typed)) and (named := _month_named(found[2])):
            day, month, year = found[1], named, found[3]
        else:
            raise ValidationError(self.error_messages["not_a_date"])
        century, year = year[:-2], year[-2:]
        if century not in {_THIS_CENTURY, ""}:
            raise ValidationError(self.error_messages["far_away"])
        try:
            return date(int(_THIS_CENTURY + year), int(month), int(day))
        except ValueError as error:
            raise ValidationError(self.error_messages["no_such_day"]) from error


def _month_named(word: str) -> str:
    """Return the number of the month that the word or its beginning names in Danish or English; empty for none."""
    for number, names in enumerate(_MONTHS, start=1):
        if any(name.startswith(word.lower()) for name in names):
            return str(number)
    return ""


class EntryFilter(forms.Form):
    """The filter of an account's entries, as the parameters `art`, `fra` and `til` of an address."""

    kind = forms.ChoiceField(
        label=_("Hvad"),
        choices=[("", _("Alle")), *EntryKind.choices],
        required=False,
        error_messages={"invalid_choice": _("Vælg en af mulighederne.")},
    )
    first_day = DanishDateField(label=_("Fra dato"))
    last_day = DanishDateField(label=_("Til dato"))

    is_filter = True  # nothing has to be filled in
    _PARAMETERS: ClassVar = {"kind": "art", "first_day": "fra", "last_day": "til"}

    def add_prefix(self, field_name: str) -> str:
        """Return the field's name in the address."""
        return str(self._PARAMETERS.get(field_name, field_name))

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("Slutdatoen kan ikke ligge før startdatoen."))
        return self.cleaned_data

    @property
    def is_narrowing(self) -> bool:
        """Whether anything is asked for: without, all entries are shown."""
        return any(self.cleaned_data.values())

    def entries_of(self, account: ClipAccount) -> QuerySet[ClipEntry]:
        """Return those entries of the account that a valid filter lets through, the newest first."""
        wanted = Q()
        if kind := self.cleaned_data["kind"]:
            wanted &= Q(kind=kind)
        if first_day := self.cleaned_data["first_day"]:
            wanted &= Q(event_at__gte=_beginning_of(first_day))
        if last_day := self.cleaned_data["last_day"]:
            wanted &= Q(event_at__lt=_beginning_of(last_day + timedelta(days=1)))
        return account.entries.filter(wanted).order_by("-seq")


def _beginning_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
