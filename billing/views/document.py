"""An invoice or credit note on the screen, and its PDF."""

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_required
from billing.models import Document, DocumentFile, FileKind, OrderLine, OrderState, PaymentMethod
from billing.models.documents import DocumentQuerySet
from billing.views.way_back import list_come_from

LOOK_AGAIN_SECONDS = 2


@require_safe
@member_required
def document(request: MemberRequest, pk: int) -> HttpResponse:
    """Show one of the company's documents; right after the order was placed also what happens next."""
    ordered = OrderLine.objects.filter(order=OuterRef("order"))
    # A document's lines do not say what they are: the order's do, asked along with the document.
    documents = _own_documents(request).annotate(
        has_clips=Exists(ordered.exclude(clip_type=None)),
        has_support=Exists(ordered.filter(clip_type=None)),
    )
    own = get_object_or_404(documents.prefetch_related("lines"), pk=pk)
    is_paid = own.order.state == OrderState.PAID
    payment = own.order.payments.filter(is_surplus=False).first() if own.is_invoice and is_paid else None
    cancelled = own.is_invoice and own.order.state == OrderState.CANCELLED
    context = {
        "document": own,
        "lines": own.lines.all(),
        "order": own.order,
        "company": request.company,
        "credit_note": own.credit_notes.first() if cancelled else None,
        "is_paid": is_paid,
        "payment": payment,
        "is_receipt": payment is not None and payment.method == PaymentMethod.CARD,
        "back_to_list": list_come_from(request),
        "just_placed": "afsendt" in request.GET and own.order.awaits_transfer,
        "just_paid": "betalt" in request.GET and payment is not None,
    }
    return render(request, "billing/document.html", context)


@require_safe
@member_required
def document_pdf(request: MemberRequest, pk: int) -> HttpResponse:
    """Hand out the PDF as it was made; while it is being made, a page that looks again by itself."""
    own = get_object_or_404(_own_documents(request), pk=pk)
    file = DocumentFile.objects.filter(document=own, kind=FileKind.PDF).first()
    if file is None:
        pending = render(request, "billing/pdf_pending.html", {"document": own}, status=202)
        pending["Refresh"] = str(LOOK_AGAIN_SECONDS)
        return pending
    response = HttpResponse(bytes(file.content), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{own.pdf_name}"'
    return response


def _own_documents(request: MemberRequest) -> DocumentQuerySet:
    """Return the company's own documents; anybody else's do not exist here."""
    return Document.objects.filter(order__company=request.company).select_related("order", "credits")
