"""Screens for shopping."""

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    """The room of the cart and the checkout page; it has no tables."""

    name = "checkout"
    verbose_name = "Køb"
