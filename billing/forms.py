"""Forms for paying."""

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import CardType


class PayForm(forms.Form):
    """What the member means to pay with at Stripe."""

    card_type = forms.ChoiceField(
        label=_("Vælg korttype"),
        choices=CardType.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Vælg, hvad du vil betale med.")},
    )
