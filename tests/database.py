"""What tests ask of the database: does it refuse, and by which rule."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

ROOMS = ("catalog", "accounts", "billing")


def constraints_of(room: str) -> dict[str, type[models.Model]]:
    """Return the named constraints of a room's models, each with its model."""
    found = apps.get_app_config(room).get_models()
    return {rule.name: model for model in found if not model._meta.proxy for rule in model._meta.constraints}


@contextmanager
def refused_by(name: str) -> Iterator[None]:
    """Expect the database, not the code before it, to refuse what the block writes, because of the constraint."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        yield
    if connection.vendor == "postgresql":
        assert refusal.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]
    else:
        assert str(refusal.value) == _words_of_sqlite(name)


def _words_of_sqlite(name: str) -> str:
    """SQLite names a check and an index on an expression; of other unique constraints it names the columns."""
    model = {name: model for room in ROOMS for name, model in constraints_of(room).items()}[name]
    rule = next(rule for rule in model._meta.constraints if rule.name == name)
    if not isinstance(rule, models.UniqueConstraint):
        return f"CHECK constraint failed: {name}"
    if rule.expressions:
        return f"UNIQUE constraint failed: index '{name}'"
    columns = (field.column for name in rule.fields for field in model._meta.concrete_fields if field.name == name)
    return "UNIQUE constraint failed: " + ", ".join(f"{model._meta.db_table}.{column}" for column in columns)
