"""`manage.py backup FILE`: the whole database in one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from billing.backup import checks, postgresql, sqlite
from billing.backup.files import new_file
from billing.backup.programs import ProgramFailed


class Command(BaseCommand):
    """Writes the whole database to a new file while the shop goes on."""

    help = "Write the whole database to FILE, which must not exist. The shop may go on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **_: Any) -> None:
        """Write the file and say what the database holds."""
        dump = postgresql.dump if connection.vendor == "postgresql" else sqlite.dump
        try:
            with new_file(file) as unfinished:
                dump(connection, unfinished)
        except (OSError, ProgramFailed, sqlite.CopyFailed) as error:
            raise CommandError(f"No backup was made. {error}") from error
        self.stdout.write(f"{file} holds the whole database. It has now:")
        for name, number in checks.counts().items():
            self.stdout.write(f"  {name}: {number}")
