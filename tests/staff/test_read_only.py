"""What must stand, and what staff do change: seller, terms of sale, prices."""

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import Model

from accounts.models import ClipAccount, ClipEntry, User
from billing.models import (
    ActionItem,
    AttemptState,
    CreditNote,
    DocumentKind,
    Invoice,
    NumberGap,
    Order,
    OrderLine,
    OutboxMail,
    Payment,
    PaymentAttempt,
    Reconciliation,
    Seller,
    StripeEvent,
    TermsOfSale,
)
from billing.services.cancelling import cancel_order
from billing.services.numbers import skip_numbers
from catalog.models import PriceTier, Product
from tests.factories import pay, place, support
from tests.staff.cards import attempt_of, event_of, item_of
from tests.staff.reconciliations import run_of
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


READ_ONLY: dict[str, Callable[[], Model]] = {
    "billing/order": lambda: Order.objects.order_by("pk")[0],
    "billing/orderline": lambda: OrderLine.objects.get(clip_type=None),
    "billing/invoice": lambda: Invoice.objects.filter(kind="invoice").order_by("pk")[0],
    "billing/creditnote": lambda: CreditNote.objects.get(kind="credit_note"),
    "billing/payment": Payment.objects.get,
    "billing/paymentattempt": PaymentAttempt.objects.get,
    "billing/stripeevent": StripeEvent.objects.get,
    "billing/actionitem": ActionItem.objects.get,
    "billing/outboxmail": lambda: OutboxMail.objects.order_by("pk")[0],
    "billing/numbergap": NumberGap.objects.get,
    "billing/reconciliation": Reconciliation.objects.get,
    "accounts/clipaccount": ClipAccount.objects.get,
    "accounts/clipentry": ClipEntry.objects.get,
}


@pytest.fixture
def _everything(order: Order, staff: User, member: User, fakturaklip: Product) -> None:
    cancel_order(order_id=order.pk, actor=staff, reason="Fortrudt")
    pay(place(member, (fakturaklip, 100), (support(), 1)).order)
    event_of(attempt_of(order, member, state=AttemptState.EXPIRED))
    item_of(order)
    run_of()
    skip_numbers(kind=DocumentKind.INVOICE, to=10100, reason="Gendannet efter nedbrud")


@pytest.mark.usefixtures("_everything")
@pytest.mark.parametrize("model", READ_ONLY)
def test_money_documents_and_ledger_are_read_only_even_for_superusers(desk: Visitor, model: str) -> None:
    row = READ_ONLY[model]()
    before = type(row).objects.filter(pk=row.pk).values().get()  # type: ignore[attr-defined]
    assert desk.client.get(f"/admin/{model}/{row.pk}/change/").status_code == 200
    for page in (f"{row.pk}/change/", "add/", f"{row.pk}/delete/"):
        assert (
            desk.client.post(f"/admin/{model}/{page}", {"total": "1", "balance": "9", "post": "yes"}).status_code == 403
        )
    delete = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
    desk.client.post(f"/admin/{model}/", delete)
    assert type(row).objects.filter(pk=row.pk).values().get() == before  # type: ignore[attr-defined]


def test_terms_of_sale_are_added_and_never_changed(desk: Visitor, fakturaklip: Product) -> None:
    old = TermsOfSale.objects.get()
    desk.open("/admin/billing/termsofsale/add/")
    desk.send("/admin/billing/termsofsale/add/", [("version", "2027-1"), ("text", "# Nyt\n\nTekst.")])
    assert TermsOfSale.objects.get(version="2027-1").text == "# Nyt\n\nTekst."
    for page in (f"{old.pk}/change/", f"{old.pk}/delete/"):
        response = desk.client.post(f"/admin/billing/termsofsale/{page}", {"version": "x", "text": "y", "post": "yes"})
        assert response.status_code == 403
    old.refresh_from_db()
    assert old.text == "# Salg\n\nKlip kan ikke fortrydes."


SELLER = {
    "name": "TrueLink Prøve A/S",
    "cvr": "13585628",
    "address": "Havnegade 1",
    "postal_code": "8000",
    "city": "Aarhus C",
    "email": "kundecenter@truelink.dk",
    "phone": "",
    "bank_name": "Prøvebanken",
    "bank_registration_number": "0040",
    "bank_account_number": "0440116243",
    "creditor_number": "89012345",
    "payment_terms_days": "8",
}


def test_there_is_one_seller_who_is_added_once_and_changed_after(desk: Visitor) -> None:
    desk.send("/admin/billing/seller/add/", list(SELLER.items()))
    assert Seller.objects.get().name == "TrueLink Prøve A/S"
    assert desk.client.post("/admin/billing/seller/add/", SELLER).status_code == 403
    assert desk.client.post("/admin/billing/seller/1/delete/", {"post": "yes"}).status_code == 403
    desk.send("/admin/billing/seller/1/change/", list({**SELLER, "payment_terms_days": "14"}.items()))
    assert Seller.objects.get().payment_terms_days == 14
    assert LogEntry.objects.count() == 2


def tier_form(product: Product, *prices: tuple[PriceTier | None, str, str]) -> dict[str, str]:
    fields = {
        "name": product.name, "description": "", "unit": product.unit, "clip_type": str(product.clip_type_id),
        "minimum_quantity": "100", "maximum_quantity": "1000000", "vat_rate": "25", "position": "1", "is_active": "on",
        "tiers-TOTAL_FORMS": str(len(prices)),
        "tiers-INITIAL_FORMS": str(sum(tier is not None for tier, _, _ in prices)),
    }  # fmt: skip
    for number, (tier, from_quantity, unit_price) in enumerate(prices):
        fields |= {
            f"tiers-{number}-id": str(tier.pk) if tier else "",
            f"tiers-{number}-product": str(product.pk),
            f"tiers-{number}-from_quantity": from_quantity,
            f"tiers-{number}-unit_price": unit_price,
        }
    return fields


def test_a_price_is_changed_on_the_products_page_and_the_change_is_logged(
    desk: Visitor, staff: User, order: Order, fakturaklip: Product
) -> None:
    first, second = fakturaklip.tiers.all()
    form = tier_form(fakturaklip, (first, "100", "2.60"), (second, "1000", "2.25"), (None, "5000", "2.0125"))
    desk.send(f"/admin/catalog/product/{fakturaklip.pk}/change/", list(form.items()))
    assert list(fakturaklip.tiers.values_list("from_quantity", "unit_price")) == [
        (100, Decimal("2.60")),
        (1000, Decimal("2.25")),
        (5000, Decimal("2.0125")),
    ]
    log = LogEntry.objects.get()
    changes = json.loads(log.change_message)
    assert log.user == staff
    assert {action: change["object"] for each in changes for action, change in each.items()} == {
        "added": "Fakturaklip fra 5000",
        "changed": "Fakturaklip fra 100",
    }
    assert (
        "fra 100: 2,60\u00a0kr.fra 1.000: 2,25\u00a0kr.fra 5.000: 2,0125\u00a0kr."
        in desk.open("/admin/catalog/product/").text
    )
    assert order.lines.get().unit_price == Decimal("2.25")
