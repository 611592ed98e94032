""" "Markér som udført": support that was paid for has been carried out."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from accounts.validators import single_line
from billing.admin.action import StaffAction
from billing.admin.links import link
from billing.models import Order, OrderLine, OrderState
from billing.services.performing import NotPerformable, mark_performed

# The event's note is the line's name (up to 120 characters), a colon, and this: together at most 300.
_LONGEST_NOTE = 175


class PerformForm(forms.Form):
    """What is worth remembering."""

    note = forms.CharField(
        label="Bemærkning",
        max_length=_LONGEST_NOTE,
        required=False,
        validators=[single_line],
        help_text="Gemmes i bestillingens historik, som kun kundecenteret ser.",
    )


class Perform(StaffAction[PerformForm]):
    """The page that asks once more."""

    form_class = PerformForm
    template_name = "admin/billing/orderline/perform.html"
    title = "Markér som udført"
    line: OrderLine

    def find(self, pk: int) -> Order:
        """Return the order of the line that the address names."""
        lines = OrderLine.objects.select_related("order__company", "performed_by")
        self.line = get_object_or_404(lines, pk=pk)
        return self.line.order

    def refusal(self) -> str:
        """Return why the line cannot be marked."""
        line = self.line
        if line.clip_type_id is not None:
            return f"{line} er klip, som tildeles af sig selv, når bestillingen betales."
        if line.performed_at is not None:
            done_on = date_format(timezone.localdate(line.performed_at), "j. F Y")
            return f"{line} var allerede markeret som udført den {done_on} af {line.performed_by}."
        if self.order.state != OrderState.PAID:
            return f"{self.order} er ikke betalt, så {line} kan ikke markeres som udført."
        return ""

    def form_valid(self, form: PerformForm) -> HttpResponse:
        """Mark the line."""
        try:
            mark_performed(line_id=self.line.pk, actor=self.actor(), note=form.cleaned_data["note"])
        except NotPerformable:
            self.find(self.line.pk)
            return self.refuse(self.refusal())
        sentence = "{} for {} er markeret som udført ({})."
        return self.finish(format_html(sentence, self.line, self.order.company, link(self.order)))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the template the line too."""
        return super().get_context_data(line=self.line, **kwargs)
