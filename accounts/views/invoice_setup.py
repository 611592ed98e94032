""" "Opsæt til modtagelse af faktura": where invoices go and what stands on them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, member_required
from accounts.forms import InvoiceSetupForm


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def invoice_setup(request: MemberRequest) -> HttpResponse:
    """Show the set-up, and change it when an administrator asks for it."""
    form = InvoiceSetupForm(instance=request.company) if request.user.may_administer else None
    status = 200
    if request.method == "POST":
        if not request.user.may_administer:
            raise PermissionDenied
        form = InvoiceSetupForm(request.POST, instance=request.company)
        if form.is_valid():
            form.save()
            messages.success(request, _("Opsætningen er gemt."))
            return redirect("accounts:invoice_setup")
        status = 422
    context = {"form": form, "company": request.company}
    return render(request, "accounts/invoice_setup.html", context, status=status)
