"""Who sells, and on which terms."""

from django.http import HttpRequest

from billing.models import Seller, TermsOfSale
from catalog.staff_pages import ReadOnlyAdmin, StaffAdmin


class SellerAdmin(StaffAdmin[Seller]):
    """The one seller. Documents that were issued keep what they say."""

    list_display = ("name", "cvr", "email", "phone", "payment_terms_days")
    fieldsets = (
        ("Virksomhed", {"fields": (("name", "cvr"), "address", ("postal_code", "city"))}),
        ("Kundecenter", {"fields": (("email", "phone"),)}),
        (
            "Betaling",
            {"fields": (("bank_name", "bank_registration_number", "bank_account_number"),
                        ("creditor_number", "payment_terms_days"))},
        ),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Offer to add the seller only while there is none."""
        return super().has_add_permission(request) and not Seller.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Seller | None = None) -> bool:
        """Nobody deletes the seller: the shop could not sell."""
        return False


class TermsAdmin(ReadOnlyAdmin[TermsOfSale]):
    """Versions of the terms of sale: a new one may be added and holds from then on, an old one is never changed."""

    list_display = ("version", "published_at")
    list_filter = ("published_at",)
    search_fields = ("version", "text")
    search_help_text = "Version, eller et ord i betingelserne"
    fields = ("version", "text", "published_at")
    readonly_fields = ("published_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let those add a version who have the permission."""
        opts = self.opts
        return request.user.has_perm(f"{opts.app_label}.add_{opts.model_name}")
