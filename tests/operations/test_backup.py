"""`manage.py backup` and `manage.py restore`, on the database of this run, into one that is made for the test."""

import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from billing.models import Order
from tests.factories import UserFactory, open_shop, pay, place
from tests.operations.scratch import Scratch, scratch
from tests.operations.servers import postgresql_url

pytestmark = pytest.mark.django_db(transaction=True)

# A fixture of this file.
__all__ = ["scratch"]


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of a shop with one paid order of 100 clips and one that is not paid."""
    fakturaklip, user = open_shop(), UserFactory.create()
    pay(place(user, (fakturaklip, 100)).order)
    place(user, (fakturaklip, 1000))
    file = tmp_path / "shop.backup"
    call_command("backup", str(file), verbosity=0)
    return file


def own_database() -> Scratch:
    """Return the database under test, for a look past Django."""
    name = connection.settings_dict["NAME"]
    return Scratch(f"sqlite:///{name}" if connection.vendor == "sqlite" else postgresql_url(name))


def contents(database: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of ours, through a connection of any driver."""
    cursor = database.cursor()
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for table in sorted(connection.introspection.django_table_names(only_existing=True)):
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # noqa: S608 (our own tables)
        rows[table] = [tuple(row) for row in cursor.fetchall()]
    return rows


def own_contents() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the database under test."""
    with closing(own_database().connect()) as database:
        return contents(database)


def test_restore_brings_back_every_row(backup: Path, scratch: Scratch) -> None:
    result = scratch.run("restore", str(backup))

    assert (result.returncode, result.stderr) == (0, "")
    assert "billing_order: 2" in result.stdout
    with closing(scratch.connect()) as database:
        restored = contents(database)
    assert restored == own_contents()
    assert len(restored["billing_order"]) == 2
    assert len(restored["accounts_clipentry"]) == 1


def test_restored_rows_are_still_written_once(backup: Path, scratch: Scratch) -> None:
    scratch.run("restore", str(backup))

    with (
        closing(scratch.connect()) as database,
        pytest.raises((psycopg.IntegrityError, sqlite3.IntegrityError)) as refusal,
    ):
        database.execute("UPDATE billing_payment SET amount = 1")
    assert "billing_payment: rows are written once" in str(refusal.value)


def test_restored_shop_goes_on_numbering(backup: Path, scratch: Scratch) -> None:
    """PostgreSQL's sequences come along: the next row does not meet the id of an old one."""
    scratch.run("restore", str(backup))
    code = (
        "from billing.models import Order, OrderEvent; from tests.factories import *; "
        "pay(Order.objects.order_by('pk').last()); print(OrderEvent.objects.count())"
    )
    result = scratch.run("shell", "--no-imports", "--command", code)

    assert result.returncode == 0, result.stderr


def test_restore_over_orders_needs_a_word_of_its_own(backup: Path, scratch: Scratch) -> None:
    scratch.run("restore", str(backup))
    with closing(scratch.connect()) as database:
        database.execute("UPDATE accounts_user SET first_name = 'Ny'")
        database.commit()
    refused = scratch.run("restore", str(backup))
    with closing(scratch.connect()) as database:
        kept = contents(database)["accounts_user"]
    allowed = scratch.run("restore", str(backup), "--replace-orders")

    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: Nothing was changed: this database has orders in it.")
    assert any("Ny" in row for row in kept)
    assert (allowed.returncode, allowed.stderr) == (0, "")
    with closing(scratch.connect()) as database:
        assert contents(database) == own_contents()


def test_a_table_that_the_backup_does_not_know_goes(backup: Path, scratch: Scratch) -> None:
    """Else the next migrate would find a table of the newer version in its way."""
    scratch.run("migrate")
    with closing(scratch.connect()) as database:
        database.execute("CREATE TABLE newer (order_id bigint REFERENCES billing_order (id))")
        database.commit()
    scratch.run("restore", str(backup))

    with closing(scratch.connect()) as database, pytest.raises((psycopg.ProgrammingError, sqlite3.OperationalError)):
        database.execute("SELECT * FROM newer")


def test_a_backup_of_a_newer_shop_is_named_as_such(backup: Path, scratch: Scratch, tmp_path: Path) -> None:
    scratch.run("restore", str(backup))
    with closing(scratch.connect()) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '9999_later', '2026-11-24')"
        )
        database.commit()
    newer = tmp_path / "newer.backup"
    assert scratch.run("backup", str(newer)).returncode == 0
    result = scratch.run("restore", str(newer), "--replace-orders")

    assert result.returncode == 1
    assert "newer version of the shop" in result.stderr
    assert "billing.9999_later" in result.stderr


def test_a_backup_of_an_older_shop_needs_a_migrate_for_its_triggers(
    backup: Path, scratch: Scratch, tmp_path: Path
) -> None:
    scratch.run("restore", str(backup))
    with closing(scratch.connect()) as database:
        on_table = "" if connection.vendor == "sqlite" else " ON billing_order"
        database.execute(f"DROP TRIGGER billing_order_no_update{on_table}")
        database.commit()
    unguarded, older = tmp_path / "unguarded.backup", tmp_path / "older.backup"
    assert scratch.run("backup", str(unguarded)).returncode == 0
    with closing(scratch.connect()) as database:
        database.execute("DELETE FROM django_migrations WHERE name = '0005_series_time'")
        database.commit()
    assert scratch.run("backup", str(older)).returncode == 0
    same_age = scratch.run("restore", str(unguarded), "--replace-orders")
    result = scratch.run("restore", str(older), "--replace-orders")

    assert (same_age.returncode, "billing_order_no_update" in same_age.stderr) == (1, True)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("The database is restored. It has now:")
    assert "Run `manage.py migrate` before the shop starts: billing.0005_series_time" in result.stdout


def test_a_broken_file_changes_nothing(backup: Path, scratch: Scratch, tmp_path: Path) -> None:
    scratch.run("restore", str(backup))
    broken = tmp_path / "broken.backup"
    broken.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    result = scratch.run("restore", str(broken), "--replace-orders")

    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: Nothing was changed.")
    with closing(scratch.connect()) as database:
        assert contents(database) == own_contents()


def test_a_file_that_holds_no_shop_changes_nothing(backup: Path, scratch: Scratch, tmp_path: Path) -> None:
    scratch.run("restore", str(backup))
    other = tmp_path / "other.backup"
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(other)) as database:
            database.execute("CREATE TABLE django_migrations (id integer)")
    else:
        only = ["pg_dump", "--format=custom", "--table=django_migrations", f"--file={other}", scratch.url]
        subprocess.run(only, check=True)
    result = scratch.run("restore", str(other), "--replace-orders")

    assert (result.returncode, result.stderr) == (
        1,
        "CommandError: Nothing was changed. The file holds no shop.\n",
    )
    with closing(scratch.connect()) as database:
        assert contents(database) == own_contents()


def test_a_missing_file_changes_nothing(scratch: Scratch, tmp_path: Path) -> None:
    result = scratch.run("restore", str(tmp_path / "none"))

    assert (result.returncode, result.stderr) == (1, f"CommandError: There is no file {tmp_path}/none.\n")


def test_backup_is_for_its_owner_only_and_alone_in_its_folder(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in backup.parent.iterdir() if path.is_file()] == ["shop.backup"]


def test_backup_writes_over_nothing(backup: Path) -> None:
    before = backup.read_bytes()

    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(backup), verbosity=0)
    assert backup.read_bytes() == before


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's own name leads nowhere here."""
    name = str(tmp_path / "nowhere" / "shop.sqlite3")
    monkeypatch.setitem(connection.settings_dict, "NAME", name)
    with pytest.raises(CommandError, match="No backup was made"):
        call_command("backup", str(tmp_path / "shop.backup"), verbosity=0)

    assert list(tmp_path.iterdir()) == []


def test_backup_while_a_transaction_is_open_holds_what_was_committed(tmp_path: Path, scratch: Scratch) -> None:
    fakturaklip, user = open_shop(), UserFactory.create()
    place(user, (fakturaklip, 100))
    other = own_database().connect()
    other.execute("UPDATE accounts_user SET first_name = 'Uafsluttet'")
    call_command("backup", str(tmp_path / "shop.backup"), verbosity=0)
    other.rollback()
    other.close()
    scratch.run("restore", str(tmp_path / "shop.backup"))

    with closing(scratch.connect()) as database:
        assert contents(database) == own_contents()
    assert Order.objects.count() == 1
