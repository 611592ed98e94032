"""One clip account with its entries."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_required
from accounts.models import ClipAccount
from accounts.usage import usage_of_company
from catalog.prices import price_list

ENTRIES_PER_PAGE = 25


@require_safe
@member_required
def clip_account(request: MemberRequest, pk: int) -> HttpResponse:
    """Show the entries of one of the company's accounts, the newest first."""
    own = ClipAccount.objects.filter(company=request.company).select_related("clip_type")
    account = get_object_or_404(own, pk=pk)
    pages = Paginator(account.entries.order_by("-seq"), ENTRIES_PER_PAGE)
    usage = usage_of_company(request.company, price_list(request), now=timezone.now())
    context = {
        "account": account,
        "page": pages.get_page(request.GET.get("side")),
        "usage": usage.get(account.clip_type_id),
    }
    return render(request, "accounts/clip_account.html", context)
