"""A year's documents as one zip file: asked for, waited for, fetched."""

from datetime import MINYEAR

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.access import MemberRequest, member_required
from billing.models import ArchiveStatus, DocumentArchive
from billing.services.archiving import (
    AnotherIsBeingMade,
    NothingIssued,
    ask_for_archive,
    is_up_to_date,
    issued,
    parts_of,
)

LOOK_AGAIN_SECONDS = 3


@require_POST
@member_required
def make_archive(request: MemberRequest) -> HttpResponse:
    """Ask for the archive of a year; asked again, it is the same one as long as nothing new was issued or paid."""
    text = request.POST.get("aar", "")
    year = _valid(int(text) if text.isdecimal() and len(text) == len("2026") else 0)
    try:
        ask_for_archive(company=request.company, year=year)
    except NothingIssued:
        messages.info(request, _("Der er ingen bilag fra %(year)s.") % {"year": year})
        return redirect("billing:orders")
    except AnotherIsBeingMade as another:
        year = another.year
        messages.warning(
            request,
            _("Zip-filen for %(year)s er ikke færdig endnu. Vent, til den er klar, og prøv så igen.") % {"year": year},
        )
    return redirect("billing:archive", year)


@require_safe
@member_required
def archive(request: MemberRequest, year: int) -> HttpResponse:
    """Show how far the archive of the year is; while it is being made, a page that looks again by itself."""
    newest = DocumentArchive.objects.of_year(request.company, _valid(year)).first()
    context = {
        "year": year,
        "archive": newest,
        "is_up_to_date": bool(newest and newest.is_ready and is_up_to_date(newest, issued(request.company, year))),
    }
    if newest is None or not newest.is_being_made:
        return render(request, "billing/archive.html", context)
    pending = render(request, "billing/archive.html", context, status=202)
    pending["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return pending


@require_GET
@member_required
def archive_file(request: MemberRequest, year: int) -> HttpResponseBase:
    """Hand out the newest zip file of the year, part by part; without one, the page that says so."""
    ready = DocumentArchive.objects.of_year(request.company, _valid(year)).filter(status=ArchiveStatus.READY).first()
    if ready is None:
        return redirect("billing:archive", year)
    response = StreamingHttpResponse(parts_of(ready), content_type="application/zip")
    response["Content-Length"] = str(ready.size)
    response["Content-Disposition"] = f'attachment; filename="{ready.zip_name}"'
    return response


def _valid(year: int) -> int:
    """Return the year when a document can be from it."""
    if not MINYEAR < year <= timezone.localdate().year:
        raise Http404
    return year
