"""Member companies. Their orders are added by `billing.admin.company`, since this room knows nothing of orders."""

import re
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.membership import create_company_with_user
from accounts.models import Company, User
from accounts.staff_forms import CompanyWithUserForm
from catalog.amounts import whole
from catalog.staff_pages import ROWS, Choice, ChoiceFilter, Column, Panel, StaffAdmin, Tool

# No run of anything may be of any length: a pattern that tries all ways to split one stops the process.
_LONGEST_NUMBER = 40
_EAN = re.compile(r"(?:(?:EAN|GLN)(?:nr)?)?([0-9]{13})", re.ASCII | re.IGNORECASE)
_CVR = re.compile(r"(?:CVR(?:nr)?)?(?:DK)?([0-9]{8})", re.ASCII | re.IGNORECASE)


def plain_cvr(term: str) -> str:
    """Return the eight digits when `term` is a CVR number (`DK13585628`, `CVR-nr. 13 58 56 28`), otherwise `term`."""
    if len(term) > _LONGEST_NUMBER:
        return term
    found = _CVR.fullmatch(re.sub(r"[\s.:-]", "", term))
    return found[1] if found else term


def plain_number(term: str) -> str:
    """Return the digits when `term` is a CVR number or an EAN number (`EAN-nr. 5790 0000 0000 5`), otherwise `term`."""
    cvr = plain_cvr(term)
    found = _EAN.fullmatch(re.sub(r"[\s.:-]", "", term)) if cvr == term and len(term) <= _LONGEST_NUMBER else None
    return found[1] if found else cvr


def companies_found(term: str) -> QuerySet[Company]:
    """Return the companies that `term` names: a part of the name, a number, an e-mail, or somebody who logs on."""
    number, own = plain_number(term), term.strip()
    people = User.objects.filter(Q(username__iexact=own) | Q(email__iexact=own))
    post = Q(administrative_email__iexact=own) | Q(invoice_email__iexact=own)
    numbers = Q(cvr=number) | Q(ean=number)
    if not own:
        return Company.objects.none()
    return Company.objects.filter(Q(name__icontains=own) | numbers | post | Q(pk__in=people.values("company")))


def last_log_on(user: User) -> str:
    """Return when the person last logged on."""
    if user.last_login is None:
        return "Aldrig"
    return date_format(timezone.localtime(user.last_login), "SHORT_DATETIME_FORMAT")


def welcome_queued(user: User) -> str:
    """Return the sentence that says where the welcome mail goes."""
    return f"Velkomstmailen med link til kodeord står i kø til {user.email}."


class UsersFilter(ChoiceFilter):
    """Finds the companies for which nobody can log on."""

    title = "Brugere"
    parameter_name = "brugere"
    choices_by_value: ClassVar = {
        "ingen": Choice("Ingen brugere", lambda: ~Q(pk__in=_users().values("company"))),
        "lukkede": Choice("Ingen åben bruger", lambda: ~Q(pk__in=_users().filter(is_active=True).values("company"))),
        "aldrig": Choice("Aldrig logget på", lambda: ~Q(pk__in=_users().exclude(last_login=None).values("company"))),
    }


def _users() -> QuerySet[User]:
    return User.objects.filter(company__isnull=False)


def _user_total() -> Coalesce:
    """How many users a company has: asked beside the list, since a search that joins users would multiply a count."""
    users = User.objects.filter(company=OuterRef("pk")).order_by().values("company")
    return Coalesce(Subquery(users.annotate(total=Count("pk")).values("total")), 0)


class CompanyAdmin(StaffAdmin[Company]):
    """Member companies. A new one is entered together with its first user."""

    list_display = ("name", "cvr", "city", "administrative_email", "user_count", "created_at")
    list_filter: ClassVar[Any] = (UsersFilter, "created_at")
    search_fields = (
        "name", "cvr", "ean", "city", "administrative_email", "invoice_email", "users__username", "users__email",
        "users__first_name", "users__last_name",
    )  # fmt: skip
    search_help_text = "Navn, by, CVR-nr., EAN-nr., e-mail, brugernavn eller brugerens navn"
    readonly_fields = ("created_at",)
    fieldsets = (
        ("Virksomhed", {"fields": (("name", "cvr"), ("address", "postal_code", "city"))}),
        ("Faktura og post", {"fields": (("administrative_email", "invoice_email"), ("ean", "purchase_order_number"))}),
    )
    first_user = (
        "Første bruger",
        {
            "fields": (("username", "email"), ("first_name", "last_name")),
            "description": "Bliver administrator og får en mail med sit brugernavn og et link til at vælge kodeord.",
        },
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        """Count the users of all companies of the list at once."""
        return super().get_queryset(request).annotate(user_total=_user_total())

    @admin.display(description="brugere", ordering="user_total")
    def user_count(self, company: Company) -> str:
        """Return how many people log on for the company."""
        return str(getattr(company, "user_total", ""))

    def get_fieldsets(self, request: HttpRequest, obj: Company | None = None) -> Any:
        """Ask for the first user too when the company is new."""
        fieldsets = list(super().get_fieldsets(request, obj))
        return [*fieldsets, self.first_user] if obj is None else fieldsets

    def get_form(self, request: HttpRequest, obj: Company | None = None, *args: Any, **kwargs: Any) -> Any:
        """Use the form with the first user when the company is new."""
        if obj is None:
            kwargs["form"] = CompanyWithUserForm
        return super().get_form(request, obj, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        """Create the company with its user and the welcome mail, in the transaction that admin keeps around this."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            create_company_with_user(company=obj, user=form.user())

    def response_add(self, request: HttpRequest, obj: Company, post_url_continue: str | None = None) -> HttpResponse:
        """Tell too that the first user's mail is on its way."""
        first = obj.users.order_by("pk").first()
        if first is not None:
            messages.info(request, welcome_queued(first))
        return super().response_add(request, obj, post_url_continue)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Company], search_term: str
    ) -> tuple[QuerySet[Company], bool]:
        """Understand a CVR number and an EAN number as people write them."""
        return super().get_search_results(request, queryset, plain_number(search_term))

    def has_delete_permission(self, request: HttpRequest, obj: Company | None = None) -> bool:
        """Nobody deletes a member: orders and documents point to it."""
        return False

    def panels(self, request: HttpRequest, obj: Company) -> list[Panel]:
        """Show the company's people and clips."""
        return [self._users(obj), self._clip_accounts(obj)]

    def tools(self, request: HttpRequest, obj: Company) -> list[Tool]:
        """Offer to add one more user, and the way down to the form."""
        correct = [Tool("Ret oplysninger", "#ret")] if self.has_change_permission(request, obj) else []
        if not request.user.has_perm("accounts.add_user"):
            return correct
        return [Tool("Tilføj bruger", reverse("admin:accounts_user_add") + f"?company={obj.pk}"), *correct]

    def _users(self, company: Company) -> Panel:
        users = company.users.order_by("username")
        rows = [
            (
                _link("admin:accounts_user_change", user.pk, user.username),
                user.get_full_name(),
                user.email,
                user.get_role_display(),
                "Aktiv" if user.is_active else "Lukket",
                last_log_on(user),
                _link("admin:accounts_user_change", user.pk, "Send nyt link …") if user.is_active else "",
            )
            for user in users[:ROWS]
        ]
        return Panel(
            "Brugere",
            (
                Column("Brugernavn"),
                Column("Navn"),
                Column("E-mail", "long"),
                Column("Rolle"),
                Column("Status"),
                Column("Sidst logget på"),
                Column("Næste trin"),
            ),
            rows,
            total=users.count(),
            all_url=reverse("admin:accounts_user_changelist") + f"?company__id__exact={company.pk}",
        )

    def _clip_accounts(self, company: Company) -> Panel:
        rows = [
            (
                _link("admin:accounts_clipaccount_change", account.pk, account.clip_type.name),
                whole(account.balance),
                date_format(account.expires_on, "SHORT_DATE_FORMAT") if account.expires_on else "",
            )
            for account in company.clip_accounts.select_related("clip_type")
        ]
        return Panel("Klipkonti", (Column("Kliptype"), Column("Saldo", "amount"), Column("Gælder til og med")), rows)


def _link(page: str, pk: int, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(page, args=[pk]), text)
