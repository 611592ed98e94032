"""People. The office never sees or sets a password: the person gets a link and chooses one."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.membership import CannotBeReached, create_user, send_new_link
from accounts.models import User
from accounts.staff_forms import UserForm
from catalog.staff_pages import StaffAdmin, Tool

_LINK_SENT = "Nyt link til kodeord sendt."
# Two presses on the button within this time are one.
_DOUBLE_CLICK = timedelta(minutes=1)


class UserAdmin(StaffAdmin[User]):
    """Users of companies, and staff.

    Not built on Django's own `UserAdmin`: most of that is about setting somebody's password.
    """

    form = UserForm
    list_display = ("username", "full_name", "company", "role", "email", "is_active")
    list_filter = ("role", "is_active", "is_staff")
    list_select_related = ("company",)
    search_fields = ("username", "first_name", "last_name", "email", "company__name", "company__cvr")
    search_help_text = "Brugernavn, navn, e-mail, virksomhed eller CVR-nr."
    autocomplete_fields = ("company",)
    filter_horizontal = ("groups", "user_permissions")
    readonly_fields = ("last_login", "date_joined")
    _person = (None, {"fields": (("username", "email"), ("first_name", "last_name"))})
    _membership = ("Medlem", {"fields": ("company", "role", "is_active")})
    _staff = ("Kundecenter", {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")})
    _times = ("Tidspunkter", {"fields": (("last_login", "date_joined"),)})

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show what makes a person staff to superusers only."""
        shown = [self._person, self._membership]
        if request.user.is_superuser:
            shown.append(self._staff)
        return [*shown, self._times] if obj is not None else shown

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
