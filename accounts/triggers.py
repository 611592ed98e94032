"""Triggers that refuse: one description, written for PostgreSQL and for SQLite."""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Trigger:
    """Refuses an event ("insert", "update", "delete", "truncate") on a table with the error `table: reason`.

    With `when` (SQL for both databases, in which NEW is the row) only those rows that it is true of; with `may_change`
    only updates that change another column.
    """

    name: str
    table: str
    event: str
    reason: str
    when: str = ""
    may_change: tuple[str, ...] = ()


def statements_for(trigger: Trigger, connection: BaseDatabaseWrapper) -> list[str]:
    """Return the SQL that creates the trigger unless it is there; none for what this kind of database does not know."""
    if connection.vendor == "postgresql":
        return _for_postgresql(trigger)
    return [] if trigger.event == "truncate" else [_for_sqlite(trigger, connection)]


def _for_sqlite(trigger: Trigger, connection: BaseDatabaseWrapper) -> str:
    when = _changed_on_sqlite(trigger, connection) if trigger.may_change else trigger.when
    return (
        f'CREATE TRIGGER IF NOT EXISTS "{trigger.name}" BEFORE {trigger.event.upper()} ON "{trigger.table}" '
        + (f"WHEN {when} " if when else "")
        + f"BEGIN SELECT RAISE(ABORT, '{trigger.table}: {trigger.reason}'); END"
    )


def _changed_on_sqlite(trigger: Trigger, connection: BaseDatabaseWrapper) -> str:
    """Return the condition of a change, in the columns that the table has now: a migration may bring others later."""
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, trigger.table)
    kept = [column.name for column in columns if column.name not in trigger.may_change]
    return " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in kept)


def _for_postgresql(trigger: Trigger) -> list[str]:
    """Return the function with its trigger. The condition is part of the function's text and not of the trigger's own:
    PostgreSQL lets no migration alter a column that a trigger speaks of.
    """
    when = _changed_on_postgresql(trigger) if trigger.may_change else trigger.when
    function = trigger.name if when else f"{trigger.table}_written_once"
    refusal = f"RAISE EXCEPTION '{trigger.table}: {trigger.reason}' USING ERRCODE = 'integrity_constraint_violation';"
    body = f"IF {when} THEN {refusal} END IF; RETURN NEW;" if when else refusal
    each = "STATEMENT" if trigger.event == "truncate" else "ROW"
    return [
        f'CREATE OR REPLACE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$',
        f'CREATE OR REPLACE TRIGGER "{trigger.name}" BEFORE {trigger.event.upper()} ON "{trigger.table}" '
        f'FOR EACH {each} EXECUTE FUNCTION "{function}"()',
    ]


def _changed_on_postgresql(trigger: Trigger) -> str:
    columns = ", ".join(f"'{name}'" for name in trigger.may_change)
    return f"to_jsonb(NEW) - ARRAY[{columns}] IS DISTINCT FROM to_jsonb(OLD) - ARRAY[{columns}]"
