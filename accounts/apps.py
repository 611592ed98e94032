"""Who uses the shop, and their clips."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from accounts.append_only import install_triggers, make_way


class AccountsConfig(AppConfig):
    """The room of companies, users, clip accounts and the ledger."""

    name = "accounts"
    verbose_name = "Medlemmer og klip"

    def ready(self) -> None:
        """Put the triggers back after every migrate: SQLite drops them when a migration rebuilds a table."""
        pre_migrate.connect(self._make_way, sender=self)
        post_migrate.connect(self._protect, sender=self)

    @staticmethod
    def _make_way(using: str, **_: Any) -> None:
        make_way(using)

    @staticmethod
    def _protect(sender: "AccountsConfig", using: str, **_: Any) -> None:
        install_triggers(sender, using)
