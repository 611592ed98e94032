"""Addresses of the member's own pages."""

from django.urls import path

from accounts.views.clip_account import clip_account
from accounts.views.clip_accounts import clip_accounts
from accounts.views.clip_entries import clip_entries
from accounts.views.invoice_setup import invoice_setup
from accounts.views.menu import menu

app_name = "accounts"
urlpatterns = [
    path("", menu, name="menu"),
    path("konti/", clip_accounts, name="clip_accounts"),
    path("konti/<int:pk>/", clip_account, name="clip_account"),
    path("konti/<int:pk>/bevaegelser.csv", clip_entries, name="clip_entries"),
    path("modtagelse-af-faktura/", invoice_setup, name="invoice_setup"),
]
