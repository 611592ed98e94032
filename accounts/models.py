"""Who: member companies and the people who log on for them. And their clips: one account for each clip type."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.validators import (
    danish_cvr,
    danish_postal_code,
    global_location_number,
    single_line,
)
from catalog.models import ClipType

# How many days before their last one clips are said to expire soon.
_SOON = 60


class Company(models.Model):
    """A member: a Danish company, known by its CVR number."""

    name = models.CharField("navn", max_length=120, validators=[single_line])
    cvr = models.CharField("CVR-nr.", max_length=8, unique=True, validators=[danish_cvr])
    address = models.CharField("adresse", max_length=120, validators=[single_line])
    postal_code = models.CharField("postnr.", max_length=4, validators=[danish_postal_code])
    city = models.CharField("by", max_length=60, validators=[single_line])
    ean = models.CharField(
        "EAN-nr. (GLN)",
        max_length=13,
        blank=True,
        default="",
        validators=[global_location_number],
    )
    administrative_email = models.EmailField(
        "administrativ e-mail",
        validators=[single_line],
        help_text="Hertil sendes kvitteringer og bekræftelser på indbetalinger.",
    )
    invoice_email = models.EmailField(
        "faktura-e-mail",
        validators=[single_line],
        help_text=(
            "Hertil sendes kreditnotaer samt fakturaer ved kontooverførsel. "
            "Ved betaling med kort sendes kvitteringen til den administrative e-mail."
        ),
    )
    purchase_order_number = models.CharField(
        "fast rekvisitionsnr.", max_length=40, blank=True, default="", validators=[single_line],
        help_text="Foreslås ved hver bestilling og trykkes på fakturaen.",
    )  # fmt: skip
    created_at = models.DateTimeField("oprettet", auto_now_add=True)

    class Meta:
        verbose_name = "medlem"
        verbose_name_plural = "medlemmer"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person may do for the company."""

    ADMINISTRATOR = "administrator", "Administrator"
    BUYER = "buyer", "Indkøber"
    READER = "reader", "Læser"


class UserManager(DjangoUserManager["User"]):
    """Users, found by name in whichever case it is typed."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find the user by name, in whichever case it is typed."""
        return self.get(username__iexact=username)


class User(AbstractUser):
    """A person who logs on: for one company, or as staff."""

    company = models.ForeignKey(
        Company,
        verbose_name="medlem",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
    )
    role = models.CharField("rolle", max_length=20, choices=Role.choices, default=Role.READER)

    objects: ClassVar[UserManager] = UserManager()

    class Meta(AbstractUser.Meta):
        verbose_name = "bruger"
        verbose_name_plural = "brugere"
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("username"), name="user_names_differ_by_more_than_case"),
            models.CheckConstraint(
                name="a_user_is_staff_or_belongs_to_a_company",
                condition=Q(is_staff=True) | Q(company__isnull=False),
            ),
            models.CheckConstraint(
                name="user_role_is_known",
                condition=Q(role__in=["administrator", "buyer", "reader"]),
            ),
        ]

    @property
    def may_buy(self) -> bool:
        """Whether the person may place orders for the company."""
        return self.company_id is not None and self.role in {
            Role.ADMINISTRATOR,
            Role.BUYER,
        }

    @property
    def has_clip_account(self) -> bool:
        """Whether the company may have clips: known of the person of a session, taken for granted of others."""
        return bool(getattr(self, "clip_account_exists", True))

    @property
    def may_administer(self) -> bool:
        """Whether the person may change the company's addresses."""
        return self.company_id is not None and self.role == Role.ADMINISTRATOR


class ClipAccount(models.Model):
    """One company's clips of one type. Only `accounts.ledger` writes it."""

    company = models.ForeignKey(
        Company,
        verbose_name="medlem",
        on_delete=models.PROTECT,
        related_name="clip_accounts",
    )
    clip_type = models.ForeignKey(
        ClipType,
        verbose_name="kliptype",
        on_delete=models.PROTECT,
        related_name="clip_accounts",
    )
    balance = models.PositiveIntegerField("saldo", default=0)
    expires_on = models.DateField("gælder til og med", null=True, blank=True)
    last_seq = models.PositiveIntegerField("seneste løbenr.", default=0)

    class Meta:
        verbose_name = "klipkonto"
        verbose_name_plural = "klipkonti"
        ordering = ("clip_type__name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_account_for_company_and_clip_type",
                fields=["company", "clip_type"],
            ),
            models.CheckConstraint(name="balance_is_never_negative", condition=Q(balance__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.company}: {self.clip_type}"

    @property
    def usable_balance(self) -> int:
        """The clips that can be used today: none after the last day, also before the expiry has been posted."""
        has_expired = self.expires_on is not None and self.expires_on < timezone.localdate()
        return 0 if has_expired else self.balance

    @property
    def expires_soon(self) -> bool:
        """Whether there are clips that can be used for 60 more days at most."""
        if self.expires_on is None or not self.usable_balance:
            return False
        return (self.expires_on - timezone.localdate()).days <= _SOON


class EntryKind(models.TextChoices):
    """Why a balance changed."""

    PURCHASE = "purchase", _("Køb")
    USE = "use", _("Forbrug")
    REVERSAL = "reversal", _("Tilbageførsel")
    EXPIRY = "expiry", _("Udløb")


class ClipEntry(models.Model):
    """One change of an account's balance. Written once by `accounts.ledger.post_entry`, never changed."""

    append_only = True

    account = models.ForeignKey(
        ClipAccount,
        verbose_name="konto",
        on_delete=models.PROTECT,
        related_name="entries",
    )
    seq = models.PositiveIntegerField("løbenr.")
    kind = models.CharField("art", max_length=20, choices=EntryKind.choices)
    delta = models.IntegerField("ændring")
    balance_after = models.PositiveIntegerField("saldo efter")
    valid_until = models.DateField("gælder til og med", null=True, blank=True)
    reverses = models.ForeignKey(
        "self",
        verbose_name="tilbagefører",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversals",
    )
    key = models.CharField("nøgle", max_length=100, unique=True)
    event_at = models.DateTimeField("tidspunkt")
    created_at = models.DateTimeField("bogført", auto_now_add=True)
    actor = models.ForeignKey(
        User,
        verbose_name="af",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    note = models.CharField("tekst", max_length=200, blank=True, default="")

    class Meta:
        verbose_name = "klippostering"
        verbose_name_plural = "klipposteringer"
        ordering = ("account", "-seq")
        # For the chart of the balance and the entries of a period, which do not read an account from its beginning.
        indexes: ClassVar = [models.Index(name="entries_of_account_by_time", fields=["account", "event_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(name="entries_of_an_account_are_numbered", fields=["account", "seq"]),
            models.CheckConstraint(name="entry_numbers_start_at_one", condition=Q(seq__gte=1)),
            models.CheckConstraint(name="entry_key_is_not_empty", condition=~Q(key="")),
            models.CheckConstraint(
                name="balance_after_is_never_negative",
                condition=Q(balance_after__gte=0),
            ),
            models.CheckConstraint(
                name="entry_direction_follows_its_kind",
                condition=(
                    Q(kind="purchase", delta__gt=0, valid_until__isnull=False)
                    | Q(kind__in=["use", "reversal", "expiry"], delta__lt=0, valid_until__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="a_reversal_names_a_purchase_and_only_a_reversal_does",
                condition=Q(kind="reversal", reverses__isnull=False) | (~Q(kind="reversal") & Q(reverses__isnull=True)),
            ),
            models.CheckConstraint(
                name="first_entry_starts_from_nothing",
                condition=~Q(seq=1) | Q(balance_after=F("delta")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} nr. {self.seq}"

    @property
    def note_in_words(self) -> str:
        """The note in the reader's language: the ledger keeps it in Danish, as words or as words and a number."""
        words, _space, number = self.note.rpartition(" ")
        if words and number.isdecimal():
            return f"{gettext(words)} {number}"
        return gettext(self.note) if self.note else ""
