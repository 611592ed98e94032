"""The office's screens for what is sold. `billing.admin.site` puts them on the site."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.amounts import unit_price, whole
from catalog.models import ClipType, PriceTier, Product
from catalog.staff_pages import StaffAdmin


class TierInline(admin.TabularInline[PriceTier, Product]):
    """The volume prices, on the product's own page."""

    model = PriceTier
    extra = 1


class ProductAdmin(StaffAdmin[Product]):
    """Products with their prices. What was sold keeps the price it had: order lines are copies."""

    inlines = (TierInline,)
    list_display = ("name", "clip_type", "prices", "minimum", "vat_rate", "position", "is_active")
    list_filter = ("is_active", "clip_type")
    list_select_related = ("clip_type",)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "description", ("unit", "clip_type"), ("position", "is_active"))}),
        ("Antal og moms", {"fields": (("minimum_quantity", "maximum_quantity"), "vat_rate")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        """Read the prices of all products of the list at once."""
        return super().get_queryset(request).prefetch_related("tiers")

    @admin.display(description="priser uden moms")
    def prices(self, product: Product) -> str:
        """Return the tiers in one line: `2,50 kr. · 2,25 kr. fra 1.000`."""
        tiers = list(product.tiers.all())
        rest = (f"{unit_price(tier.unit_price)} fra {whole(tier.from_quantity)}" for tier in tiers[1:])
        return " · ".join([*(unit_price(tier.unit_price) for tier in tiers[:1]), *rest])

    @admin.display(description="mindste antal", ordering="minimum_quantity")
    def minimum(self, product: Product) -> str:
        """Return the smallest quantity with its unit."""
        return f"{whole(product.minimum_quantity)} {product.unit}"


class ClipTypeAdmin(StaffAdmin[ClipType]):
    """Clip types and how long their clips last."""

    list_display = ("name", "code", "short_validity_months", "long_validity_months", "long_validity_above")

    def get_readonly_fields(self, request: HttpRequest, obj: ClipType | None = None) -> Any:
        """Keep the code as it was: other systems know the type by it."""
        return ("code",) if obj is not None else ()
