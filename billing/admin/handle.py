""" "Markér som håndteret": the office has decided about an order's money, and says what was done."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html

from accounts.validators import single_line
from billing.admin.action import StaffAction
from billing.admin.links import link, moment
from billing.models import ActionItem, Order
from billing.services.handling import AlreadyHandled, handle_item

# The event's note is the item's kind (36 characters at most), a colon, and this: together at most 300.
_LONGEST_NOTE = 250


class HandleForm(forms.Form):
    """What was done."""

    note = forms.CharField(
        label="Hvad blev der gjort?",
        max_length=_LONGEST_NOTE,
        validators=[single_line],
        help_text="Gemmes i bestillingens historik, som kun kundecenteret ser.",
    )


class Handle(StaffAction[HandleForm]):
    """The page that asks what was done."""

    form_class = HandleForm
    template_name = "admin/billing/actionitem/handle.html"
    title = "Markér som håndteret"
    item: ActionItem

    def find(self, pk: int) -> Order:
        """Return the order of the item that the address names."""
        self.item = get_object_or_404(ActionItem.objects.select_related("order__company", "handled_by"), pk=pk)
        return self.item.order

    def refusal(self) -> str:
        """Return by whom and when the item was handled already."""
        return _handled_before(self.item)

    def form_valid(self, form: HandleForm) -> HttpResponse:
        """Mark the item."""
        try:
            handle_item(item_id=self.item.pk, actor=self.actor(), note=form.cleaned_data["note"])
        except AlreadyHandled as error:
            return self.refuse(_handled_before(error.item))
        kind = self.item.get_kind_display()
        sentence = "“{}” for {} er markeret som håndteret ({})."
        return self.finish(format_html(sentence, kind, self.order.company, link(self.order)))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the template the item too."""
        return super().get_context_data(item=self.item, **kwargs)


def _handled_before(item: ActionItem) -> str:
    if item.handled_at is None:
        return ""
    sentence = "“{}” blev allerede håndteret {} af {}: {} Intet er ændret."
    note = item.handled_note if item.handled_note.endswith((".", "!", "?")) else f"{item.handled_note}."
    return format_html(sentence, item.get_kind_display(), moment(item.handled_at), item.handled_by, note)
