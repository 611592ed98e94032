"""Filling a table in SQL: its first row again and again, with some columns counted on."""

import sys

from django.db import connection, models


def repeat(model: type[models.Model], times: int, *, where: str = "1 = 1", **columns: str) -> None:
    """Repeat the table's first row for each `i` from 1 to `times` that the condition is true of.

    The columns are SQL expressions that both databases read alike (whole numbers divide to whole numbers); the others
    stay as they are.
    """
    table = model._meta.db_table
    names = [field.column for field in model._meta.concrete_fields]
    values = ", ".join(columns.get(name, f'one."{name}"') for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}), "  # noqa: S608
            f'one AS (SELECT * FROM "{table}" ORDER BY id LIMIT 1) '
            f'INSERT INTO "{table}" ({", ".join(names)}) SELECT {values} FROM n CROSS JOIN one WHERE {where}'
        )
    print(f"  {model._default_manager.count():>9,} {model.__name__}", file=sys.stderr, flush=True)


def uuid_of_i() -> str:
    """Return SQL for a UUID that follows from `i`."""
    return "md5('' || i)::uuid" if connection.vendor == "postgresql" else "printf('%032x', i)"
