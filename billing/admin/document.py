"""Invoices and credit notes, to look at, with their PDF."""

from typing import Any, ClassVar, TypeVar, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from billing.admin import search
from billing.admin.action import may_act
from billing.admin.links import document_link, document_page, link, page_of, pdf_link
from billing.models import (
    CreditNote,
    Document,
    DocumentFile,
    DocumentKind,
    FileKind,
    Invoice,
    OrderState,
    RenderFailure,
)
from catalog.amounts import kroner, percent, unit_price, whole
from catalog.staff_pages import Choice, ChoiceFilter, Column, Panel, ReadOnlyAdmin, Tool

D = TypeVar("D", bound=Document)


class WithoutPdf(ChoiceFilter):
    """Finds documents whose file has not been made."""

    title = "PDF"
    parameter_name = "pdf"
    choices_by_value: ClassVar = {"mangler": Choice("Mangler", lambda: ~Q(files__kind=FileKind.PDF))}


class PaidFilter(ChoiceFilter):
    """Finds invoices by what became of the order, as the list shows it."""

    title = "Status"
    parameter_name = "betalt"
    choices_by_value: ClassVar = {
        "nej": Choice("Afventer betaling", lambda: Q(order__state=OrderState.AWAITING_PAYMENT)),
        "forfalden": Choice(
            "Forfalden", lambda: Q(order__state=OrderState.AWAITING_PAYMENT, due_on__lt=timezone.localdate())
        ),
        "ja": Choice("Betalt", lambda: Q(order__state=OrderState.PAID)),
        "annulleret": Choice("Annulleret", lambda: Q(order__state=OrderState.CANCELLED)),
    }


class DocumentAdmin(ReadOnlyAdmin[D]):
    """What invoices and credit notes have in common."""

    kind: DocumentKind
    list_display: Any = ("number_shown", "buyer_name", "total_shown", "issued_on", "order_shown")
    list_filter: ClassVar[Any] = ("issued_on", WithoutPdf)
    list_select_related = ("order",)
    search_fields = ("number",)
    search_help_text = search.HELP
    sortable_by: ClassVar = ()
    ordering = ("-number",)
    fieldsets: ClassVar[Any] = (
        (
            None,
            {
                "fields": (
                    ("order_shown", "issued_on", "due_on"),
                    ("net_shown", "vat_shown", "total_shown"),
                    ("payment_reference", "payment_method"),
                )
            },
        ),
        (
            "Køber, som trykt",
            {
                "fields": (
                    ("buyer_name", "buyer_cvr", "buyer_ean"),
                    ("buyer_address", "buyer_postal_code", "buyer_city"),
                    "purchase_order_number",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[D]:
        """Keep documents of this kind, and note whether the PDF is there."""
        pdf = DocumentFile.objects.filter(document=OuterRef("pk"), kind=FileKind.PDF)
        documents = super().get_queryset(request).filter(kind=self.kind).annotate(has_pdf=Exists(pdf))
        return cast("QuerySet[D]", documents)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[D], search_term: str
    ) -> tuple[QuerySet[D], bool]:
        """Search by what a caller or a bank statement names."""
        if search_term:
            orders = search.orders_found(search_term).values("pk")
            queryset = queryset.filter(Q(order__in=orders) | search.is_amount(search_term, "total"))
        return queryset, False

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the PDF."""
        name = f"billing_{self.opts.model_name}_pdf"
        return [path("<int:pk>/pdf/", self.admin_site.admin_view(self.pdf), name=name), *super().get_urls()]

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out the PDF as it was made; before it is made, say so on the document's page."""
        document = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, document):
            raise PermissionDenied
        file = DocumentFile.objects.filter(document_id=document.pk, kind=FileKind.PDF).first()
        if file is None:
            messages.warning(request, "PDF'en er ikke dannet endnu. Den dannes af sig selv.")
            return HttpResponseRedirect(document_page(document))
        response = HttpResponse(bytes(file.content), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{document.title}.pdf"'
        return response

    def tools(self, request: HttpRequest, obj: D) -> list[Tool]:
        """Offer the PDF."""
        return [Tool("Åbn PDF", document_page(obj, path="pdf"))] if getattr(obj, "has_pdf", False) else []

    def panels(self, request: HttpRequest, obj: D) -> list[Panel]:
        """Show the lines, what was credited, and why there is no PDF."""
        panels = [self._lines(obj)]
        others = [obj.credits] if obj.credits is not None else list(obj.credit_notes.all())
        if others:
            rows = [(document_link(other), kroner(other.total), other.reason) for other in others]
            title = "Krediterer" if obj.credits_id else "Krediteret af"
            panels.append(Panel(title, (Column("Bilag"), Column("I alt", "amount"), Column("Årsag")), rows))
        failure = RenderFailure.objects.filter(document_id=obj.pk).first()
        if failure is not None:
            row = (str(failure.attempts), failure.last_error)
            panels.append(Panel("PDF'en kunne ikke dannes", (Column("Forsøg", "amount"), Column("Fejl")), [row]))
        return panels

    @admin.display(description="nr.", ordering="number")
    def number_shown(self, document: D) -> str:
        """Return the number without a thousands point: it is a name, not an amount."""
        return str(document.number)

    @admin.display(description="bestilling")
    def order_shown(self, document: D) -> SafeString:
        """Return a link to the order."""
        return link(document.order)

    @admin.display(description="uden moms")
    def net_shown(self, document: D) -> str:
        """Return the amount without VAT."""
        return kroner(document.net)

    @admin.display(description="moms")
    def vat_shown(self, document: D) -> str:
        """Return the VAT."""
        return kroner(document.vat)

    @admin.display(description="i alt med moms")
    def total_shown(self, document: D) -> str:
        """Return the amount with VAT."""
        return kroner(document.total)

    @admin.display(description="PDF")
    def pdf_shown(self, document: D) -> str:
        """Return a link to the PDF, or that it is missing."""
        if not getattr(document, "has_pdf", False):
            return "mangler"
        return pdf_link(document)

    def _lines(self, document: D) -> Panel:
        rows = [
            (
                line.name,
                f"{whole(line.quantity)} {line.unit}",
                unit_price(line.unit_price),
                percent(line.vat_rate),
                kroner(line.net),
            )
            for line in document.lines.all()
        ]
        columns = (
            Column("Navn"),
            Column("Antal", "amount"),
            Column("Pris pr. enhed", "amount"),
            Column("Moms", "amount"),
            Column("Beløb uden moms", "amount"),
        )
        return Panel("Linjer", columns, rows)


class InvoiceAdmin(DocumentAdmin[Invoice]):
    """Invoices."""

    kind = DocumentKind.INVOICE
    list_filter = (PaidFilter, "issued_on", WithoutPdf)
    list_display = (
        "number_shown", "buyer_name", "total_shown", "issued_on", "due_on", "state", "order_shown", "pdf_shown",
    )  # fmt: skip

    def tools(self, request: HttpRequest, obj: Invoice) -> list[Tool]:
        """Offer to register the transfer that the invoice awaits."""
        tools = super().tools(request, obj)
        if obj.order.awaits_transfer and may_act(request):
            tools.insert(0, Tool("Markér som betalt", page_of(obj.order, path="mark_paid")))
        return tools

    @admin.display(description="status")
    def state(self, document: Invoice) -> str:
        """Return whether the invoice is paid: that is not written on it, the order knows."""
        return document.order.get_state_display()


class CreditNoteAdmin(DocumentAdmin[CreditNote]):
    """Credit notes."""

    kind = DocumentKind.CREDIT_NOTE
    list_display = ("number_shown", "buyer_name", "total_shown", "dated", "reason", "order_shown", "pdf_shown")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": (("order_shown", "dated"), ("net_shown", "vat_shown", "total_shown"), "reason")}),
        *DocumentAdmin.fieldsets[1:],
    )

    @admin.display(description="dato", ordering="issued_on")
    def dated(self, document: CreditNote) -> str:
        """Return the day of issue: the field is named after invoices."""
        return date_format(document.issued_on, "SHORT_DATE_FORMAT")
