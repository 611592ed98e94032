"""What callers say, and what the office finds: each list with each thing that a member may name."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import ClipAccount, Company, Role, User
from billing.admin.amount_field import amount_in
from billing.models import AttemptState, Document, MailStatus, Order, OutboxMail, PaymentMethod
from billing.services.cancelling import cancel_order
from billing.services.handling import handle_item
from billing.services.performing import mark_performed
from catalog.models import Product
from tests.factories import CompanyFactory, UserFactory, pay, place, support
from tests.staff.cards import attempt_of, event_of, item_of
from tests.staff.clock import MONDAY_NOON
from tests.staff.reconciliations import run_of
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db


def found(desk: Visitor, path: str, **query: str) -> list[int]:
    """Return the keys of the rows that the list shows."""
    page = desk.client.get(f"/admin/{path}/", query)
    assert page.status_code == 200
    return [row.pk for row in page.context["cl"].result_list]


@pytest.fixture
def called(member: User, order: Order) -> Order:
    """The order of the company that calls, with everything that may be named on the telephone."""
    User.objects.filter(pk=member.pk).update(email="mette@bogtryk.example")
    Company.objects.filter(users=member).update(ean="5790000000005")
    return order


# What a caller or a bank statement says, in the words and with the signs that people use.
SAID = [
    "10001", "Faktura 10001", "faktura nr. 10.001", "000000000100016", "0000 0000 0100 016", "100016",
    "+71<000000000100016+89012345<", "+71 < 00000 00001 00016 + 89012345 <",
    "2.812,50", "2812,50", "2812,5", "2812.50", "kr. 2.812,50", "2.812,50 kr.", "2 812,50 kr", "KR 2812,50",
    "Havnegaden", "bogtryk aps", "13585628", "13 58 56 28", "DK-13585628", "CVR-nr.: 13585628", "cvr 13 58 56 28",
    "5790000000005", "EAN-nr. 5790000000005", "5790 0000 0000 5", "mette", "METTE", "mette@bogtryk.example",
    "kontor@bogtryk.example", "FAKTURA@bogtryk.example",
]  # fmt: skip


def test_the_callers_order_invoice_and_mail_are_found(desk: Visitor, called: Order, others: list[Order]) -> None:
    sought = {
        "billing/order": called.pk,
        "billing/invoice": called.documents.get().pk,
        "billing/outboxmail": called.mails.get().pk,
    }
    assert_found_by_all(desk, sought, SAID)


def test_the_callers_payment_attempt_event_and_case_are_found(
    desk: Visitor, called: Order, others: list[Order]
) -> None:
    sought = {}
    for order in (*others, called):
        pay(order)
        attempt = attempt_of(order, order.placed_by, state=AttemptState.EXPIRED)
        sought = {
            "billing/payment": order.payments.get().pk,
            "billing/paymentattempt": attempt.pk,
            "billing/stripeevent": event_of(attempt).pk,
            "billing/actionitem": item_of(order).pk,
        }
    assert_found_by_all(desk, sought, SAID)


WHO = ["Havnegaden", "13 58 56 28", "CVR-nr. 13585628", "mette", "mette@bogtryk.example"]


def test_the_callers_company_users_clips_and_entries_are_found(
    desk: Visitor, called: Order, others: list[Order]
) -> None:
    for order in (*others, called):
        pay(order)
    account = ClipAccount.objects.get(company=called.company)
    sought = {
        "accounts/company": called.company_id,
        "accounts/clipaccount": account.pk,
        "accounts/clipentry": account.entries.get().pk,
    }
    assert_found_by_all(desk, sought, [*WHO, "EAN 5790000000005"])
    assert_found_by_all(desk, {"accounts/user": called.placed_by_id}, WHO)


def assert_found_by_all(desk: Visitor, sought: dict[str, int], terms: list[str]) -> None:
    """Search each list for each term, and expect the one row that is sought there and no other."""
    expected = {(path, term): [pk] for path, pk in sought.items() for term in terms}
    assert {(path, term): found(desk, path, q=term) for path, term in expected} == expected


@pytest.mark.parametrize("said", ["rekv 4711/b", "REKV 4711/B", "Rekvisitionsnr. Rekv 4711/B", "4711", "4711/b"])
def test_a_requisition_number_is_found_as_it_is_read_out(
    desk: Visitor, member: User, others: list[Order], fakturaklip: Product, said: str
) -> None:
    order = place(member, (fakturaklip, 100), purchase_order_number="Rekv 4711/B").order
    assert found(desk, "billing/order", q=said) == [order.pk]


@pytest.mark.parametrize("own_number", ["REKV-17", "REKV17", "Rekv. 5", "Indkøbsordre 7", "Rekvisitionsnr. 4", "KR-3"])
def test_a_requisition_number_that_is_like_its_name_is_found(
    desk: Visitor, member: User, others: list[Order], fakturaklip: Product, own_number: str
) -> None:
    order = place(member, (fakturaklip, 100), purchase_order_number=own_number).order
    assert found(desk, "billing/order", q=own_number) == [order.pk]


def test_the_support_itself_is_found(desk: Visitor, member: User, fakturaklip: Product) -> None:
    line = place(member, (support(), 1), (fakturaklip, 100)).order.lines.get(clip_type=None)
    assert found(desk, "billing/orderline", q="modtagersupport") == [line.pk]
    assert found(desk, "billing/orderline", q="fakturaklip") == []


def test_a_payment_is_found_by_what_came_in_not_only_by_what_was_owed(desk: Visitor, order: Order) -> None:
    pay(order)
    surplus = order.payments.create(
        method=PaymentMethod.BANK_TRANSFER, amount=Decimal("17.25"), received_on="2026-11-26", key="x", is_surplus=True
    )
    assert found(desk, "billing/payment", q="17,25 kr.") == [surplus.pk]


@pytest.mark.parametrize(
    ("written", "kroner"),
    [
        ("4.612,50", "4612.50"), ("4612", "4612.00"), ("4.612", "4612.00"), ("kr 5", "5.00"), ("0,05", "0.05"),
        ("4,612", None), ("4.61.2", None), ("-5", None), ("0", None), ("", None), ("9" * 40, None), ("٣", None),
        ("1.234.567.890,00", "1234567890.00"), ("12.345.678.901", None), ("kr.", None), ("5,5,5", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(written: str, kroner: str | None) -> None:
    assert amount_in(written) == (None if kroner is None else Decimal(kroner))


# --- filters ---------------------------------------------------------------------------------------------------------


def test_orders_are_filtered_by_what_they_wait_for(desk: Visitor, member: User, fakturaklip: Product) -> None:
    with time_machine.travel(MONDAY_NOON - timedelta(days=60), tick=False):
        late = place(member, (fakturaklip, 100)).order
    fresh = place(member, (fakturaklip, 100)).order
    by_card = place(member, (fakturaklip, 100), method=PaymentMethod.CARD).order
    to_perform = place(member, (support(), 1)).order
    done = place(member, (support(name="Andet"), 1)).order
    for order in (to_perform, done):
        pay(order)
    mark_performed(line_id=done.lines.get().pk, actor=member, note="")
    item_of(fresh)
    handle_item(item_id=item_of(late).pk, actor=member, note="Ringede")
    expected = {
        "overfoersel": [late, fresh],
        "forfalden": [late],
        "kort": [by_card],
        "sag": [fresh],
        "udfoeres": [to_perform],
    }
    for waits, orders in expected.items():
        assert found(desk, "billing/order", venter=waits) == [order.pk for order in orders]
    assert len(found(desk, "billing/order", venter="vroevl")) == 5


def test_orders_are_filtered_by_day(desk: Visitor, member: User, fakturaklip: Product) -> None:
    placed = {}
    for days in (0, 3, 24, 200, 400):
        with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
            placed[place(member, (fakturaklip, 100)).order.number] = days
    desk.open("/admin/billing/order/")
    shown = {}
    for words in ("I dag", "De sidste 7 dage", "Denne måned", "Dette år"):
        desk.click(words)
        rows = [row for body in desk.page.iter("tbody") for row in body.iter("tr")]
        shown[words] = [placed[text_of(next(row.iter("a")))] for row in rows]
    assert shown == {
        "I dag": [0],
        "De sidste 7 dage": [0, 3],
        "Denne måned": [0, 3, 24],
        "Dette år": [0, 3, 24, 200],
    }


def test_invoices_are_filtered_by_whether_they_are_paid(
    desk: Visitor, staff: User, member: User, fakturaklip: Product
) -> None:
    with time_machine.travel(MONDAY_NOON - timedelta(days=60), tick=False):
        late, fresh, paid, given_up = (place(member, (fakturaklip, 100)).order for _ in range(4))
    with time_machine.travel(MONDAY_NOON, tick=False):
        fresh = place(member, (fakturaklip, 100)).order
    pay(paid)
    for order in (given_up, Order.objects.order_by("pk")[1]):
        cancel_order(order_id=order.pk, actor=staff, reason="Fortrudt")
    numbers = {
        value: [Document.objects.get(pk=pk).order_id for pk in found(desk, "billing/invoice", betalt=value)]
        for value in ("nej", "forfalden", "ja", "annulleret")
    }
    assert numbers["nej"] == [fresh.pk, late.pk]
    assert numbers["forfalden"] == [late.pk]
    assert numbers["ja"] == [paid.pk]
    assert len(numbers["annulleret"]) == 2


def test_companies_are_filtered_by_who_can_log_on_and_by_what_they_owe(
    desk: Visitor, member: User, fakturaklip: Product
) -> None:
    empty, owing, closed = CompanyFactory.create(), member.company, UserFactory.create(is_active=False).company
    assert owing is not None
    User.objects.filter(pk=member.pk).update(last_login=timezone.now())
    quiet = UserFactory.create()
    silent = quiet.company
    with time_machine.travel(MONDAY_NOON - timedelta(days=60), tick=False):
        place(member, (fakturaklip, 100))
    pay(place(quiet, (fakturaklip, 100)).order)
    expected: dict[tuple[str, str], set[Any]] = {
        ("brugere", "ingen"): {empty},
        ("brugere", "lukkede"): {empty, closed},
        ("brugere", "aldrig"): {empty, closed, silent},
        ("skylder", "ja"): {owing},
        ("skylder", "forfalden"): {owing},
        ("skylder", "aldrig"): {empty, closed},
    }
    for (name, value), companies in expected.items():
        assert set(found(desk, "accounts/company", **{name: value})) == {company.pk for company in companies}


def test_users_are_filtered_by_when_they_logged_on(desk: Visitor, staff: User) -> None:
    now = timezone.now()
    never, recent, long_ago = (
        UserFactory.create(role=Role.BUYER, last_login=at)
        for at in (None, now - timedelta(days=1), now - timedelta(days=366))
    )
    for value, user in {"aldrig": never, "nylig": recent, "laenge": long_ago}.items():
        assert found(desk, "accounts/user", **{"logget-paa": value, "hos": "medlem"}) == [user.pk]
    assert found(desk, "accounts/user", hos="kundecenter") == [staff.pk]


def test_clip_accounts_are_filtered_by_expiry_and_balance(desk: Visitor, member: User, fakturaklip: Product) -> None:
    pay(place(member, (fakturaklip, 100)).order)
    account = ClipAccount.objects.get()
    for days, shown in ((30, ["30", "90"]), (31, ["90"]), (90, ["90"]), (91, [])):
        ClipAccount.objects.update(expires_on=timezone.localdate() + timedelta(days=days))
        assert [value for value in ("30", "90") if found(desk, "accounts/clipaccount", udloeber=value)] == shown
    assert found(desk, "accounts/clipaccount", saldo="klip") == [account.pk]
    assert found(desk, "accounts/clipaccount", saldo="tom") == []
    ClipAccount.objects.update(balance=0, expires_on=timezone.localdate())
    assert found(desk, "accounts/clipaccount", saldo="tom") == [account.pk]
    assert found(desk, "accounts/clipaccount", udloeber="30") == []


def test_mails_events_runs_and_cases_are_filtered(desk: Visitor, order: Order) -> None:
    mail = order.mails.get()
    OutboxMail.objects.update(status=MailStatus.FAILED)
    assert found(desk, "billing/outboxmail", leveret="nej") == [mail.pk]
    assert found(desk, "billing/outboxmail", status__exact="sent") == []
    refunded, paid = event_of(None, type="charge.refunded", outcome="unknown"), event_of(None)
    assert found(desk, "billing/stripeevent", type="charge.refunded") == [refunded.pk]
    assert found(desk, "billing/stripeevent", udfald="paid") == [paid.pk]
    run_of()
    run = run_of("Konto 1 har 3 klip for meget.")
    assert found(desk, "billing/reconciliation", forskelle="ja") == [run.pk]
    item = item_of(order)
    assert found(desk, "billing/actionitem", venter="ja") == [item.pk]
    assert found(desk, "billing/actionitem", venter="nej") == []
