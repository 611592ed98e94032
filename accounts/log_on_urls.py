"""Addresses for logging on and off: those of allauth's views that the shop uses, under Danish names."""

from allauth.account import views
from django.urls import path, re_path

urlpatterns = [
    path("log-paa/", views.login, name="account_login"),
    path("log-af/", views.logout, name="account_logout"),
    path("lukket/", views.account_inactive, name="account_inactive"),
    path("bliv-medlem/", views.signup, name="account_signup"),
    path("skift-kodeord/", views.password_change, name="account_change_password"),
    path("glemt-kodeord/", views.password_reset, name="account_reset_password"),
    path(
        "glemt-kodeord/sendt/",
        views.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^kodeord/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "kodeord/valgt/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
