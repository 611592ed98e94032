"""Columns that hold each value once. Those that money depends on are shown with their rooms' other constraints."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import Document, OutboxMail, RenderFailure
from tests.factories import ClipTypeFactory, ProductFactory, TermsFactory, UserFactory, open_shop, place

pytestmark = pytest.mark.django_db


def _document() -> Document:
    invoice = place(UserFactory.create(), (open_shop(), 100)).invoice
    assert invoice is not None
    return invoice


def _fail_to_render_twice() -> None:
    document = _document()
    for _ in range(2):
        RenderFailure.objects.create(document=document, next_at=timezone.now(), last_error="OSError")


def _queue_twice() -> None:
    _document()
    mail = OutboxMail.objects.get()
    mail.pk, mail._state.adding = None, True
    mail.save(force_insert=True)


def _twice(make: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        make()
        make()

    return run


@pytest.mark.parametrize(
    ("column", "breach"),
    [
        ("catalog_cliptype.code", _twice(lambda: ClipTypeFactory.create(code="faktura"))),
        ("catalog_cliptype.name", _twice(lambda: ClipTypeFactory.create(name="Fakturaklip"))),
        ("catalog_product.name", _twice(lambda: ProductFactory.create(name="Fakturaklip"))),
        ("billing_termsofsale.version", _twice(lambda: TermsFactory.create(version="2026-1"))),
        ("billing_renderfailure.document_id", _fail_to_render_twice),
        ("billing_outboxmail.message_id", _queue_twice),
    ],
)
def test_database_refuses_the_same_value_twice(column: str, breach: Callable[[], None]) -> None:
    table, _, name = column.partition(".")
    with pytest.raises(IntegrityError, match=rf"UNIQUE constraint failed: {column}|{table}_{name}\w*_(key|uniq)"):
        with transaction.atomic():
            breach()
