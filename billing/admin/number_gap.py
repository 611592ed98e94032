"""Numbers that no document has, with the reason: for the bookkeeper."""

from typing import ClassVar

from billing.models import NumberGap
from catalog.staff_pages import ReadOnlyAdmin


class NumberGapAdmin(ReadOnlyAdmin[NumberGap]):
    """Gaps as they were written down."""

    list_display = ("kind", "first", "last", "reason", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("reason",)
    search_help_text = "Årsag"
    sortable_by: ClassVar = ()
    fields = (("kind", "created_at"), ("first", "last"), "reason")
