"""What is sold: clip types, products and their volume prices. All of it is data that staff change in admin."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from catalog.money import UnitPriceField


class ClipType(models.Model):
    """A kind of prepaid credit, and how long it lasts (terms of sale: 12 months, 24 above 5,000 in one order)."""

    code = models.SlugField("kode", unique=True)
    name = models.CharField("navn", max_length=80, unique=True)
    short_validity_months = models.PositiveSmallIntegerField("gyldighed (måneder)", default=12)
    long_validity_months = models.PositiveSmallIntegerField("lang gyldighed (måneder)", default=24)
    long_validity_above = models.PositiveIntegerField(
        "lang gyldighed ved mere end",
        default=5000,
        help_text="Antal klip i én bestilling.",
    )

    class Meta:
        verbose_name = "kliptype"
        verbose_name_plural = "kliptyper"
        ordering = ("name",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="clip_type_validity_is_at_least_a_month",
                condition=Q(
                    short_validity_months__gte=1,
                    long_validity_months__gte=F("short_validity_months"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def validity_months(self, quantity: int) -> int:
        """Return how many months `quantity` clips of this type in one order last."""
        return self.long_validity_months if quantity > self.long_validity_above else self.short_validity_months


class Product(models.Model):
    """Something that a member can order: clips of one type, or support."""

    name = models.CharField("navn", max_length=120, unique=True)
    description = models.TextField("beskrivelse", blank=True)
    unit = models.CharField("enhed", max_length=20, default="stk.")
    clip_type = models.ForeignKey(
        ClipType, verbose_name="kliptype", on_delete=models.PROTECT, null=True, blank=True, related_name="products",
        help_text="Tom: ydelsen er support og tildeler ingen klip.",
    )  # fmt: skip
    minimum_quantity = models.PositiveIntegerField("mindste antal", default=1, validators=[MinValueValidator(1)])
    maximum_quantity = models.PositiveIntegerField("største antal", default=1_000_000)
    vat_rate = models.DecimalField(
        "momssats (%)", max_digits=5, decimal_places=2, default=Decimal(25),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )  # fmt: skip
    position = models.PositiveSmallIntegerField("rækkefølge", default=100)
    is_active = models.BooleanField("til salg", default=True)

    class Meta:
        verbose_name = "vare"
        verbose_name_plural = "varer"
        ordering = ("position", "name")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="product_quantities_run_upwards_from_one",
                condition=Q(minimum_quantity__gte=1, maximum_quantity__gte=F("minimum_quantity")),
            ),
            models.CheckConstraint(
                name="product_vat_rate_is_a_percentage",
                condition=Q(vat_rate__range=(0, 100)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_clips(self) -> bool:
        """Whether a purchase posts clips to an account."""
        return self.clip_type_id is not None


class PriceTier(models.Model):
    """From this quantity on, the whole line costs this much a unit (kroner without VAT)."""

    product = models.ForeignKey(Product, verbose_name="vare", on_delete=models.CASCADE, related_name="tiers")
    from_quantity = models.PositiveIntegerField("fra antal", validators=[MinValueValidator(1)])
    unit_price = UnitPriceField("pris pr. enhed uden moms")

    class Meta:
        verbose_name = "pristrin"
        verbose_name_plural = "pristrin"
        ordering = ("from_quantity",)
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_price_for_a_quantity", fields=["product", "from_quantity"]),
            models.CheckConstraint(name="tier_starts_at_one_or_more", condition=Q(from_quantity__gte=1)),
            models.CheckConstraint(name="unit_price_is_not_negative", condition=Q(unit_price__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.product} fra {self.from_quantity}"
