""" "Markér som betalt": registering a bank transfer that staff have seen on the bank statement."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from accounts.validators import single_line
from billing.admin.action import StaffAction
from billing.admin.amount_field import AmountField, typed
from billing.models import Order, OrderState, PaymentMethod
from billing.services.settling import AmountDiffers, Outcome, Received, settle_order, transfer_key
from catalog.amounts import kroner


class MarkPaidForm(forms.Form):
    """What the bank statement says."""

    amount = AmountField(label="Beløb i kr. med moms", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    received_on = forms.DateField(
        label="Dato i banken", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    note = forms.CharField(
        label="Bemærkning",
        max_length=200,
        required=False,
        validators=[single_line],
        help_text="Gemmes i bestillingens historik, som kun kundecenteret ser.",
    )

    def __init__(self, *args: Any, placed_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.placed_on = placed_on

    def clean_received_on(self) -> date:
        """Refuse a day that has not come yet, and one on which there was nothing to pay."""
        day: date = self.cleaned_data["received_on"]
        if day < self.placed_on:
            placed_on = date_format(self.placed_on, "j. F Y")
            raise ValidationError(f"Bestillingen er fra den {placed_on}. Datoen kan ikke ligge før.", code="too_early")
        if day > timezone.localdate():
            raise ValidationError("Datoen ligger i fremtiden.", code="future")
        return day


class MarkPaid(StaffAction[MarkPaidForm]):
    """The page, prefilled with the order's total and today."""

    form_class = MarkPaidForm
    template_name = "admin/billing/order/mark_paid.html"
    title = "Markér som betalt"

    def find(self, pk: int) -> Order:
        """Return the order."""
        return get_object_or_404(Order.objects.select_related("company"), pk=pk)

    def refusal(self) -> str:
        """Money for an order that is paid or cancelled is never registered from here: it could be the same money."""
        if self.order.state == OrderState.PAID:
            paid_on = date_format(timezone.localdate(self.order.paid_at), "j. F Y")
            return format_html("{} var allerede registreret som betalt den {}. Intet er ændret.", self.name(), paid_on)
        if self.order.state == OrderState.CANCELLED:
            return format_html("{} er annulleret. Der er ikke registreret nogen betaling.", self.name())
        if self.order.payment_method != PaymentMethod.BANK_TRANSFER:
            return format_html("{} betales med betalingskort og kan ikke registreres her.", self.name())
        return ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form on which day in Copenhagen the order was placed."""
        return {**super().get_form_kwargs(), "placed_on": timezone.localdate(self.order.placed_at)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the template what the payment sets off."""
        context = super().get_context_data(**kwargs)
        kinds = {line.clip_type_id is not None for line in context["lines"]}
        return {**context, "has_clips": True in kinds, "has_support": False in kinds}

    def get_initial(self) -> dict[str, Any]:
        """Prefill what is most likely true."""
        return {"amount": typed(self.order.total), "received_on": timezone.localdate()}

    def form_valid(self, form: MarkPaidForm) -> HttpResponse:
        """Settle the order and tell what became of the money."""
        received = Received(
            method=PaymentMethod.BANK_TRANSFER,
            amount=form.cleaned_data["amount"],
            received_on=form.cleaned_data["received_on"],
            key=transfer_key(self.order),
            registered_by=self.actor(),
            note=form.cleaned_data["note"],
        )
        try:
            outcome = settle_order(order_id=self.order.pk, received=received)
        except AmountDiffers as error:
            form.add_error("amount", _other_amount(received.amount, error.expected))
            return self.form_invalid(form)
        return self._answer(outcome, kroner(received.amount))

    def _answer(self, outcome: Outcome, amount: str) -> HttpResponse:
        if outcome is Outcome.SETTLED:
            sentence = "{} er registreret som betalt ({}). Bekræftelsen sendes til {}."
            return self.finish(format_html(sentence, self.name(), amount, self.order.company.administrative_email))
        if outcome is Outcome.ALREADY:
            return self.refuse(format_html("{} var allerede registreret som betalt. Intet er ændret.", self.name()))
        sentence = "{} blev betalt eller annulleret, mens du udfyldte siden. {} er registreret som overskydende beløb."
        return self.finish(format_html(sentence, self.name(), amount), level=messages.WARNING)


def _other_amount(amount: Decimal, expected: Decimal) -> str:
    if amount < expected:
        todo = "Bed medlemmet om at indbetale resten, eller annullér bestillingen."
        return f"Der mangler {kroner(expected - amount)} {todo} Intet er registreret."
    return f"Beløbet er {kroner(amount - expected)} for meget. Kontakt bogholderiet. Intet er registreret."
