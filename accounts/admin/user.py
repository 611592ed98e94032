"""People. The office never sees or sets a password: the person gets a link and chooses one."""

import re
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.admin.company import last_log_on, plain_cvr, welcome_queued
from accounts.membership import CannotBeReached, create_user, send_new_link
from accounts.models import User
from accounts.staff_forms import UserForm
from catalog.staff_pages import Choice, ChoiceFilter, StaffAdmin, Tool

_LINK_SENT = "Nyt link til kodeord sendt."
# Two presses on the button within this time are one.
_DOUBLE_CLICK = timedelta(minutes=1)
_LONG_AGO = timedelta(days=365)
_COMPANY = re.compile(r"[0-9]{1,18}")


class PlaceFilter(ChoiceFilter):
    """Tells members' users and staff apart."""

    title = "medlem eller kundecenter"
    parameter_name = "hos"
    choices_by_value: ClassVar = {
        "medlem": Choice("Medlem", lambda: Q(is_staff=False)),
        "kundecenter": Choice("Kundecenter", lambda: Q(is_staff=True)),
    }


class LoggedOnFilter(ChoiceFilter):
    """Finds those who have not been there, or not for long."""

    title = "sidst logget på"
    parameter_name = "logget-paa"
    choices_by_value: ClassVar = {
        "aldrig": Choice("Aldrig", lambda: Q(last_login=None)),
        "laenge": Choice("Ikke det sidste år", lambda: Q(last_login__lt=timezone.now() - _LONG_AGO)),
        "nylig": Choice("Det sidste år", lambda: Q(last_login__gte=timezone.now() - _LONG_AGO)),
    }


class UserAdmin(StaffAdmin[User]):
    """Users of companies, and staff.

    Not built on Django's own `UserAdmin`: most of that is about setting somebody's password.
    """

    form = UserForm
    list_display = ("username", "full_name", "company", "role_shown", "email", "is_active", "last_log_on")
    list_filter = (PlaceFilter, "role", "is_active", LoggedOnFilter)
    list_select_related = ("company",)
    search_fields = ("username", "first_name", "last_name", "email", "company__name", "company__cvr")
    search_help_text = "Brugernavn, navn, e-mail, virksomhed eller CVR-nr."
    autocomplete_fields = ("company",)
    readonly_fields = ("last_log_on", "created")
    _person = (None, {"fields": (("username", "email"), ("first_name", "last_name"))})
    _membership = ("Medlem", {"fields": ("company", "role")})
    _staff = ("Kundecenter", {"fields": ("is_staff", "is_superuser", "groups")})
    _access = ("Adgang", {"fields": ("is_active",)})
    _times = ("Tidspunkter", {"fields": (("last_log_on", "created"),)})

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show what makes a person staff to superusers only, and not on the page of a member's user."""
        is_members = obj.company_id is not None if obj is not None else "company" in request.GET
        shown: list[Any] = [self._person]
        if obj is None or is_members:
            shown.append(self._membership)
        if request.user.is_superuser and (not is_members or (obj is not None and obj.is_staff)):
            shown.append(self._staff)
        # Somebody new is let in: the welcome mail goes to who can log on.
        return [*shown, self._access, self._times] if obj is not None else shown

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Let nobody lock themselves out: the shop may have no other who could undo it."""
        own = ("is_active", "is_staff", "is_superuser", "groups") if obj == request.user else ()
        return (*self.readonly_fields, *own)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take the company that a link names, and nothing that is no company's number."""
        data: dict[str, Any] = super().get_changeform_initial_data(request)
        return data if _COMPANY.fullmatch(str(data.get("company", ""))) else data | {"company": ""}

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Let groups be ticked."""
        return super().formfield_for_manytomany(db_field, request, **{**kwargs, "widget": CheckboxSelectMultiple})

    @admin.display(description="rolle", ordering="role")
    def role_shown(self, user: User) -> str:
        """Return what the person may do for the company; staff have no role there."""
        return user.get_role_display() if user.company_id is not None else "–"

    @admin.display(description="sidst logget på", ordering="last_login")
    def last_log_on(self, user: User) -> str:
        """Return when the person last logged on."""
        return last_log_on(user)

    @admin.display(description="oprettet")
    def created(self, user: User) -> str:
        """Return when the person was entered."""
        return date_format(timezone.localtime(user.date_joined), "SHORT_DATETIME_FORMAT")

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """Tell too that the mail is on its way."""
        messages.info(request, welcome_queued(obj))
        return super().response_add(request, obj, post_url_continue)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Understand a CVR number as people write it."""
        return super().get_search_results(request, queryset, plain_cvr(search_term))

    @admin.display(description="navn", ordering="first_name")
    def full_name(self, user: User) -> str:
        """Return the person's name."""
        return user.get_full_name()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let nobody guess at passwords by filtering the list."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the button for a new link."""
        send = self.admin_site.admin_view(self.send_link)
        return [path("<int:pk>/nyt-link/", send, name="accounts_user_send_link"), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let only superusers change staff: whoever changes a person's e-mail can become that person."""
        is_above = obj is not None and obj.is_staff and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_above

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody deletes a person: orders name them. A closed user cannot log on."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:
        """Invite a new person."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            create_user(user=obj)

    def tools(self, request: HttpRequest, obj: User) -> list[Tool]:
        """Offer a new link to who lost the mail."""
        if not self.has_change_permission(request, obj):
            return []
        return [Tool("Send nyt link", reverse("admin:accounts_user_send_link", args=[obj.pk]), posts=True)]

    def send_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mail a new link for choosing a password; a second press right after it sends nothing more."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        with transaction.atomic():
            # One at a time for each person: so the second press sees the first one's note in the log.
            user = get_object_or_404(User.objects.select_for_update(of=("self",)).select_related("company"), pk=pk)
            if not self.has_change_permission(request, user):
                raise PermissionDenied
            self._send_link_once(request, user)
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[pk]))

    def _send_link_once(self, request: HttpRequest, user: User) -> None:
        just_now = LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(User),
            object_id=str(user.pk),
            change_message=_LINK_SENT,
            action_time__gte=timezone.now() - _DOUBLE_CLICK,
        )
        if just_now.exists():
            messages.info(request, f"Der er lige sendt et link til {user.email}.")
            return
        try:
            send_new_link(user=user)
        except CannotBeReached:
            messages.error(request, "Der kan ikke sendes et link: brugeren er lukket eller mangler en e-mail.")
            return
        self.log_change(request, user, _LINK_SENT)
        messages.success(request, f"Et nyt link til at vælge kodeord sendes til {user.email}.")
