"""The way to "Kvittering": the invoice, shown as paid."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from billing.models import DocumentKind, Order


def receipt_of(order: Order, *, just_paid: bool = False) -> HttpResponse:
    """Lead to the paid order's receipt, which thanks the member who has just paid."""
    invoice = order.documents.get(kind=DocumentKind.INVOICE)
    return redirect(reverse("billing:document", args=[invoice.pk]) + ("?betalt=1" if just_paid else ""))
