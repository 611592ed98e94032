""" "Annullér bestillingen": an unpaid order is given up, and its invoice gets a credit note."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html

from accounts.validators import single_line
from billing.admin.action import StaffAction
from billing.gateway import StripeTrouble
from billing.mails import address_of_invoice
from billing.models import ActionKind, DocumentKind, Order, OrderState
from billing.services.cancelling import AttemptUndecided, NotCancellable
from billing.services.paying import abandon_order

_ON_ITS_WAY = (
    "{} er ikke annulleret: betalingen er på vej, eller medlemmet er ved at betale. Prøv igen om lidt, når udfaldet "
    "står under “Betalingsforsøg”."
)
_SET_ASIDE = (
    "{} er ikke annulleret: der er modtaget en kortbetaling, der ikke stemmer. Markér først sagen på bestillingens "
    "side som håndteret."
)
_NOT_ASKED = (
    "{} er ikke annulleret: Stripe kunne ikke lukke betalingssiden, så medlemmet kan måske stadig betale. Prøv igen "
    "om lidt. Stripe svarede: {}"
)


class CancelForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="Årsag", max_length=200, validators=[single_line])

    def __init__(self, *args: Any, is_invoiced: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = (
            "Trykkes på kreditnotaen, som medlemmet får."
            if is_invoiced
            else "Gemmes i bestillingens historik, som kun kundecenteret ser."
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
        """Return why the order cannot be cancelled."""
        if self.order.state == OrderState.PAID:
            return format_html("{} er betalt og kan ikke annulleres.", self.name())
        if self.order.state == OrderState.AWAITING_PAYMENT and self._is_set_aside():
            return format_html(_SET_ASIDE, self.name())
        return self._cancelled_before(self.order.state)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form where the reason will stand."""
        return {**super().get_form_kwargs(), "is_invoiced": self.invoice() is not None}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tell the template where the credit note goes, and whether a card may be paying now."""
        return super().get_context_data(
            credit_note_to=self.credit_note_to(),
            has_open_page=self.order.attempts.undecided().exists(),
            **kwargs,
        )

    def credit_note_to(self) -> str:
        """Return the address that the credit note is mailed to."""
        return address_of_invoice(self.invoice(), self.order.company)

    def form_valid(self, form: CancelForm) -> HttpResponse:
        """Close Stripe's page, cancel the order and name its credit note."""
        try:
            order = abandon_order(order_id=self.order.pk, actor=self.actor(), reason=form.cleaned_data["reason"])
        except NotCancellable as error:
            paid_now = format_html("{} viste sig at være betalt og er ikke annulleret.", self.name())
            return self.refuse(self._cancelled_before(error.state) or paid_now)
        except AttemptUndecided:
            return self.refuse(format_html(_SET_ASIDE if self._is_set_aside() else _ON_ITS_WAY, self.name()))
        except StripeTrouble as error:
            return self.refuse(format_html(_NOT_ASKED, self.name(), str(error)))
        return self._tell(order)

    def _tell(self, order: Order) -> HttpResponse:
        """Tell what was done."""
        credit_note = order.documents.filter(kind=DocumentKind.CREDIT_NOTE).first()
        if credit_note is None:
            return self.finish(format_html("{} er annulleret.", self.name()))
        to = self.credit_note_to()
        return self.finish(format_html("{} er annulleret. {} sendes til {}.", self.name(), credit_note.title, to))

    def _is_set_aside(self) -> bool:
        """Whether money has come that does not fit and that nobody has decided about."""
        return self.order.action_items.waiting().filter(kind=ActionKind.MISMATCH).exists()

    def _cancelled_before(self, state: str) -> str:
        if state != OrderState.CANCELLED:
            return ""
        return format_html("{} var allerede annulleret.", self.name())
