"""Who uses the shop, and their clips."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from accounts.append_only import install_triggers


class AccountsConfig(AppConfig):
    """The room of companies, users, clip accounts and the ledger."""

    name = "accounts"
    verbose_name = "Medlemmer og klip"

    def ready(self) -> None:
        """Put the triggers back after every migrate: SQLite drops them when a migration rebuilds a table."""
        post_migrate.connect(self._protect, sender=self)

    @staticmethod
    def _protect(sender: "AccountsConfig", using: str, **_: Any) -> None:
        install_triggers(sender, using)
