""" "Annullér bestillingen": an unpaid order is given up, and its invoice gets a credit note."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html

from accounts.validators import single_line
from billing.admin.action import StaffAction
from billing.mails import address_of_invoice
from billing.models import DocumentKind, Order, OrderState, PaymentMethod
from billing.services.cancelling import NotCancellable, cancel_order


class CancelForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label="Årsag",
        max_length=200,
        validators=[single_line],
        help_text="Trykkes på kreditnotaen, som medlemmet får.",
    )


class Cancel(StaffAction[CancelForm]):
    """The page that asks for the reason."""

    form_class = CancelForm
    template_name = "admin/billing/order/cancel.html"
    title = "Annullér bestillingen"

    def find(self, pk: int) -> Order:
        """Return the order."""
        return get_object_or_404(Order.objects.select_related("company"), pk=pk)

    def refusal(self) -> str:
        """Return why the order cannot be cancelled; a card order may be in the middle of being paid."""
        if self.order.state == OrderState.AWAITING_PAYMENT and self.order.payment_method == PaymentMethod.CARD:
            return format_html("{} betales med betalingskort og kan ikke annulleres her.", self.name())
        return self._not_cancellable(self.order.state)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the template where the credit note goes."""
        return super().get_context_data(credit_note_to=self.credit_note_to(), **kwargs)

    def credit_note_to(self) -> str:
        """Return the address that the credit note is mailed to."""
        return address_of_invoice(self.invoice(), self.order.company)

    def form_valid(self, form: CancelForm) -> HttpResponse:
        """Cancel the order and name its credit note."""
        try:
            order = cancel_order(order_id=self.order.pk, actor=self.actor(), reason=form.cleaned_data["reason"])
        except NotCancellable as error:
            return self.refuse(self._not_cancellable(error.state))
        credit_note = order.documents.filter(kind=DocumentKind.CREDIT_NOTE).first()
        to = self.credit_note_to()
        if credit_note is None:
            return self.finish(format_html("{} er annulleret.", self.name()))
        return self.finish(format_html("{} er annulleret. {} sendes til {}.", self.name(), credit_note.title, to))

    def _not_cancellable(self, state: str) -> str:
        if state == OrderState.PAID:
            return format_html("{} er betalt og kan ikke annulleres.", self.name())
        if state == OrderState.CANCELLED:
            return format_html("{} var allerede annulleret.", self.name())
        return ""
