"""Tries at paying an order by card, and what Stripe told about them. Only `billing.services` writes these rows."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models.orders import Order


class CardType(models.TextChoices):
    """What the member means to pay with. Chosen before Stripe's page, which then takes nothing else."""

    VISA = "visa", _("Visa/Dankort")
    MASTERCARD = "mastercard", _("Mastercard")
    AMERICAN_EXPRESS = "american_express", _("American Express")
    MOBILEPAY = "mobilepay", _("MobilePay")


class AttemptState(models.TextChoices):
    """Where a try at paying stands."""

    CREATING = "creating", "Oprettes hos Stripe"
    OPEN = "open", "Åben"
    PENDING = "pending", "Afventer udfald"
    PAID = "paid", "Betalt"
    EXPIRED = "expired", "Udløbet"
    FAILED = "failed", "Mislykket"
    SET_ASIDE = "set_aside", "Kræver handling"


# What can still become money without anybody in the office.
UNDECIDED = (AttemptState.CREATING, AttemptState.OPEN, AttemptState.PENDING)
_SURELY_DECIDED = timedelta(hours=1)


class PaymentAttemptQuerySet(models.QuerySet["PaymentAttempt"]):
    """Attempts in the words of the shop."""

    def undecided(self) -> Self:
        """Keep those that may still be paid."""
        return self.filter(state__in=UNDECIDED)

    def to_look_at(self, now: datetime) -> Self:
        """Keep the undecided whose turn it is to be asked about at Stripe, the longest waiting first."""
        return self.undecided().filter(next_look_at__lte=now).order_by("next_look_at")

    def long_over(self, now: datetime) -> Self:
        """Keep the undecided whose page closed an hour ago or more: Stripe should have told how they ended."""
        return self.undecided().filter(expires_at__lt=now - _SURELY_DECIDED)


class PaymentAttempt(models.Model):
    """One try at paying one order. What is sent to Stripe is frozen here, so that a repeated call is the same call."""

    order = models.ForeignKey(Order, verbose_name="bestilling", on_delete=models.PROTECT, related_name="attempts")
    card_type = models.CharField("korttype", max_length=20, choices=CardType.choices)
    state = models.CharField("status", max_length=20, choices=AttemptState.choices)
    key = models.UUIDField("nøgle", unique=True)
    parameters = models.JSONField("sendt til Stripe")
    session_id = models.CharField("Stripes id", max_length=100, unique=True, null=True, blank=True)
    payment_intent_id = models.CharField("Stripes betalings-id", max_length=100, blank=True, default="")
    url = models.CharField("betalingsside", max_length=2000, blank=True, default="")
    expires_at = models.DateTimeField("udløber")
    created_at = models.DateTimeField("påbegyndt")
    started_by = models.ForeignKey(User, verbose_name="af", on_delete=models.PROTECT, related_name="+")
    next_look_at = models.DateTimeField("spørges om igen")
    closed_at = models.DateTimeField("afgjort", null=True, blank=True)
    stripe_said = models.CharField("Stripe svarede", max_length=500, blank=True, default="")

    objects = PaymentAttemptQuerySet.as_manager()

    class Meta:
        verbose_name = "betalingsforsøg"
        verbose_name_plural = "betalingsforsøg"
        ordering = ("-created_at", "-pk")
        indexes: ClassVar = [
            models.Index(name="attempt_state_look", fields=["state", "next_look_at"]),
            models.Index(name="attempt_payment_intent", fields=["payment_intent_id"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="an_order_has_one_undecided_attempt",
                fields=["order"],
                condition=Q(state__in=["creating", "open", "pending"]),
            ),
            models.CheckConstraint(
                name="an_attempt_that_was_opened_has_a_session",
                condition=Q(state__in=["creating", "failed", "expired"]) | Q(session_id__isnull=False),
            ),
            models.CheckConstraint(name="session_id_is_not_empty", condition=~Q(session_id="")),
            models.CheckConstraint(
                name="a_decided_attempt_says_when",
                condition=(
                    Q(state__in=["creating", "open", "pending"], closed_at__isnull=True)
                    | (~Q(state__in=["creating", "open", "pending"]) & Q(closed_at__isnull=False))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_card_type_display()} for bestilling {self.order_id}"


class StripeEvent(models.Model):
    """One event that Stripe told of and the shop has acted on. Its id is unique: what comes again changes nothing."""

    append_only = True

    event_id = models.CharField("Stripes id", max_length=100, unique=True)
    type = models.CharField("hændelse", max_length=100)
    object_id = models.CharField("om", max_length=100, blank=True, default="")
    attempt = models.ForeignKey(
        PaymentAttempt,
        verbose_name="betalingsforsøg",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stripe_events",
    )
    happened_at = models.DateTimeField("skete")
    received_at = models.DateTimeField("modtaget", auto_now_add=True)
    outcome = models.CharField("udfald", max_length=40, blank=True, default="")

    class Meta:
        verbose_name = "hændelse fra Stripe"
        verbose_name_plural = "hændelser fra Stripe"
        ordering = ("received_at", "pk")
        constraints: ClassVar = [models.CheckConstraint(name="event_id_is_not_empty", condition=~Q(event_id=""))]

    def __str__(self) -> str:
        return f"{self.type} ({self.event_id})"


class ActionKind(models.TextChoices):
    """Why the office must look at an order's money."""

    SURPLUS = "surplus", "Overskydende beløb"
    MISMATCH = "mismatch", "Beløb eller oplysninger stemmer ikke"
    STRIPE_NOTICE = "stripe_notice", "Besked fra Stripe"


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    """Action items in the words of the shop."""

    def waiting(self) -> Self:
        """Keep those that nobody has handled yet, the oldest first."""
        return self.filter(handled_at=None).order_by("created_at", "pk")


class ActionItem(models.Model):
    """Something about an order's money that a person must decide. It stays in the queue until somebody has."""

    order = models.ForeignKey(Order, verbose_name="bestilling", on_delete=models.PROTECT, related_name="action_items")
    kind = models.CharField("art", max_length=20, choices=ActionKind.choices)
    key = models.CharField("nøgle", max_length=160, unique=True)
    what = models.CharField("hvad", max_length=500)
    created_at = models.DateTimeField("opstået", auto_now_add=True)
    handled_at = models.DateTimeField("håndteret", null=True, blank=True)
    handled_by = models.ForeignKey(
        User,
        verbose_name="håndteret af",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    handled_note = models.CharField("hvad blev der gjort", max_length=300, blank=True, default="")

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        verbose_name = "sag, der kræver handling"
        verbose_name_plural = "sager, der kræver handling"
        ordering = ("created_at", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_handled_item_says_by_whom_and_how",
                condition=(
                    Q(handled_at=None, handled_by=None, handled_note="")
                    | (Q(handled_at__isnull=False, handled_by__isnull=False) & ~Q(handled_note=""))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: bestilling {self.order_id}"
