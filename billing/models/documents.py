"""Invoices and credit notes: numbered, written once, with everything that they say copied in when they are issued."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from stdnum import iban

from accounts.models import Company
from billing.models.orders import Order, PaymentMethod
from catalog.money import MoneyField, Totals, UnitPriceField, totals_of


class DocumentKind(models.TextChoices):
    """Each kind has a number series of its own."""

    INVOICE = "invoice", _("Faktura")
    CREDIT_NOTE = "credit_note", _("Kreditnota")


class NumberSeries(models.Model):
    """The counter of a number series. `billing.services.numbers` takes from it, under the row's lock."""

    kind = models.CharField("art", max_length=20, choices=DocumentKind.choices, primary_key=True)
    last_number = models.PositiveBigIntegerField("seneste nummer")
    last_issued_at = models.DateTimeField("senest udstedt", null=True, blank=True)

    class Meta:
        verbose_name = "nummerserie"
        verbose_name_plural = "nummerserier"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.last_number}"


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents in the words of the shop."""

    def without_file(self) -> Self:
        """Keep the documents whose PDF has not been made yet, the oldest first."""
        return self.exclude(files__kind=FileKind.PDF).order_by("pk")

    def of_year(self, company: Company, year: int) -> Self:
        """Keep the documents that were issued to the company in the year, as their numbers and dates run."""
        return self.filter(order__company=company, issued_on__year=year).order_by("issued_at", "pk")

    def overdue(self, on: date) -> Self:
        """Keep invoices that should have been paid before `on` and have not been."""
        return self.filter(kind=DocumentKind.INVOICE, due_on__lt=on, order__state="awaiting_payment")


class Document(models.Model):
    """An invoice or a credit note (momsbekendtgørelsen § 58). Amounts are kroner and positive in both kinds."""

    append_only = True

    kind = models.CharField("art", max_length=20, choices=DocumentKind.choices)
    number = models.PositiveBigIntegerField("nummer")
    order = models.ForeignKey(
        Order,
        verbose_name="bestilling",
        on_delete=models.PROTECT,
        related_name="documents",
    )
    credits = models.ForeignKey(
        "self",
        verbose_name="krediterer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_notes",
    )
    issued_at = models.DateTimeField("udstedt")
    issued_on = models.DateField("fakturadato")
    due_on = models.DateField("forfaldsdato", null=True, blank=True)
    payment_reference = models.CharField("betalingsreference", max_length=15, blank=True, default="")
    currency = models.CharField("valuta", max_length=3, default="DKK")
    purchase_order_number = models.CharField("rekvisitionsnr.", max_length=40, blank=True, default="")
    payment_method = models.CharField("betalingsmåde", max_length=20, choices=PaymentMethod.choices)
    reason = models.CharField("årsag", max_length=200, blank=True, default="")
    net = MoneyField("beløb uden moms")
    vat = MoneyField("moms")
    total = MoneyField("i alt med moms")

    seller_name = models.CharField("sælger", max_length=120)
    seller_cvr = models.CharField("sælgers CVR-nr.", max_length=8)
    seller_address = models.CharField("sælgers adresse", max_length=120)
    seller_postal_code = models.CharField("sælgers postnr.", max_length=4)
    seller_city = models.CharField("sælgers by", max_length=60)
    seller_email = models.EmailField("sælgers e-mail")
    seller_phone = models.CharField("sælgers telefon", max_length=20, blank=True, default="")
    seller_bank_name = models.CharField("sælgers bank", max_length=60)
    seller_bank_registration_number = models.CharField("reg.nr.", max_length=4)
    seller_bank_account_number = models.CharField("kontonr.", max_length=10)
    seller_creditor_number = models.CharField("kreditornr.", max_length=8)

    buyer_name = models.CharField("køber", max_length=120)
    buyer_cvr = models.CharField("købers CVR-nr.", max_length=8)
    buyer_address = models.CharField("købers adresse", max_length=120)
    buyer_postal_code = models.CharField("købers postnr.", max_length=4)
    buyer_city = models.CharField("købers by", max_length=60)
    buyer_ean = models.CharField("købers EAN-nr.", max_length=13, blank=True, default="")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "bilag"
        verbose_name_plural = "bilag"
        ordering = ("-issued_at", "-pk")
        # Everything that sales are added up from: the documents themselves need not be read.
        indexes: ClassVar = [models.Index(name="document_day", fields=["issued_on", "kind", "net"])]
        constraints: ClassVar = [
            models.UniqueConstraint(name="number_is_unique_in_its_series", fields=["kind", "number"]),
            models.UniqueConstraint(
                name="an_order_has_one_invoice",
                fields=["order"],
                condition=Q(kind="invoice"),
            ),
            models.UniqueConstraint(
                name="payment_reference_is_unique",
                fields=["payment_reference"],
                condition=~Q(payment_reference=""),
            ),
            models.CheckConstraint(
                name="document_total_is_net_plus_vat",
                condition=Q(total=F("net") + F("vat")),
            ),
            models.CheckConstraint(
                name="a_credit_note_credits_an_invoice",
                condition=(
                    Q(kind="invoice", credits__isnull=True, due_on__isnull=False) & ~Q(payment_reference="")
                    | Q(
                        kind="credit_note",
                        credits__isnull=False,
                        due_on__isnull=True,
                        payment_reference="",
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_invoice(self) -> bool:
        """Whether this is an invoice, not a credit note."""
        return self.kind == DocumentKind.INVOICE

    @property
    def title(self) -> str:
        """What the document is called: `Faktura 10001`."""
        return f"{self.get_kind_display()} {self.number}"

    @property
    def pdf_name(self) -> str:
        """What its PDF is called, in Danish like the PDF: `Faktura 10001.pdf`."""
        with override("da"):
            return f"{self.title}.pdf"

    @property
    def fik_line(self) -> str:
        """The payment line that Danish banks read: `+71<15 digits+8 digits<`. Empty on a credit note."""
        return f"+71<{self.payment_reference}+{self.seller_creditor_number}<" if self.payment_reference else ""

    @property
    def seller_iban(self) -> str:
        """The seller's account as an IBAN in groups of four."""
        return danish_iban(self.seller_bank_registration_number, self.seller_bank_account_number)

    @property
    def totals(self) -> Totals:
        """The sums of the document's lines, with the VAT of each rate."""
        return totals_of((line.net, line.vat_rate) for line in self.lines.all())


class Invoice(Document):
    """An invoice, for admin's list of invoices."""

    class Meta:
        proxy = True
        verbose_name = "faktura"
        verbose_name_plural = "fakturaer"


class CreditNote(Document):
    """A credit note, for admin's list of credit notes."""

    class Meta:
        proxy = True
        verbose_name = "kreditnota"
        verbose_name_plural = "kreditnotaer"


class DocumentLine(models.Model):
    """One line of a document. Amounts are kroner without VAT."""

    append_only = True
    # An invoice has a line for each line of its order, so it is full when it is issued; and none fits in beside lines
    # that add up to the document's net. Whole øre are compared: SQLite adds decimals as floats.
    refused_rows: ClassVar = {
        "a_document_has_the_lines_of_its_issue": """
            NOT EXISTS (
                SELECT 1 FROM billing_document AS document
                JOIN billing_orderline AS sold ON sold.order_id = document.order_id AND sold.position = NEW.position
                WHERE document.id = NEW.document_id AND round(document.net * 100) >= round(
                    (NEW.net + (SELECT coalesce(sum(net), 0) FROM billing_documentline WHERE document_id = document.id))
                    * 100
                )
            )
        """
    }

    document = models.ForeignKey(Document, verbose_name="bilag", on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField("nr.")
    name = models.CharField("navn", max_length=120)
    unit = models.CharField("enhed", max_length=20)
    quantity = models.PositiveIntegerField("antal")
    unit_price = UnitPriceField("pris pr. enhed")
    vat_rate = models.DecimalField("momssats (%)", max_digits=5, decimal_places=2)
    net = MoneyField("beløb")

    class Meta:
        verbose_name = "bilagslinje"
        verbose_name_plural = "bilagslinjer"
        ordering = ("document", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(name="document_lines_are_numbered", fields=["document", "position"])
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.unit} {self.name}"


class FileKind(models.TextChoices):
    """The forms in which a document is handed out."""

    PDF = "pdf", "PDF"


class DocumentFile(models.Model):
    """A document's file, made once and served for ever after byte for byte."""

    append_only = True

    document = models.ForeignKey(Document, verbose_name="bilag", on_delete=models.PROTECT, related_name="files")
    kind = models.CharField("art", max_length=10, choices=FileKind.choices)
    content = models.BinaryField("indhold")
    sha256 = models.CharField("SHA-256", max_length=64)
    created_at = models.DateTimeField("dannet", auto_now_add=True)

    class Meta:
        verbose_name = "bilagsfil"
        verbose_name_plural = "bilagsfiler"
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_document_has_one_file_of_a_kind", fields=["document", "kind"])
        ]

    def __str__(self) -> str:
        return f"{self.document} ({self.get_kind_display()})"


class RenderFailure(models.Model):
    """A document whose PDF could not be made: tried again at `next_at`, shown to staff, gone once it is made."""

    document = models.OneToOneField(Document, verbose_name="bilag", on_delete=models.PROTECT, related_name="failure")
    attempts = models.PositiveIntegerField("forsøg", default=0)
    next_at = models.DateTimeField("prøves igen")
    last_error = models.TextField("fejl")

    class Meta:
        verbose_name = "bilag, der ikke kunne dannes"
        verbose_name_plural = "bilag, der ikke kunne dannes"

    def __str__(self) -> str:
        return f"{self.document}: {self.attempts} forsøg"


def danish_iban(registration_number: str, account_number: str) -> str:
    """Return the IBAN of a Danish account in groups of four; the account number is padded to ten digits."""
    body = f"{registration_number}{account_number:0>10}"
    return str(iban.format(f"DK{iban.calc_check_digits(f'DK00{body}')}{body}"))
