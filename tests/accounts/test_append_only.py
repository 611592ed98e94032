"""Rows that are written once: the database itself refuses to change them."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from accounts.append_only import (
    append_only_models,
    install_triggers,
    installed_triggers,
    trigger_names,
    uninstall_triggers,
)
from accounts.models import ClipEntry
from billing.models import (
    Document,
    DocumentFile,
    DocumentKind,
    DocumentLine,
    NumberGap,
    OrderEvent,
    Payment,
    Reconciliation,
    StripeAnswer,
    StripeEvent,
    TermsOfSale,
)
from billing.services.cancelling import cancel_order
from billing.services.numbers import skip_numbers
from tests.factories import UserFactory, open_shop, pay, place

pytestmark = pytest.mark.django_db

_WRITTEN_ONCE: list[type[models.Model]] = [
    ClipEntry,
    Document,
    DocumentFile,
    DocumentLine,
    NumberGap,
    OrderEvent,
    Payment,
    Reconciliation,
    StripeEvent,
    TermsOfSale,
]


def _row_of_each() -> None:
    fakturaklip = open_shop()
    user = UserFactory.create()
    pay(place(user, (fakturaklip, 100)).order)
    cancelled = place(user, (fakturaklip, 100)).order
    cancel_order(order_id=cancelled.pk, actor=None, reason="Fortrudt")
    DocumentFile.objects.create(document=Document.objects.all()[0], kind="pdf", content=b"%PDF", sha256="0" * 64)
    now = timezone.now()
    StripeEvent.objects.create(event_id="evt_1", type="checkout.session.completed", happened_at=now)
    skip_numbers(kind=DocumentKind.INVOICE, to=10100, reason="Gendannet efter nedbrud")
    times = {"started_at": now, "finished_at": now}
    Reconciliation.objects.create(checks=0, differences=0, stripe=StripeAnswer.NOT_ASKED, findings=[], **times)


def _expected_triggers() -> set[str]:
    return {name for model in _WRITTEN_ONCE for name in trigger_names(model, connection.vendor)}


def test_append_only_models_are_the_ledger_the_money_and_the_documents() -> None:
    assert sorted(append_only_models(), key=lambda model: model.__name__) == _WRITTEN_ONCE


def test_installed_triggers_are_those_that_the_models_need() -> None:
    """After all migrations: SQLite drops triggers silently when one of them rebuilds a table."""
    assert installed_triggers() == _expected_triggers()


def test_trigger_names_say_what_they_prevent() -> None:
    assert trigger_names(ClipEntry, "sqlite") == ["accounts_clipentry_no_update", "accounts_clipentry_no_delete"]
    assert trigger_names(ClipEntry, "postgresql") == [
        "accounts_clipentry_no_update",
        "accounts_clipentry_no_delete",
        "accounts_clipentry_no_truncate",
    ]


@pytest.mark.parametrize("model", _WRITTEN_ONCE, ids=lambda model: model.__name__)
def test_database_refuses_to_update_or_delete(model: type[models.Model]) -> None:
    _row_of_each()
    table = model._meta.db_table
    before = list(model._default_manager.order_by("pk").values())
    assert before
    for statement in (f'UPDATE "{table}" SET id = id', f'DELETE FROM "{table}"'):  # noqa: S608 (the table's own name)
        with (
            pytest.raises(IntegrityError, match=f"{table}: rows are written once"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert list(model._default_manager.order_by("pk").values()) == before


@pytest.mark.parametrize("model", _WRITTEN_ONCE, ids=lambda model: model.__name__)
def test_database_refuses_to_replace(model: type[models.Model]) -> None:
    """On SQLite, REPLACE deletes the old row: past its trigger, unless recursive triggers are on."""
    _row_of_each()
    table = model._meta.db_table
    again = f'INSERT INTO "{table}" SELECT * FROM "{table}"'  # noqa: S608 (the table's own name)
    statement = {
        "sqlite": again.replace("INSERT", "REPLACE", 1),
        "postgresql": f"{again} ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id",
    }[connection.vendor]
    with (
        pytest.raises(IntegrityError, match="rows are written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.postgresql
@pytest.mark.parametrize("model", _WRITTEN_ONCE, ids=lambda model: model.__name__)
def test_database_refuses_to_truncate(model: type[models.Model]) -> None:
    table = model._meta.db_table
    with (
        pytest.raises(IntegrityError, match="rows are written once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f'TRUNCATE "{table}" CASCADE')


def test_models_refuse_like_the_database() -> None:
    """Django's own ways to change a row meet the triggers too."""
    _row_of_each()
    entry = ClipEntry.objects.get()
    entry.note = "Rettet"
    with pytest.raises(IntegrityError, match="rows are written once"), transaction.atomic():
        entry.save()
    with pytest.raises(IntegrityError, match="rows are written once"), transaction.atomic():
        Payment.objects.update(amount=1)
    with pytest.raises(IntegrityError, match="rows are written once"), transaction.atomic():
        TermsOfSale.objects.all()._raw_delete("default")


def test_migrate_puts_lost_triggers_back() -> None:
    uninstall_triggers()
    assert installed_triggers() == set()
    call_command("migrate", verbosity=0)
    assert installed_triggers() == _expected_triggers()


def test_install_triggers_may_run_twice() -> None:
    install_triggers()
    install_triggers()
    assert installed_triggers() == _expected_triggers()
