"""Starting processes of the shop's upon the database of the running test."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection

from demo.processes import die_with_parent
from tests.operations.servers import postgresql_url

ROOT = Path(__file__).resolve().parent.parent.parent


def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    """Start `python ARGUMENTS` with the shop's own settings; it ends with the test run at the latest."""
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "truelink_shop.settings", "DATABASE_URL": database_url()}
        | environment,
        text=True,
        preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 (the tests that use this have no threads then)
        **streams,
    )


def database_url() -> str:
    """Return the address of the database under test."""
    name = str(connection.settings_dict["NAME"])
    return f"sqlite:///{name}" if connection.vendor == "sqlite" else postgresql_url(name)
