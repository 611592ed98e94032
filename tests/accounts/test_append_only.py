"""Rows that are written once: the database itself refuses to change them."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from accounts.append_only import (
    append_only_models,
    guarded_models,
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
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    Reconciliation,
    StripeAnswer,
    StripeEvent,
    TermsOfSale,
)
from billing.services.cancelling import cancel_order
from billing.services.numbers import skip_numbers
from tests.factories import ProductFactory, UserFactory, open_shop, pay, place, priced

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
# Models of which some fields go on changing: those, and nothing else.
_KEPT: dict[type[models.Model], set[str]] = {
    Order: {"state", "paid_at", "cancelled_at"},
    OrderLine: {"credited_quantity", "performed_at", "performed_by", "performed_note"},
}
_REFUSALS = "rows are written once|a_document_has_the_lines_of_its_issue"


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
    return {name for model in [*_WRITTEN_ONCE, *_KEPT] for name in trigger_names(model, connection.vendor)}


def test_append_only_models_are_the_ledger_the_money_and_the_documents() -> None:
    assert sorted(append_only_models(), key=lambda model: model.__name__) == _WRITTEN_ONCE
    assert set(guarded_models()) == {*_WRITTEN_ONCE, *_KEPT}


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
        pytest.raises(IntegrityError, match=_REFUSALS),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.postgresql
@pytest.mark.parametrize("model", [*_WRITTEN_ONCE, *_KEPT], ids=lambda model: model.__name__)
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


_FIELDS = [(model, field.name) for model in _KEPT for field in model._meta.concrete_fields]


def _another(row: models.Model, name: str) -> object:
    """Return another value for the field than it has."""
    value = getattr(row, attribute(row, name))
    if isinstance(value, datetime):
        return value + timedelta(seconds=1)
    if isinstance(value, int | Decimal):
        return value + 1
    return {"state": "cancelled", "placement_key": uuid4(), "performed_by": order_of(row).placed_by_id}.get(
        name, timezone.now() if name.endswith("_at") else f"{value}!"
    )


def order_of(row: models.Model) -> Order:
    return row if isinstance(row, Order) else Order.objects.get(lines=row.pk)


def attribute(row: models.Model, name: str) -> str:
    """Return where the row keeps the field's value: of a foreign key, the id."""
    return next(field.attname for field in row._meta.concrete_fields if field.name == name)


@pytest.mark.parametrize(("model", "name"), _FIELDS, ids=[f"{model.__name__}.{name}" for model, name in _FIELDS])
def test_what_was_agreed_never_changes(model: type[models.Model], name: str) -> None:
    """Fields that may change meet no trigger; whether their value is sound is for constraints to say."""
    _row_of_each()
    row = model._default_manager.order_by("pk")[0]
    rows = model._default_manager.filter(pk=row.pk)
    if name in _KEPT[model]:
        rows.update(**{name: getattr(row, attribute(row, name))})
        return
    with pytest.raises(IntegrityError, match=f"{model._meta.db_table}: rows are written once"), transaction.atomic():
        rows.update(**{name: _another(row, name)})
    assert rows.values().get() == {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}


def test_what_may_change_changes() -> None:
    _row_of_each()
    order = Order.objects.filter(state="paid")[0]
    line = order.lines.get()
    OrderLine.objects.filter(pk=line.pk).update(credited_quantity=1)
    Order.objects.filter(pk=order.pk).update(state="cancelled", paid_at=None, cancelled_at=timezone.now())
    line.performed_note = "Rettet"
    line.save()  # every column is written, and none but the note is another
    line.refresh_from_db()
    assert (line.credited_quantity, line.performed_note) == (0, "Rettet")


@pytest.mark.parametrize("model", _KEPT, ids=lambda model: model.__name__)
def test_what_was_ordered_cannot_be_deleted(model: type[models.Model]) -> None:
    _row_of_each()
    with pytest.raises(IntegrityError, match="rows are written once"), transaction.atomic():
        model._default_manager.all()._raw_delete("default")
    assert model._default_manager.exists()


# --- lines of documents -----------------------------------------------------------------------------------------------


def _insert_line(document: Document, **changes: object) -> None:
    line = document.lines.order_by("position").last()
    assert line is not None
    line.pk, line._state.adding = None, True
    for name, value in changes.items():
        setattr(line, name, value)
    line.save(force_insert=True)


@pytest.mark.parametrize("changes", [{"net": "0.01"}, {"net": "0.01", "position": 2}, {"net": "0.00", "position": 2}])
@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_database_refuses_a_further_line_of_a_document(kind: str, changes: dict[str, object]) -> None:
    _row_of_each()
    document = Document.objects.filter(kind=kind).order_by("-pk")[0]
    with pytest.raises(IntegrityError, match="a_document_has_the_lines_of_its_issue"), transaction.atomic():
        _insert_line(document, **changes)
    assert document.lines.count() == 1


def test_lines_of_ore_that_floats_cannot_hold_are_accepted() -> None:
    """0.1 and 0.2 are more than 0.3 as floats, which is how SQLite adds them."""
    open_shop()
    products = [priced(ProductFactory.create(clip_type=None, minimum_quantity=1), t1=price) for price in _ODD_PRICES]
    invoice = place(UserFactory.create(), *((product, 1) for product in products)).invoice
    assert invoice is not None
    assert invoice.lines.count() == len(_ODD_PRICES)


_ODD_PRICES = ["0.1", "0.2", "0.7", "1.1", "2.2", "0.01", "1000000.03", "0", "33.33"]


# --- after a migrate --------------------------------------------------------------------------------------------------


def test_migrate_puts_lost_triggers_back() -> None:
    uninstall_triggers()
    assert installed_triggers() == set()
    call_command("migrate", verbosity=0)
    assert installed_triggers() == _expected_triggers()


@pytest.mark.django_db(transaction=True)
def test_migration_that_rebuilds_the_ledger_keeps_its_entries_and_its_triggers() -> None:
    pay(place(UserFactory.create(), (open_shop(), 100)).order)
    before = ClipEntry.objects.values().get()
    try:
        call_command("migrate", "accounts", "0003", verbosity=0)
    finally:
        call_command("migrate", verbosity=0)
    assert installed_triggers() == _expected_triggers()
    assert ClipEntry.objects.values().get() == before


def test_install_triggers_may_run_twice() -> None:
    install_triggers()
    install_triggers()
    assert installed_triggers() == _expected_triggers()
