""" "Konti": the company's clip accounts, and the administrative e-mail."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, member_required
from accounts.forms import AdministrativeEmailForm
from accounts.models import ClipAccount


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def clip_accounts(request: MemberRequest) -> HttpResponse:
    """Show the accounts, and change the administrative e-mail when an administrator asks for it."""
    form = AdministrativeEmailForm(instance=request.company) if request.user.may_administer else None
    status = 200
    if request.method == "POST":
        if not request.user.may_administer:
            raise PermissionDenied
        form = AdministrativeEmailForm(request.POST, instance=request.company)
        if form.is_valid():
            form.save()
            messages.success(request, _("Den administrative e-mail er gemt."))
            return redirect("accounts:clip_accounts")
        request.company.refresh_from_db(fields=["administrative_email"])
        status = 422
    accounts = ClipAccount.objects.filter(company=request.company).select_related("clip_type")
    context = {"accounts": accounts, "form": form, "company": request.company}
    return render(request, "accounts/clip_accounts.html", context, status=status)
