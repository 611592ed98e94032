"""The office's screens for what is sold. `billing.admin.site` puts them on the site."""

from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.amounts import unit_price, whole
from catalog.models import ClipType, PriceTier, Product
from catalog.money import ORE
from catalog.staff_pages import StaffAdmin


class TierForm(forms.ModelForm[PriceTier]):
    """One volume price."""

    class Meta:
        model = PriceTier
        fields = ("from_quantity", "unit_price")
        widgets: ClassVar = {
            "from_quantity": AdminIntegerFieldWidget(attrs={"aria-label": "Fra antal"}),
            "unit_price": forms.NumberInput(attrs={"aria-label": "Pris pr. enhed uden moms"}),
        }

    def clean_unit_price(self) -> Decimal:
        """Refuse to give away what is for sale."""
        price: Decimal = self.cleaned_data["unit_price"]
        if price < ORE:
            raise ValidationError("Prisen skal være mindst 0,01 kr. pr. enhed.", code="too_low")
        return price


class DeletionBox(forms.CheckboxInput):
    """The box that takes a price away, with a name of its own: the heading of the table is no label."""

    def __init__(self) -> None:
        super().__init__(attrs={"aria-label": "Slet pristrinnet"})


class TierFormSet(BaseInlineFormSet[PriceTier, Product, forms.ModelForm[PriceTier]]):
    """All volume prices of a product, held against each other."""

    deletion_widget = DeletionBox

    def clean(self) -> None:
        """Refuse a price list that starts too late, or on which more cost more a unit."""
        super().clean()
        if any(self.errors):
            return
        typed = (form.cleaned_data for form in self.forms)
        tiers = sorted((row["from_quantity"], row["unit_price"]) for row in typed if row and not row.get("DELETE"))
        least = self.instance.minimum_quantity
        if tiers and least is not None and tiers[0][0] > least:
            raise ValidationError(f"Det første pristrin skal gælde fra varens mindste antal ({whole(least)}).")
        for (fewer, price), (more, higher) in pairwise(tiers):
            if higher > price:
                raise ValidationError(
                    f"Fra {whole(more)} koster en enhed {unit_price(higher)}, men fra {whole(fewer)} kun "
                    f"{unit_price(price)} Et større antal må ikke koste mere pr. enhed."
                )


class TierInline(admin.TabularInline[PriceTier, Product]):
    """The volume prices, on the product's own page."""

    model = PriceTier
    form = TierForm
    formset = TierFormSet
    extra = 1


class ProductAdmin(StaffAdmin[Product]):
    """Products with their prices. What was sold keeps the price it had: order lines are copies."""

    inlines = (TierInline,)
    empty_value_display = "support"
    list_display = ("name", "clip_type", "prices", "minimum", "vat_rate", "position", "is_active")
    list_filter = ("is_active", "clip_type")
    list_select_related = ("clip_type",)
    search_fields = ("name", "description")
    search_help_text = "Navn, eller et ord i beskrivelsen"
    fieldsets = (
        (None, {"fields": ("name", "description", ("unit", "clip_type"), ("position", "is_active"))}),
        ("Antal og moms", {"fields": (("minimum_quantity", "maximum_quantity"), "vat_rate")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """Read the prices of all products of the list at once."""
        return super().get_queryset(request).prefetch_related("tiers")

    @admin.display(description="priser uden moms")
    def prices(self, product: Product) -> str:
        """Return one tier a line: `fra 500: 1,95 kr.`."""
        tiers = ((whole(tier.from_quantity), unit_price(tier.unit_price)) for tier in product.tiers.all())
        return format_html_join(SafeString("<br>"), "fra {}: {}", tiers)

    @admin.display(description="mindste antal", ordering="minimum_quantity")
    def minimum(self, product: Product) -> str:
        """Return the smallest quantity with its unit."""
        return f"{whole(product.minimum_quantity)} {product.unit}"


class ClipTypeAdmin(StaffAdmin[ClipType]):
    """Clip types and how long their clips last."""

    search_fields = ("name", "code")
    search_help_text = "Navn eller kode"
    list_display = ("name", "code", "short_validity_months", "long_validity_months", "long_validity_above")

    def get_readonly_fields(self, request: HttpRequest, obj: ClipType | None = None) -> Any:
        """Keep the code as it was: other systems know the type by it."""
        return ("code",) if obj is not None else ()
