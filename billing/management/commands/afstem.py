"""`manage.py afstem`: whether everything that must be true of money, clips and documents is true."""

import sys
from argparse import ArgumentTypeError
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from billing.models import Finding, Reconciliation, StripeAnswer
from billing.reconciliation.running import COMPARED_DAYS, reconcile
from catalog.amounts import whole

_DIFFERENCES = 1
_STRIPE_NOT_REACHED = 2
_OLDEST = date(2000, 1, 1)
_HEADINGS = ("Kontrol", "Set på", "Forskelle")


class Command(BaseCommand):
    """Reconciles, prints a table and the differences, and keeps the result for admin's front page."""

    help = (
        "Check every invariant of ledger, orders, payments, documents, numbers and triggers. The shop may go on "
        f"meanwhile. Ends with {_DIFFERENCES} when something differs, with {_STRIPE_NOT_REACHED} when Stripe could not "
        "be asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether Stripe is asked too, and since when."""
        parser.add_argument("--stripe", action="store_true", help="also compare with Stripe's list of paid sessions")
        parser.add_argument(
            "--since",
            type=_day,
            metavar="DATE",
            help=f"with --stripe: compare from this day on (2026-11-24; {COMPARED_DAYS} days when left out)",
        )

    def handle(self, *, stripe: bool, since: date | None, **_: Any) -> None:
        """Reconcile, print, and end with the code that says how it went."""
        midnight = timezone.make_aware(datetime.combine(since, time.min)) if since else None
        run = reconcile(with_stripe=stripe, since=midnight)
        self.stdout.write("\n".join([*_table(run.findings), *_differences(run.findings), "", _last_line(run)]))
        if code := _code(run):
            sys.exit(code)


def _day(text: str) -> date:
    """Return the day that was named. Moments at the beginning of the calendar cannot be reckoned with."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if day < _OLDEST:
        raise ArgumentTypeError(f"no day like 2026-11-24, or before {_OLDEST.year}: {text!r}")
    return day


def _table(findings: list[Finding]) -> list[str]:
    rows = [(each["check"], whole(each["looked_at"]), whole(each["differences"])) for each in findings]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    return [
        f"{name:<{widths[0]}}  {looked_at:>{widths[1]}}  {differences:>{widths[2]}}"
        for name, looked_at, differences in (_HEADINGS, *rows)
    ]


def _differences(findings: list[Finding]) -> list[str]:
    told = []
    for each in findings:
        if each["differences"]:
            told += ["", f"{each['check']}:", *(f"  {sentence}" for sentence in each["sentences"])]
            left_out = each["differences"] - len(each["sentences"])
            told += [f"  … og {whole(left_out)} til."] if left_out else []
    return told


def _last_line(run: Reconciliation) -> str:
    said = f"{run.checks} kontroller, {whole(run.differences) if run.differences else 'ingen'} forskelle."
    if run.stripe == StripeAnswer.NOT_REACHED:
        said += " Stripe kunne ikke nås: kortbetalingerne er ikke sammenlignet."
    return said


def _code(run: Reconciliation) -> int:
    if run.differences:
        return _DIFFERENCES
    return _STRIPE_NOT_REACHED if run.stripe == StripeAnswer.NOT_REACHED else 0
