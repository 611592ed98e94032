"""What a member ordered and what was paid for it. Only `billing.services` writes these rows."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from accounts.validators import single_line
from billing.models.seller import TermsOfSale
from catalog.models import ClipType, Product
from catalog.money import MoneyField, UnitPriceField


class OrderState(models.TextChoices):
    """Where an order is in its life."""

    AWAITING_PAYMENT = "awaiting_payment", _("Afventer betaling")
    PAID = "paid", _("Betalt")
    CANCELLED = "cancelled", _("Annulleret")


class PaymentMethod(models.TextChoices):
    """How a member pays."""

    CARD = "card", _("Betalingskort")
    BANK_TRANSFER = "bank_transfer", _("Kontooverførsel")


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders in the words of the shop."""

    def of_company(self, company: Company) -> Self:
        """Keep the company's own orders. An unpaid card order is not one yet: it has no document, or never will."""
        unfinished_card = Q(payment_method=PaymentMethod.CARD) & ~Q(state=OrderState.PAID)
        return self.filter(company=company).exclude(unfinished_card)

    def years(self) -> list[int]:
        """Return the years (in Copenhagen) in which orders were placed, the newest first."""
        ends = self.order_by().aggregate(first=Min("placed_at"), last=Max("placed_at"))
        if ends["first"] is None:
            return []
        first, last = (timezone.localtime(end).year for end in (ends["first"], ends["last"]))
        # A year at a time by the index, not by a look at each order.
        placed = {f"in_{year}": Exists(self.filter(placed_at__year=year)) for year in range(last, first - 1, -1)}
        found = Company.objects.order_by().values(**placed)[0]
        return [int(name.removeprefix("in_")) for name, there in found.items() if there]

    def awaiting_card(self) -> Self:
        """Keep the orders that a card could still pay, the newest first: no invoice yet, and none when nobody pays."""
        return self.filter(state=OrderState.AWAITING_PAYMENT, payment_method=PaymentMethod.CARD)

    def awaiting_transfer(self) -> Self:
        """Keep the orders whose bank transfer has not been registered yet, the oldest first."""
        return self.filter(
            state=OrderState.AWAITING_PAYMENT,
            payment_method=PaymentMethod.BANK_TRANSFER,
        ).order_by("placed_at")


class Order(models.Model):
    """One purchase of a company. Amounts are kroner. What was agreed never changes, nor do its lines."""

    may_change = ("state", "paid_at", "cancelled_at")

    company = models.ForeignKey(Company, verbose_name="medlem", on_delete=models.PROTECT, related_name="orders")
    placed_by = models.ForeignKey(User, verbose_name="bestilt af", on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField("bestilt")
    placement_key = models.UUIDField("afsendelsesnøgle", unique=True)
    state = models.CharField("status", max_length=20, choices=OrderState.choices)
    payment_method = models.CharField("betalingsmåde", max_length=20, choices=PaymentMethod.choices)
    purchase_order_number = models.CharField(
        "rekvisitionsnr.",
        max_length=40,
        blank=True,
        default="",
        validators=[single_line],
    )
    terms = models.ForeignKey(
        TermsOfSale,
        verbose_name="accepterede salgsbetingelser",
        on_delete=models.PROTECT,
        related_name="orders",
    )
    net = MoneyField("beløb uden moms")
    vat = MoneyField("moms")
    total = MoneyField("i alt med moms")
    paid_at = models.DateTimeField("betalt", null=True, blank=True)
    cancelled_at = models.DateTimeField("annulleret", null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = "bestilling"
        verbose_name_plural = "bestillinger"
        ordering = ("-placed_at", "-pk")
        indexes: ClassVar = [
            models.Index(
                name="order_company_placed", fields=["company", "-placed_at", "-id", "state", "payment_method"]
            ),
            models.Index(name="order_state_placed", fields=["state", "placed_at"]),
            models.Index(name="order_newest", fields=["-placed_at", "-id"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="order_total_is_net_plus_vat",
                condition=Q(total=F("net") + F("vat")),
            ),
            models.CheckConstraint(
                name="order_times_follow_its_state",
                condition=(
                    Q(
                        state="awaiting_payment",
                        paid_at__isnull=True,
                        cancelled_at__isnull=True,
                    )
                    | Q(state="paid", paid_at__isnull=False, cancelled_at__isnull=True)
                    | Q(
                        state="cancelled",
                        paid_at__isnull=True,
                        cancelled_at__isnull=False,
                    )
                ),
            ),
            models.CheckConstraint(
                name="payment_method_is_known",
                condition=Q(payment_method__in=["card", "bank_transfer"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Bestilling {self.pk}"

    @property
    def number(self) -> str:
        """The order's number as people see it."""
        return str(self.pk)

    @property
    def awaits_transfer(self) -> bool:
        """Whether the shop waits for the company's bank transfer."""
        return self.state == OrderState.AWAITING_PAYMENT and self.payment_method == PaymentMethod.BANK_TRANSFER


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    """Order lines in the words of the shop."""

    def to_be_performed(self) -> Self:
        """Keep paid support that staff have not carried out yet, the longest paid first."""
        return self.filter(clip_type=None, performed_at=None, order__state=OrderState.PAID).order_by("order__paid_at")


class OrderLine(models.Model):
    """One product of an order, with everything about it copied from the catalogue when it was ordered."""

    may_change = ("credited_quantity", "performed_at", "performed_by", "performed_note")

    order = models.ForeignKey(Order, verbose_name="bestilling", on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField("nr.")
    product = models.ForeignKey(
        Product,
        verbose_name="vare",
        on_delete=models.PROTECT,
        related_name="order_lines",
    )
    clip_type = models.ForeignKey(
        ClipType,
        verbose_name="kliptype",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="order_lines",
    )
    name = models.CharField("navn", max_length=120)
    unit = models.CharField("enhed", max_length=20)
    quantity = models.PositiveIntegerField("antal")
    minimum_quantity = models.PositiveIntegerField("mindste antal")
    unit_price = UnitPriceField("pris pr. enhed uden moms")
    vat_rate = models.DecimalField("momssats (%)", max_digits=5, decimal_places=2)
    net = MoneyField("beløb uden moms")
    credited_quantity = models.PositiveIntegerField("krediteret antal", default=0)
    performed_at = models.DateTimeField("udført", null=True, blank=True)
    performed_by = models.ForeignKey(
        User,
        verbose_name="udført af",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    performed_note = models.CharField("bemærkning", max_length=200, blank=True, default="")

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = "bestillingslinje"
        verbose_name_plural = "bestillingslinjer"
        ordering = ("order", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(name="order_lines_are_numbered", fields=["order", "position"]),
            models.CheckConstraint(
                name="quantity_reaches_the_minimum",
                condition=Q(minimum_quantity__gte=1, quantity__gte=F("minimum_quantity")),
            ),
            models.CheckConstraint(
                name="no_more_is_credited_than_was_sold",
                condition=Q(credited_quantity__lte=F("quantity")),
            ),
            models.CheckConstraint(
                name="only_support_is_performed",
                condition=Q(performed_at=None) | Q(clip_type=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.unit} {self.name}"


class Payment(models.Model):
    """Money that came in, in kroner with VAT. The `key` names its source, so that the same money counts once."""

    append_only = True

    order = models.ForeignKey(
        Order,
        verbose_name="bestilling",
        on_delete=models.PROTECT,
        related_name="payments",
    )
    method = models.CharField("betalingsmåde", max_length=20, choices=PaymentMethod.choices)
    amount = MoneyField("beløb")
    received_on = models.DateField("bogført i banken")
    key = models.CharField("nøgle", max_length=120, unique=True)
    is_surplus = models.BooleanField("overskydende", default=False)
    registered_by = models.ForeignKey(
        User,
        verbose_name="registreret af",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    note = models.CharField("bemærkning", max_length=200, blank=True, default="")
    created_at = models.DateTimeField("registreret", auto_now_add=True)

    class Meta:
        verbose_name = "indbetaling"
        verbose_name_plural = "indbetalinger"
        ordering = ("-created_at", "-pk")
        constraints: ClassVar = [
            models.CheckConstraint(name="payment_is_more_than_nothing", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="payment_key_is_not_empty", condition=~Q(key="")),
            models.UniqueConstraint(
                name="an_order_is_settled_by_one_payment",
                fields=["order"],
                condition=Q(is_surplus=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} kr. for bestilling {self.order_id}"


class OrderEventKind(models.TextChoices):
    """What happened to an order after it was placed."""

    PAID = "paid", "Betalt"
    SURPLUS = "surplus", "Overskydende beløb modtaget"
    CANCELLED = "cancelled", "Annulleret"
    PERFORMED = "performed", "Udført"
    HANDLED = "handled", "Sag håndteret"


class OrderEvent(models.Model):
    """Who did what to an order, when and why. Written once."""

    append_only = True

    order = models.ForeignKey(
        Order,
        verbose_name="bestilling",
        on_delete=models.PROTECT,
        related_name="events",
    )
    kind = models.CharField("hændelse", max_length=20, choices=OrderEventKind.choices)
    actor = models.ForeignKey(
        User,
        verbose_name="af",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    note = models.CharField("hvorfor", max_length=300, blank=True, default="")
    created_at = models.DateTimeField("hvornår", auto_now_add=True)

    class Meta:
        verbose_name = "hændelse"
        verbose_name_plural = "hændelser"
        ordering = ("created_at", "pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: bestilling {self.order_id}"
