"""Forms for shopping."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from accounts.validators import single_line
from billing.models import PaymentMethod, TermsOfSale
from catalog.amounts import whole
from catalog.models import Product
from catalog.quantities import BadQuantity, check_quantity, parse_quantity
from catalog.units import unit_in_words


class QuantityForm(forms.Form):
    """How many of one product: "Antal", with the minimum beside it."""

    quantity = forms.CharField(
        label=_("Antal"),
        max_length=40,
        strip=False,
        error_messages={"required": _("Skriv et antal.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_%s_{product.pk}")
        super().__init__(*args, **kwargs)
        self.product = product
        if product.minimum_quantity > 1:
            self.fields["quantity"].help_text = _("min. %(minimum)s %(unit)s") % {
                "minimum": whole(product.minimum_quantity),
                "unit": unit_in_words(product.unit),
            }

    def clean_quantity(self) -> int:
        """Return the whole number; an error names what is wrong, and the field keeps what was typed."""
        try:
            quantity = parse_quantity(self.cleaned_data["quantity"])
            check_quantity(self.product, quantity)
        except BadQuantity as refusal:
            raise ValidationError(str(refusal), code="quantity") from None
        return quantity


class CartQuantityForm(QuantityForm):
    """How many of one line: the cart's page has one form over all of them, so the field's name holds the product."""

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, product=product, auto_id="id_%s", **kwargs)

    def add_prefix(self, field_name: str) -> str:
        """Return the field's name in the page's form: `quantity_7`."""
        return f"{field_name}_{self.product.pk}"


class ReviewForm(forms.Form):
    """The checkout page: how to pay, the terms, and the buyer's own reference."""

    payment_method = forms.ChoiceField(
        label=_("Hvordan vil du betale?"),
        choices=[
            (PaymentMethod.CARD.value, _("Betal med betalingskort")),
            (PaymentMethod.BANK_TRANSFER.value, _("Betal via kontooverførsel")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Vælg, hvordan du vil betale.")},
    )
    purchase_order_number = forms.CharField(
        label=_("Rekvisitionsnr."),
        max_length=40,
        required=False,
        validators=[single_line],
        help_text=_("Trykkes på fakturaen."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    accept_terms = forms.BooleanField(
        label=_("Jeg accepterer TrueLinks salgsbetingelser"),
        error_messages={"required": _("Du skal acceptere salgsbetingelserne for at afsende bestillingen.")},
    )
    placement_key = forms.UUIDField(widget=forms.HiddenInput)
    quote = forms.CharField(widget=forms.HiddenInput)
    terms = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def fresh(cls, *, key: str, company: Company, quote: str, terms: TermsOfSale) -> "ReviewForm":
        """Return the form as it is first shown: with the cart's key, so that sending it twice is one order."""
        initial = {
            "placement_key": key,
            "quote": quote,
            "terms": terms.pk,
            "purchase_order_number": company.purchase_order_number,
        }
        return cls(initial=initial)

    def shown_again(self, *, key: str, quote: str, terms: TermsOfSale) -> "ReviewForm":
        """Return the form with what was typed, but today's prices and terms, and nothing agreed to."""
        initial = {
            "placement_key": key,
            "quote": quote,
            "terms": terms.pk,
            "payment_method": self.data.get("payment_method"),
            "purchase_order_number": self.data.get("purchase_order_number"),
        }
        return ReviewForm(initial=initial)
