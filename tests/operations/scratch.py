"""Another database of the same kind as the one under test, and the shop's commands upon it."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.operations.servers import new_database

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Scratch:
    """A database that is made for the test."""

    url: str
    settings: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `manage.py` upon it, with the settings."""
        own = {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "truelink_shop.settings"}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=os.environ | own | self.settings,
            capture_output=True,
            text=True,
            check=False,
        )

    def connect(self) -> Any:
        """Connect past Django."""
        if self.url.startswith("sqlite"):
            return sqlite3.connect(self.url.removeprefix("sqlite:///"))
        return psycopg.connect(self.url)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    """An empty database."""
    if connection.vendor == "sqlite":
        yield Scratch(f"sqlite:///{tmp_path}/scratch.sqlite3")
        return
    with new_database() as url:
        yield Scratch(url)
