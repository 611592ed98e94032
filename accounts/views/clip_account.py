"""One clip account with its entries."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_required
from accounts.models import ClipAccount

ENTRIES_PER_PAGE = 25


@require_safe
@member_required
def clip_account(request: MemberRequest, pk: int) -> HttpResponse:
    """Show the entries of one of the company's accounts, the newest first."""
    own = ClipAccount.objects.filter(company=request.company).select_related("clip_type")
    account = get_object_or_404(own, pk=pk)
    pages = Paginator(account.entries.order_by("-seq"), ENTRIES_PER_PAGE)
    context = {"account": account, "page": pages.get_page(request.GET.get("side"))}
    return render(request, "accounts/clip_account.html", context)
