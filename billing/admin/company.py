"""A company's page with its orders, and the list of companies by what they owe."""

from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.admin.company import CompanyAdmin
from accounts.models import Company
from billing.admin import company_panels
from billing.admin.order import is_late
from billing.models import Order
from catalog.staff_pages import Choice, ChoiceFilter, Panel


def _owes(**only: Any) -> Q:
    return Q(pk__in=Order.objects.awaiting_transfer().filter(**only).order_by().values("company"))


class OwesFilter(ChoiceFilter):
    """Finds the companies that owe money, and those that never bought."""

    title = "Fakturaer"
    parameter_name = "skylder"
    choices_by_value: ClassVar = {
        "ja": Choice("Med ubetalt faktura", _owes),
        "forfalden": Choice(
            "Med forfalden faktura",
            lambda: Q(pk__in=Order.objects.filter(is_late(timezone.localdate())).order_by().values("company")),
        ),
        "aldrig": Choice("Har aldrig bestilt", lambda: ~Q(pk__in=Order.objects.order_by().values("company"))),
    }


class CompanyWithOrdersAdmin(CompanyAdmin):
    """Adds what the company bought, owes and was written to."""

    change_form_template = "admin/staff/company.html"
    list_filter: ClassVar[Any] = (OwesFilter, *CompanyAdmin.list_filter)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Tell of debts only to who may see orders."""
        filters = super().get_list_filter(request)
        return (
            filters
            if request.user.has_perm("billing.view_order")
            else [one for one in filters if one is not OwesFilter]
        )

    def panels(self, request: HttpRequest, obj: Company) -> list[Panel]:
        """Show everything that a caller may ask about, as far as the person may see it."""
        may = request.user.has_perm
        people, accounts = super().panels(request, obj)
        users = [people] if may("accounts.view_user") else []
        clips = [accounts] if may("accounts.view_clipaccount") else []
        orders = [company_panels.orders_of(obj, request)] if may("billing.view_order") else []
        documents = [company_panels.documents_of(obj)] if may("billing.view_document") else []
        mails = [company_panels.mails_of(obj)] if may("billing.view_outboxmail") else []
        return [*orders, *clips, *users, *mails, *documents]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the numbers at the top."""
        company = kwargs.get("obj")
        if company is not None:
            context["tiles"] = company_panels.tiles_of(company, request)
        return super().render_change_form(request, context, *args, **kwargs)
