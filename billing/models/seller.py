"""Who sells, and on which terms: data that staff change in admin."""

from typing import Any, ClassVar, TypedDict

from django.core.cache import caches
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q, Subquery
from django_stubs_ext import WithAnnotations

from accounts.validators import danish_cvr, danish_postal_code, single_line
from billing.validators import account_number, creditor_number, registration_number

_CACHE_KEY = "seller"


class CurrentTerms(TypedDict):
    """What `current` reads beside the seller: the id of the terms of sale that hold now, None before the first."""

    current_terms_id: int | None


class SellerManager(models.Manager["Seller"]):
    """The one row, as it is now and as pages show it."""

    def current(self) -> "WithAnnotations[Seller, CurrentTerms] | None":
        """Read the seller with the terms that hold now, in one query; None before the shop is set up."""
        newest = TermsOfSale.objects.order_by("-pk").values("pk")[:1]
        return self.annotate(current_terms_id=Subquery(newest, output_field=models.BigIntegerField(null=True))).first()

    def for_pages(self) -> "Seller | None":
        """Return the seller for header and footer: may be half a minute old, costs a query now and then only."""
        seller: Seller | None = caches["process"].get_or_set(_CACHE_KEY, self.first)
        return seller


class Seller(models.Model):
    """The company that sells (TrueLink): what stands on invoices, in the footer and in mails. There is one row."""

    name = models.CharField("navn", max_length=120, validators=[single_line])
    cvr = models.CharField("CVR-nr.", max_length=8, validators=[danish_cvr])
    address = models.CharField("adresse", max_length=120, validators=[single_line])
    postal_code = models.CharField("postnr.", max_length=4, validators=[danish_postal_code])
    city = models.CharField("by", max_length=60, validators=[single_line])
    email = models.EmailField("kundecenterets e-mail", validators=[single_line])
    phone = models.CharField("telefon", max_length=20, blank=True, default="", validators=[single_line])
    bank_name = models.CharField("bank", max_length=60, validators=[single_line])
    bank_registration_number = models.CharField("reg.nr.", max_length=4, validators=[registration_number])
    bank_account_number = models.CharField("kontonr.", max_length=10, validators=[account_number])
    creditor_number = models.CharField("kreditornr. (FIK)", max_length=8, validators=[creditor_number])
    payment_terms_days = models.PositiveSmallIntegerField(
        "betalingsfrist (dage)", default=8, validators=[MaxValueValidator(120)]
    )

    objects = SellerManager()

    class Meta:
        verbose_name = "sælger"
        verbose_name_plural = "sælger"
        constraints: ClassVar = [models.CheckConstraint(name="there_is_one_seller", condition=Q(pk=1))]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the one row, and show it on this process's pages at once."""
        self.pk = 1
        super().save(*args, **kwargs)
        caches["process"].delete(_CACHE_KEY)


class TermsOfSale(models.Model):
    """One version of the terms of sale. The newest holds; an order keeps the version that was accepted."""

    append_only = True

    version = models.CharField("version", max_length=20, unique=True)
    text = models.TextField(
        "tekst",
        help_text="Afsnit adskilles af en tom linje. En linje, der begynder med #, er en overskrift.",
    )
    published_at = models.DateTimeField("offentliggjort", auto_now_add=True)

    class Meta:
        verbose_name = "salgsbetingelser"
        verbose_name_plural = "salgsbetingelser"
        ordering = ("-published_at", "-pk")

    def __str__(self) -> str:
        return f"Salgsbetingelser {self.version}"
