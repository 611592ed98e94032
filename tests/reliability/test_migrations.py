"""Triggers hold after every single migration, on the way up from nothing, and through rebuilds of the tables."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.db.models.signals import pre_migrate

from accounts.append_only import installed_triggers, make_way
from billing.models import Document, Order, OrderLine
from tests.database import ROOMS
from tests.operations.servers import new_database
from tests.reliability.processes import ROOT, start


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The address of a database without a table, of the kind of this run."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path}/steps.sqlite3"
        return
    with new_database() as url:
        yield url


@pytest.mark.django_db
def test_triggers_hold_after_every_migration(empty_database: str) -> None:
    child = start("-m", "tests.reliability.migrate_in_steps", DATABASE_URL=empty_database)
    output, errors = child.communicate(timeout=300)
    assert child.returncode == 0, errors
    steps = [json.loads(line) for line in output.splitlines()]
    assert [(name, wrong) for name, wrong, _ in steps if wrong] == []
    files = [path for room in ROOMS for path in (ROOT / room / "migrations").glob("0*.py")]
    assert sorted(name for name, _, _ in steps) == sorted(f"{path.parent.parent.name}.{path.stem}" for path in files)
    assert steps[-1][2] == len(installed_triggers())


def _rebuild(model: type[models.Model]) -> None:
    """Do what a later migration may do: on SQLite, make the table anew and put it into the old one's place."""
    field = model._meta.get_field("id")
    with connection.schema_editor() as editor:
        other = models.BigAutoField(primary_key=True, db_comment="rebuilt", verbose_name="ID")
        other.set_attributes_from_name("id")
        other.model = model
        if connection.vendor == "sqlite":
            editor._remake_table(model, alter_fields=[(field, other)])  # type: ignore[attr-defined]
        else:
            editor.execute(f'ALTER TABLE "{model._meta.db_table}" ADD COLUMN later integer')
            editor.execute(f'ALTER TABLE "{model._meta.db_table}" ALTER COLUMN later TYPE bigint')
            editor.execute(f'ALTER TABLE "{model._meta.db_table}" DROP COLUMN later')


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [Document, Order, OrderLine], ids=lambda model: model.__name__)
def test_migrations_can_rebuild_tables_that_triggers_speak_of(model: type[models.Model]) -> None:
    before = installed_triggers()
    for config in apps.get_app_configs():
        pre_migrate.send(config, using="default")  # what `migrate` does first
    _rebuild(model)
    call_command("migrate", verbosity=0)
    assert installed_triggers() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL rebuilds no tables")
def test_sqlite_rebuilds_no_table_that_a_trigger_speaks_of() -> None:
    """Why `make_way` is needed."""
    with pytest.raises(Exception, match="error in trigger a_document_has_the_lines_of_its_issue"):
        _rebuild(Document)
    make_way()
    _rebuild(Document)
    call_command("migrate", verbosity=0)
