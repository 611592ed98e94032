"""Addresses of the shop."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from truelink_shop.health import health

# Staff log on by the members' door, with its limits and its words.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("accounts.log_on_urls")),
    path("", include("checkout.urls")),
    path("", include("billing.urls")),
    path("egen-vedligeholdelse/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("sprog/", set_language, name="set_language"),
    path("sundhed/", health, name="health"),
]
