"""What is kept (documents, mails, the ledger, what happened) is Danish, also when all of it was bought in English."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, override

from accounts.models import ClipEntry, User
from billing.models import (
    Document,
    DocumentFile,
    DocumentLine,
    FileKind,
    Order,
    OrderEvent,
    OrderLine,
    OutboxMail,
    PaymentMethod,
)
from billing.models import Payment as Paid
from billing.services.cancelling import cancel_order
from billing.services.settling import Received, settle_order
from billing.tasks import render_document
from catalog.models import Product
from tests.checkout.pages import ADD, CHECKOUT, sent_form
from tests.factories import UserFactory, open_shop, pay, place, support
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def products(db: None) -> list[Product]:
    return [open_shop(), support()]


def bought(products: list[Product], *, language: str) -> list[str]:
    """Buy as a new company, pay by transfer and by card, cancel once, and return all text that was written down."""
    user = UserFactory.create()
    with override(language):
        pay(_order(user, products, language))
        by_card = place(user, (products[0], 100), method=PaymentMethod.CARD).order
        received = Received(PaymentMethod.CARD, by_card.total, timezone.localdate(), key=f"stripe:{by_card.pk}")
        settle_order(order_id=by_card.pk, received=received)
        cancel_order(order_id=_order(user, products, language).pk, actor=None, reason="Dobbelt")
    return [words for rows in _written_about(user) for row in rows for words in _words(row)]


def _order(user: User, products: list[Product], language: str) -> Order:
    visitor = Visitor(user)
    visitor.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    for product in products:
        visitor.send(ADD, [("product", str(product.pk)), ("quantity", "1000")])
    visitor.open(CHECKOUT)
    visitor.send(CHECKOUT, sent_form(visitor))
    assert visitor.heading == {"da": "Tak for din bestilling", "en": "Thank you for your order"}[language]
    return Order.objects.filter(company=user.company).latest("pk")


def _written_about(user: User) -> list[models.QuerySet[Any]]:
    own = Order.objects.filter(company=user.company).order_by("pk")
    return [
        own,
        *(each.objects.filter(order__in=own).order_by("pk") for each in (OrderLine, OrderEvent, Paid, Document)),
        DocumentLine.objects.filter(document__order__in=own).order_by("pk"),
        ClipEntry.objects.filter(account__company=user.company).order_by("pk"),
        OutboxMail.objects.filter(company=user.company).order_by("pk"),
    ]


def _words(row: models.Model) -> list[str]:
    values = [field.value_from_object(row) for field in row._meta.concrete_fields]
    return [re.sub(r"\d+", "#", value) for value in values if isinstance(value, str)]


def test_buying_in_english_writes_down_what_buying_in_danish_does(products: list[Product]) -> None:
    in_danish = bought(products, language="da")
    assert {"Faktura # fra TrueLink Test A/S", "Kvittering for bestilling # hos TrueLink Test A/S"} <= set(in_danish)
    assert bought(products, language="en") == in_danish


def test_pdf_has_its_danish_name_on_the_english_page(products: list[Product]) -> None:
    user = UserFactory.create()
    document = _order(user, products, "en").documents.get()
    render_document(document.pk)
    visitor = Visitor(user)
    visitor.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = visitor.open(f"/dokumenter/{document.pk}/pdf/").response
    assert answer["Content-Disposition"] == f'inline; filename="Faktura {document.number}.pdf"'
    file = DocumentFile.objects.get(document=document, kind=FileKind.PDF)
    assert visitor.content == bytes(file.content)


def test_request_in_english_leaves_no_english_behind_in_its_thread(products: list[Product]) -> None:
    visitor = Visitor()
    visitor.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    visitor.open("/").open("/findes-ikke/")
    assert get_language() == "da"
