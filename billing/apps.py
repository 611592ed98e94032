"""The truth about money."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from accounts.append_only import install_triggers


class BillingConfig(AppConfig):
    """The room of orders, payments, documents and mails."""

    name = "billing"
    verbose_name = "Bestillinger og penge"

    def ready(self) -> None:
        """Put the triggers back after every migrate: SQLite drops them when a migration rebuilds a table."""
        post_migrate.connect(self._protect, sender=self)

    @staticmethod
    def _protect(sender: "BillingConfig", using: str, **_: Any) -> None:
        install_triggers(sender, using)
