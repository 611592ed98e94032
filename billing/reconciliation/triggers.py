"""Triggers: what is written once is still guarded by the database itself."""

from datetime import datetime

from django.db import connection

from accounts.append_only import guarded_models, installed_triggers, trigger_names
from billing.reconciliation.check import Check, Found, found


def triggers(_now: datetime) -> Found:
    """Look for a trigger that the database's own catalogue does not have."""
    wanted = [name for model in guarded_models() for name in trigger_names(model, connection.vendor)]
    installed = installed_triggers()
    return found(len(wanted), (f"Triggeren {name} mangler." for name in sorted(wanted) if name not in installed))


CHECKS = (Check("Alt, der skrives én gang, er beskyttet af databasen", triggers),)
