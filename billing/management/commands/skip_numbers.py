"""`manage.py skip_numbers KIND --to NUMBER --reason TEXT`: numbers that no document will ever have."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.models import DocumentKind
from billing.services.numbers import NumberPassed, skip_numbers


class Command(BaseCommand):
    """Moves a number series on, and writes down why."""

    help = "Leave out the numbers up to and with NUMBER, and keep the reason for the bookkeeper. It cannot be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the series, the last number to leave out, and why."""
        parser.add_argument("kind", choices=DocumentKind.values)
        parser.add_argument("--to", type=int, required=True, metavar="NUMBER", help="the last number to leave out")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="what the bookkeeper is told")

    def handle(self, *, kind: str, to: int, reason: str, **_: Any) -> None:
        """Move the series on, and say which numbers are left out."""
        try:
            gap = skip_numbers(kind=DocumentKind(kind), to=to, reason=reason)
        except NumberPassed as passed:
            raise CommandError(
                f"Nothing was changed: {kind} stands at {passed.last_number}, and a series never goes back."
            ) from passed
        except ValueError as error:
            raise CommandError(f"Nothing was changed: {error}.") from error
        self.stdout.write(f"{kind}: {gap.first} to {gap.last} are left out. The next document has {gap.last + 1}.")
