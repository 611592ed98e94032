"""One clip account: its balance, how it has moved, and its entries."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_required, own_clip_account
from accounts.balance_chart import chart_of
from accounts.balance_history import balance_history
from accounts.entry_filter import EntryFilter
from accounts.usage import usage_of_company
from catalog.prices import price_list

ENTRIES_PER_PAGE = 25


@require_safe
@member_required
def clip_account(request: MemberRequest, pk: int) -> HttpResponse:
    """Show one of the company's accounts, with those of its entries that are asked for, the newest first."""
    account = own_clip_account(request, pk)
    wanted = EntryFilter(request.GET)
    history = balance_history(account, today=timezone.localdate())
    usage = usage_of_company(request.company, price_list(request), now=timezone.now())
    context: dict[str, Any] = {
        "account": account,
        "usage": usage.get(account.clip_type_id),
        "history": history,
        "chart": history and chart_of(history),
        "form": wanted,
    }
    if not wanted.is_valid():
        return render(request, "accounts/clip_account.html", context, status=422)
    entries = wanted.entries_of(account)
    pages = Paginator(entries, ENTRIES_PER_PAGE)
    if wanted.is_narrowing:
        context["sum"] = entries.aggregate(sum=Sum("delta"))["sum"]
    context["page"] = pages.get_page(request.GET.get("side"))
    return render(request, "accounts/clip_account.html", context)
