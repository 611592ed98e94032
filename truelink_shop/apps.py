"""Django's admin, with the shop's own site in it."""

from django.contrib.admin.apps import AdminConfig


class ShopAdminConfig(AdminConfig):
    """Admin whose front page shows what waits for staff."""

    default_site = "billing.admin.site.ShopAdminSite"
