"""Who may see what: the one place where a page learns whose things it may show."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from accounts.models import ClipAccount, Company, User

P = ParamSpec("P")


class MemberRequest(HttpRequest):
    """A request of a person who is logged on for a company."""

    user: User
    company: Company


View = Callable[Concatenate[MemberRequest, P], HttpResponseBase]


def member_required(
    view: View[P],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let a page be seen by members only: others log on first, staff without a company get a 403."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User) or user.company is None:
            raise PermissionDenied
        request.company = user.company  # type: ignore[attr-defined]  # this is what makes it a MemberRequest
        return view(request, *args, **kwargs)  # type: ignore[arg-type]  # by the line above

    return guarded


def buyer_required(
    view: View[P],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let a page be used by those who may buy; a reader gets a 403."""

    @wraps(view)
    def guarded(request: MemberRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.may_buy:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return member_required(guarded)


def own_clip_account(request: MemberRequest, pk: int) -> ClipAccount:
    """Return the company's clip account with this key; anybody else's is not found."""
    own = ClipAccount.objects.filter(company=request.company).select_related("clip_type")
    return get_object_or_404(own, pk=pk)
