"""Tables whose rows are written once: triggers in the database refuse to change, delete or truncate them.

A model asks for it with class attributes:

- `append_only = True`: a row never changes.
- `may_change = ("state", …)`: a row never changes but in these fields.
- `refused_rows = {"name_of_the_trigger": "SQL"}`: a new row of which the SQL is true is refused. NEW is the row,
  the SQL is for both databases, and the name reads as a sentence, like a constraint's.

The triggers are installed after every migrate (see the apps' `ready`), because SQLite drops a table's triggers silently
when a migration rebuilds the table. It also refuses to rebuild a table or to drop a column that a trigger speaks of, so
there `make_way` takes those away before a migrate.
"""

from django.apps import AppConfig, apps
from django.db import connections, models

from accounts.triggers import Trigger, statements_for

_REFUSAL = "rows are written once"


def append_only_models(app: AppConfig | None = None) -> list[type[models.Model]]:
    """Return the models (of one app, or of all) whose rows may never change."""
    return [model for model in guarded_models(app) if _is_append_only(model)]


def guarded_models(app: AppConfig | None = None) -> list[type[models.Model]]:
    """Return the models (of one app, or of all) that have triggers of any kind."""
    return [model for model in (app or apps).get_models() if _triggers(model)]


def trigger_names(model: type[models.Model], vendor: str) -> list[str]:
    """Return the names of the triggers that guard the model's table on this kind of database."""
    return [trigger.name for trigger in _triggers(model) if vendor == "postgresql" or trigger.event != "truncate"]


def install_triggers(app: AppConfig | None = None, using: str = "default") -> None:
    """Create the triggers that are missing. Tables that do not exist yet are left for the migrate that makes them."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for model in guarded_models(app):
            for trigger in _triggers(model) if model._meta.db_table in tables else []:
                for statement in statements_for(trigger, connection):
                    cursor.execute(statement)


def uninstall_triggers(using: str = "default") -> None:
    """Take the triggers away. Nothing but a test fixture that empties the database may do this."""
    _drop([trigger for model in guarded_models() for trigger in _triggers(model)], using)


def make_way(using: str = "default") -> None:
    """Take away, on SQLite, the triggers that speak of columns or other tables; after the migrate they come back."""
    if connections[using].vendor == "sqlite":
        found = [trigger for model in guarded_models() for trigger in _triggers(model)]
        _drop([trigger for trigger in found if trigger.when or trigger.may_change], using)


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


def _is_append_only(model: type[models.Model]) -> bool:
    return bool(vars(model).get("append_only", False))


def _triggers(model: type[models.Model]) -> list[Trigger]:
    table, own = model._meta.db_table, vars(model)
    named = own.get("may_change", ())
    may_change = tuple(str(field.column) for field in model._meta.concrete_fields if field.name in named)
    events = ("update", "delete", "truncate") if may_change or _is_append_only(model) else ()
    return [
        *(
            Trigger(f"{table}_no_{event}", table, event, _REFUSAL, may_change=may_change if event == "update" else ())
            for event in events
        ),
        *(Trigger(name, table, "insert", name, when=when) for name, when in own.get("refused_rows", {}).items()),
    ]


def _drop(triggers: list[Trigger], using: str) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        for trigger in triggers:
            on_table = f' ON "{trigger.table}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER IF EXISTS "{trigger.name}"{on_table}')
