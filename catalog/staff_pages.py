"""What the office's admin pages are made of: read-only by default, with tables and buttons beside the fields."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

M = TypeVar("M", bound=Model)

_ROW_NUMBER = re.compile(r"[0-9]{1,18}")
# How many rows a table on a page has; the link below it leads to the whole list.
ROWS = 20


@dataclass(frozen=True)
class Column:
    """One column of a panel. `kind` is a CSS class: `amount` aligns to the right."""

    label: str
    kind: str = ""


@dataclass(frozen=True)
class Panel:
    """A table on a page. Cells are text, which the template escapes, or safe HTML made with `format_html`.

    `total` is how many rows there are in all when the panel shows only some, and `all_url` where the others are.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]
    total: int | None = None
    all_url: str = ""
    empty: str = "Ingen."

    @property
    def count(self) -> int:
        """How many rows there are in all."""
        return len(self.rows) if self.total is None else self.total

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than the panel shows."""
        return self.count > len(self.rows)

    @property
    def cells(self) -> list[list[tuple[Column, str]]]:
        """The rows for the template: each cell with its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Tool:
    """A button at the top of a page: a link, or for what changes something a POST."""

    label: str
    url: str
    posts: bool = False


class Choice(NamedTuple):
    """One choice of a filter: what it is called, and which rows it keeps."""

    label: str
    keeps: Callable[[], Q]


class ChoiceFilter(admin.SimpleListFilter):
    """A filter with a few choices; what stands in the address and is none of them keeps every row."""

    choices_by_value: ClassVar[Mapping[str, Choice]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the choices."""
        return [(value, choice.label) for value, choice in self.choices_by_value.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what was chosen."""
        chosen = self.choices_by_value.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen.keeps())


class StaffAdmin(admin.ModelAdmin[M]):
    """A page that shows panels below its fields and tools above them."""

    change_form_template = "admin/staff/change_form.html"
    show_full_result_count = False
    list_per_page = 50

    class Media:
        css: ClassVar = {"all": ("css/staff.css",)}

    def panels(self, request: HttpRequest, obj: M) -> list[Panel]:
        """Return the tables that stand below the object's fields."""
        return []

    def tools(self, request: HttpRequest, obj: M) -> list[Tool]:
        """Return the buttons that stand above the object's fields."""
        return []

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Name the list after what is on it; take a day outside the calendar for a filter that makes no sense."""
        try:
            changelist = super().get_changelist_instance(request)
        except (OverflowError, ValueError) as error:
            raise IncorrectLookupParameters from error
        changelist.title = capfirst(str(self.opts.verbose_name_plural))
        return changelist

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let no address bring a pattern: one that tries all ways to match stops the process."""
        return not lookup.endswith(("__regex", "__iregex")) and super().lookup_allowed(lookup, value, request)

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse | None:
        """Do what was chosen with the rows that were ticked; refuse what is no row's number."""
        if all(_ROW_NUMBER.fullmatch(ticked) for ticked in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return super().response_action(request, *args, **kwargs)
        messages.warning(request, "Vælg de rækker, som det gælder. Intet er ændret.")
        return None

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add once when a page comes twice at the same time: the second is told at the fields what is taken.

        Both found the name free; the database refused one. Held against the rules again, it gets the sentence.
        """
        try:
            return super().add_view(request, *args, **kwargs)
        except (IntegrityError, ValidationError):
            return super().add_view(request, *args, **kwargs)

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change once when a page with new rows comes twice at the same time, as `add_view` adds."""
        try:
            return super().change_view(request, *args, **kwargs)
        except (IntegrityError, ValidationError):
            return super().change_view(request, *args, **kwargs)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: M | None = None,
    ) -> HttpResponse:
        """Add panels and tools to the page of an object that exists."""
        if obj is not None:
            context["panels"] = self.panels(request, obj)
            context["tools"] = self.tools(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


class ReadOnlyAdmin(StaffAdmin[M]):
    """A page to look at: nothing is added, changed or deleted here. Services and staff's own buttons do that."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Nobody deletes."""
        return False
