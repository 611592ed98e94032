"""Admin of the shop: its front page shows what waits for staff, and every screen of the office is listed here.

The screens are put on the site here and not with `@admin.register`: Django makes the site while it imports this module,
so nothing that is imported here can find a site to register itself on.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.models import Group
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import urlencode

from accounts.admin.clips import ClipAccountAdmin, ClipEntryAdmin
from accounts.admin.group import GroupAdmin
from accounts.admin.user import UserAdmin
from accounts.models import ClipAccount, ClipEntry, Company, User
from billing.admin import front_page
from billing.admin.card import ActionItemAdmin, AttemptAdmin, StripeEventAdmin
from billing.admin.company import CompanyWithOrdersAdmin
from billing.admin.document import CreditNoteAdmin, InvoiceAdmin
from billing.admin.mail import MailAdmin
from billing.admin.number_gap import NumberGapAdmin
from billing.admin.order import OrderAdmin
from billing.admin.payment import PaymentAdmin
from billing.admin.reconciliation import ReconciliationAdmin, last_results
from billing.admin.sales_panel import sales_panel
from billing.admin.seller import SellerAdmin, TermsAdmin
from billing.admin.support import SupportAdmin
from billing.models import (
    ActionItem,
    CreditNote,
    Invoice,
    NumberGap,
    Order,
    OrderLine,
    OutboxMail,
    Payment,
    PaymentAttempt,
    Reconciliation,
    Seller,
    StripeEvent,
    TermsOfSale,
)
from catalog.admin import ClipTypeAdmin, ProductAdmin
from catalog.models import ClipType, Product

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# In the order of the day.
_ROOMS = ("billing", "accounts", "catalog", "auth")


class ShopAdminSite(AdminSite):
    """The office's workplace."""

    site_header = "TrueLink kundecenter"
    site_title = "TrueLink kundecenter"
    index_title = "Det venter på dig"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._is_complete = False
        self.register(Order, OrderAdmin)
        self.register(OrderLine, SupportAdmin)
        self.register(Invoice, InvoiceAdmin)
        self.register(CreditNote, CreditNoteAdmin)
        self.register(NumberGap, NumberGapAdmin)
        self.register(Payment, PaymentAdmin)
        self.register(PaymentAttempt, AttemptAdmin)
        self.register(StripeEvent, StripeEventAdmin)
        self.register(ActionItem, ActionItemAdmin)
        self.register(OutboxMail, MailAdmin)
        self.register(Reconciliation, ReconciliationAdmin)
        self.register(Seller, SellerAdmin)
        self.register(TermsOfSale, TermsAdmin)
        self.register(Company, CompanyWithOrdersAdmin)
        self.register(User, UserAdmin)
        self.register(Group, GroupAdmin)
        self.register(ClipAccount, ClipAccountAdmin)
        self.register(ClipEntry, ClipEntryAdmin)
        self.register(Product, ProductAdmin)
        self.register(ClipType, ClipTypeAdmin)
        self._is_complete = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Put a screen on the site while it is made; what libraries bring along afterwards is left out.

        Django's own screen for groups names permissions in English, and allauth's shows addresses that nobody uses.
        """
        if not self._is_complete:
            super().register(model_or_iterable, admin_class, **options)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what waits, and below it the way to everything else."""
        queues = front_page.what_waits(request)
        waiting = {
            "panels": queues,
            "tiles": front_page.tiles_of(queues),
            "sales": sales_panel(request),
            "missing": front_page.missing_before_opening(),
            "reconciliations": last_results(request),
        }
        return super().index(request, {**waiting, **(extra_context or {})})

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Keep from every page what no database can look for: an address with a NUL in it is asked for without."""
        guarded: View = super().admin_view(view, cacheable)

        def without_nul(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            kept = [(name, value) for name, values in request.GET.lists() for value in values]
            clean = [each for each in kept if "\0" not in "".join(each)]
            if clean == kept:
                return guarded(request, *args, **kwargs)
            return HttpResponseRedirect(f"{request.path}?{urlencode(clean)}")

        return cast("View", update_wrapper(without_nul, guarded))

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Put what staff need most first."""
        apps = {app["app_label"]: app for app in super().get_app_list(request, app_label)}
        return [apps[room] for room in _ROOMS if room in apps]

    def password_change(  # type: ignore[override]  # the stubs promise a page; Django takes any response
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send staff to the page on which everybody changes the password: one page, with its limits and its words."""
        return redirect("account_change_password")

    def logout(  # type: ignore[override]  # the same
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Log off and show the shop's front page."""
        return LogoutView.as_view(next_page=settings.ACCOUNT_LOGOUT_REDIRECT_URL)(request)
