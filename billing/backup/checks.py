"""What a database must be before and after a restore."""

from dataclasses import dataclass

from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from accounts.append_only import guarded_models, installed_triggers, trigger_names
from accounts.models import ClipEntry, Company
from billing.models import Document, DocumentFile, Order, Payment

# What the books rest on: `backup` and `restore` both say how many there are, so that people can compare.
_COUNTED: tuple[type[models.Model], ...] = (Company, Order, Payment, Document, DocumentFile, ClipEntry)
# Without these a file is no backup of a shop.
TABLES = {"django_migrations", *(model._meta.db_table for model in _COUNTED)}


@dataclass(frozen=True)
class Migrations:
    """How the database stands to this version of the shop: what `migrate` must add, and what is from a newer shop."""

    missing: list[str]
    unknown: list[str]


def has_orders() -> bool:
    """Whether there are orders, which a restore would take away."""
    return Order._meta.db_table in _tables() and Order.objects.exists()


def counts() -> dict[str, int]:
    """Return how many rows the tables hold that the books rest on, by the table's name."""
    tables = _tables()
    names = ((model, model._meta.db_table) for model in _COUNTED)
    return {name: model._default_manager.count() for model, name in names if name in tables}


def migrations() -> Migrations:
    """Compare the migrations that the database has seen with those of this version of the shop."""
    loader = MigrationLoader(connection)
    seen, known = set(loader.applied_migrations), set(loader.disk_migrations)
    # An app that was taken out leaves the names of its migrations behind.
    ours = {app for app, _ in known}
    unknown = {name for name in seen - known if name[0] in ours}
    return Migrations(missing=_names(known - seen), unknown=_names(unknown))


def missing_triggers() -> list[str]:
    """Return the triggers that should guard existing tables, and do not."""
    tables = _tables()
    guarded = [model for model in guarded_models() if model._meta.db_table in tables]
    wanted = {name for model in guarded for name in trigger_names(model, connection.vendor)}
    return sorted(wanted - installed_triggers())


def _tables() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def _names(found: set[tuple[str, str]]) -> list[str]:
    return sorted(f"{app}.{name}" for app, name in found)
