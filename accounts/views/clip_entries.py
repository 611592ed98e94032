"""The entries of a clip account as a file for a spreadsheet."""

from django.http import HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_required, own_clip_account
from accounts.entry_csv import csv_of, file_name
from accounts.entry_filter import EntryFilter


@require_safe
@member_required
def clip_entries(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Send the entries that the page shows with this filter; one with mistakes leads there, where they are shown."""
    account = own_clip_account(request, pk)
    wanted = EntryFilter(request.GET)
    if not wanted.is_valid():
        page = reverse("accounts:clip_account", args=[account.pk])
        return HttpResponseRedirect(f"{page}?{request.GET.urlencode()}")
    response = StreamingHttpResponse(csv_of(wanted.entries_of(account)), content_type="text/csv; charset=utf-8")
    name = file_name(account, wanted, today=timezone.localdate())
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
