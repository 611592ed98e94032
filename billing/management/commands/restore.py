"""`manage.py restore FILE`: the database as a backup holds it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from billing.backup import checks, postgresql, sqlite
from billing.backup.programs import ProgramFailed


class Command(BaseCommand):
    """Replaces the whole database by what a backup holds, and checks it."""

    help = "Replace the whole database by FILE, which `backup` wrote. Stop web, worker and beat first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, and the word for a database that holds orders."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--replace-orders", action="store_true", help="also when the database has orders in it, which are then gone"
        )

    def handle(self, *, file: Path, replace_orders: bool, **_: Any) -> None:
        """Replace the database, unless there are orders in it, and say what it holds then."""
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        if checks.has_orders() and not replace_orders:
            raise CommandError(
                "Nothing was changed: this database has orders in it. Back it up first; "
                "then --replace-orders restores over it."
            )
        load = postgresql.load if connection.vendor == "postgresql" else sqlite.load
        try:
            load(connection, file)
        except (OSError, ProgramFailed, sqlite.CopyFailed) as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        self._check()

    def _check(self) -> None:
        migrations, triggers = checks.migrations(), checks.missing_triggers()
        if migrations.unknown:
            raise CommandError(
                "The backup is of a newer version of the shop. Install that version, and do not start this one. "
                f"It does not know: {', '.join(migrations.unknown)}"
            )
        if triggers and not migrations.missing:
            raise CommandError(f"Rows are not protected, run `manage.py migrate`. Missing: {', '.join(triggers)}")
        # An older shop may have had fewer triggers: the migrate that it needs anyway brings them.
        guarded = "" if triggers else ", and its written-once tables are protected"
        self.stdout.write(f"The database is restored{guarded}. It has now:")
        for name, number in checks.counts().items():
            self.stdout.write(f"  {name}: {number}")
        if migrations.missing:
            self.stdout.write(f"Run `manage.py migrate` before the shop starts: {', '.join(migrations.missing)}")
