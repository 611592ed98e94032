"""Django's admin, with the shop's own site in it; and what the project as a whole does before a migrate."""

from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.db import connections
from django.db.models.signals import pre_migrate

from truelink_shop.database import POSTGRESQL_LIMITS


class ShopAdminConfig(AdminConfig):
    """Admin whose front page shows what waits for staff."""

    default_site = "billing.admin.site.ShopAdminSite"

    def ready(self) -> None:
        """Let `migrate` take the time that it needs: it may wait for a lock, or rewrite a large table."""
        super().ready()
        pre_migrate.connect(self._lift_limits, sender=self)

    @staticmethod
    def _lift_limits(using: str, **_: Any) -> None:
        connection = connections[using]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                for name in POSTGRESQL_LIMITS:
                    cursor.execute(f"SET {name} = 0")
