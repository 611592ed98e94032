"""What is sold."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The room of clip types, products and prices."""

    name = "catalog"
    verbose_name = "Varer og priser"
