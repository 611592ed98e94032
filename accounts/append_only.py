"""Tables whose rows are written once: triggers in the database refuse to change, delete or truncate them.

A model asks for it with the class attribute `append_only = True`. The triggers are installed after every migrate (see
the apps' `ready`), because SQLite drops a table's triggers silently when a migration rebuilds the table.
"""

from django.apps import AppConfig, apps
from django.db import connections, models

_REFUSAL = "rows are written once"


def append_only_models(app: AppConfig | None = None) -> list[type[models.Model]]:
    """Return the models (of one app, or of all) whose rows may never change."""
    found = app.get_models() if app else apps.get_models()
    return [model for model in found if vars(model).get("append_only", False)]


def trigger_names(model: type[models.Model], vendor: str) -> list[str]:
    """Return the names of the triggers that guard the model's table on this kind of database."""
    events = ["update", "delete", "truncate"] if vendor == "postgresql" else ["update", "delete"]
    return [f"{model._meta.db_table}_no_{event}" for event in events]


def install_triggers(app: AppConfig | None = None, using: str = "default") -> None:
    """Create the triggers that are missing. Tables that do not exist yet are left for the migrate that makes them."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in append_only_models(app):
            if model._meta.db_table in tables:
                for statement in _create_statements(model, connection.vendor):
                    cursor.execute(statement)


def uninstall_triggers(using: str = "default") -> None:
    """Take the triggers away. Nothing but a test fixture that empties the database may do this."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for model in append_only_models():
            for name in trigger_names(model, connection.vendor):
                on_table = f' ON "{model._meta.db_table}"' if connection.vendor == "postgresql" else ""
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on_table}')


def installed_triggers(using: str = "default") -> set[str]:
    """Read the names of all triggers that are in force from the database's own catalogue."""
    connection = connections[using]
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


def _create_statements(model: type[models.Model], vendor: str) -> list[str]:
    table = model._meta.db_table
    if vendor == "sqlite":
        return [
            f'CREATE TRIGGER IF NOT EXISTS "{table}_no_{event}" BEFORE {event.upper()} ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, '{table}: {_REFUSAL}'); END"
            for event in ("update", "delete")
        ]
    function = f"{table}_written_once"
    return [
        f'CREATE OR REPLACE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN RAISE EXCEPTION '{table}: {_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        *(
            f'CREATE OR REPLACE TRIGGER "{table}_no_{event}" BEFORE {event.upper()} ON "{table}" '
            f'FOR EACH {"STATEMENT" if event == "truncate" else "ROW"} EXECUTE FUNCTION "{function}"()'
            for event in ("update", "delete", "truncate")
        ),
    ]
