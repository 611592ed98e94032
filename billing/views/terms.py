"""The terms of sale: the newest version, or the one that an order accepted. Everybody may read them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from billing.models import TermsOfSale
from billing.services.readiness import current_terms


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Show the version that holds now."""
    newest = current_terms()
    if newest is None:
        raise Http404
    return render(request, "billing/terms.html", {"terms": newest})


@require_safe
def terms_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one version."""
    return render(request, "billing/terms.html", {"terms": get_object_or_404(TermsOfSale, pk=pk)})
