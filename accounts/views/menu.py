""" "Egen vedligeholdelse": the member's menu."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_required


@require_safe
@member_required
def menu(request: MemberRequest) -> HttpResponse:
    """Show what the member can do."""
    return render(request, "accounts/menu.html")
