"""`python -m tests.reliability.migrate_in_steps`: migrate an empty database to each migration of ours in turn.

After each it writes a line: the migration, and the triggers that are missing or too many on the tables that there are.
"""

import json

import django

django.setup()

from django.core.management import call_command  # noqa: E402 (models can be imported only after setup)
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

from accounts.append_only import guarded_models, installed_triggers, trigger_names  # noqa: E402
from tests.database import ROOMS  # noqa: E402


def expected_triggers() -> set[str]:
    """Return the triggers that the tables need which exist by now."""
    tables = connection.introspection.table_names()
    found = [model for model in guarded_models() if model._meta.db_table in tables]
    return {name for model in found for name in trigger_names(model, connection.vendor)}


def main() -> None:
    """Go up step by step."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    for migration, _backwards in plan:
        if migration.app_label in ROOMS:
            call_command("migrate", migration.app_label, migration.name, verbosity=0)
            expected, installed = expected_triggers(), installed_triggers()
            print(json.dumps([str(migration), sorted(expected ^ installed), len(installed)]))


if __name__ == "__main__":
    main()
