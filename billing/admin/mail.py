"""Mails and how far they have come. Those with links for passwords keep their contents to themselves."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin.company import companies_found
from billing.admin import search
from billing.admin.action import may_act
from billing.admin.links import document_link, moment, page_of
from billing.models import MailStatus, OutboxMail
from billing.outbox import send_again
from catalog.staff_pages import Choice, ChoiceFilter, ReadOnlyAdmin, Tool

# A worker that runs sends a mail within seconds; after so many tries, or so long without one, something is wrong.
_TRIES_THAT_TELL = 3
_TOO_LONG = timedelta(minutes=10)
_SENT_AGAIN = "Sendt igen."


def undelivered() -> Q:
    """Match mails that staff should know of: given up, failing again and again, or left lying by the worker."""
    tried = Q(attempts__gte=_TRIES_THAT_TELL) | Q(next_at__lt=timezone.now() - _TOO_LONG)
    # That it is not sent says nothing new, but it is what the index of such mails is known by.
    return ~Q(status=MailStatus.SENT) & (Q(status=MailStatus.FAILED) | Q(tried, status=MailStatus.QUEUED))


class UndeliveredFilter(ChoiceFilter):
    """Finds mails that have not come through."""

    title = "Ikke leveret"
    parameter_name = "leveret"
    choices_by_value: ClassVar = {"nej": Choice("Ikke leveret", undelivered)}


class MailAdmin(ReadOnlyAdmin[OutboxMail]):
    """The outbox."""

    # What may stand in an address as a filter. Anything else, above all what a mail says, could be guessed letter by
    # letter through the number of hits, and some mails carry links for passwords.
    lookups_allowed = frozenset({
        "status__exact", "kind__exact", "company__id__exact", "order__id__exact", "created_at__gte", "created_at__lt",
        UndeliveredFilter.parameter_name,
    })  # fmt: skip

    list_display = ("subject", "to", "company", "status", "attempts", "created")
    list_filter = (UndeliveredFilter, "status", "kind", "created_at")
    list_select_related = ("company",)
    search_fields = ("subject",)
    search_help_text = f"Emne, modtager – eller {search.HELP[0].lower()}{search.HELP[1:]}"
    sortable_by: ClassVar = ("created",)
    actions = ("send_selected_again",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": (("subject", "kind"), ("to", "sender"), ("company", "order"), "attachment")}),
        (
            "Afsendelse",
            {"fields": (("status", "attempts"), ("created", "sent_at", "next_at"), "last_error", "message_id")},
        ),
        ("Indhold", {"fields": ("contents",)}),
    )

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Let lists be filtered by what the lists show, and by nothing else."""
        return lookup in self.lookups_allowed

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMail]:
        """Leave long contents in the database until one mail is looked at."""
        return super().get_queryset(request).defer("text", "html")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[OutboxMail], search_term: str
    ) -> tuple[QuerySet[OutboxMail], bool]:
        """Search by subject, recipient or member, or like the list of orders; never by what a mail says."""
        term = search_term.strip()
        if term:
            own = Q(subject__icontains=term) | Q(recipients__icontains=term)
            members, orders = companies_found(term).values("pk"), search.orders_found(term).values("pk")
            queryset = queryset.filter(own | Q(company__in=members) | Q(order__in=orders))
        return queryset, False

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the button."""
        view = self.admin_site.admin_view(self.send_one_again)
        return [path("<int:pk>/send-igen/", view, name="billing_outboxmail_send_again"), *super().get_urls()]

    def tools(self, request: HttpRequest, obj: OutboxMail) -> list[Tool]:
        """Offer to send the mail again, unless it holds a secret or is on its way."""
        if obj.secret or obj.status == MailStatus.QUEUED or not may_act(request):
            return []
        return [Tool("Send igen", page_of(obj, path="send_again"), posts=True)]

    def send_one_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue one mail again; of two presses the second finds it queued."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not may_act(request):
            raise PermissionDenied
        mail = get_object_or_404(OutboxMail, pk=pk)
        if send_again(mail):
            self.log_change(request, mail, _SENT_AGAIN)
            messages.success(request, f"Mailen sendes igen til {self.to(mail)}.")
        elif mail.secret:
            messages.error(request, "Mailen indeholder et link til et kodeord. Send brugeren et nyt link i stedet.")
        else:
            messages.info(request, "Mailen står allerede i kø.")
        return HttpResponseRedirect(page_of(mail))

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        """Whether the person may send mails again."""
        return may_act(request)

    @admin.action(description="Send igen", permissions=["send_again"])
    def send_selected_again(self, request: HttpRequest, queryset: QuerySet[OutboxMail]) -> None:
        """Queue the selected mails again, after a mail server has been down."""
        queued = [mail for mail in queryset if send_again(mail)]
        for mail in queued:
            self.log_change(request, mail, _SENT_AGAIN)
        left = queryset.count() - len(queued)
        sentence = f"{len(queued)} sendes igen."
        if left:
            sentence += f" {left} blev sprunget over: de er i kø eller indeholder et link til et kodeord."
        messages.success(request, sentence)

    @admin.display(description="til")
    def to(self, mail: OutboxMail) -> str:
        """Return the recipients."""
        return ", ".join(mail.recipients)

    @admin.display(description="oprettet", ordering="created_at")
    def created(self, mail: OutboxMail) -> str:
        """Return when the mail was queued."""
        return moment(mail.created_at)

    @admin.display(description="vedhæftet")
    def attachment(self, mail: OutboxMail) -> str:
        """Return a link to the document whose PDF is attached."""
        return document_link(mail.document) if mail.document is not None else ""

    @admin.display(description="tekst")
    def contents(self, mail: OutboxMail) -> str:
        """Return the text of the mail, unless it is secret."""
        if mail.secret:
            return "Skjult, fordi mailen indeholder et link til et kodeord."
        return format_html('<div class="staff-mail">{}</div>', mail.text)
