""" "Markér som betalt": a bank transfer that staff saw on the bank statement."""

from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Thread
from time import monotonic, sleep

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection, connections, transaction
from django.test import Client

from accounts.models import ClipEntry, User
from billing.models import Order, OrderEventKind, OrderState, OutboxMail, Payment, PaymentMethod
from billing.services.cancelling import cancel_order
from billing.services.settling import Received, settle_order
from catalog.models import Product
from tests.factories import StaffFactory, pay, place, support
from tests.races.threads import at_once
from tests.staff.clock import THURSDAY_NOON
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

SETTLED = "Faktura 10001 er registreret som betalt (2.812,50\u00a0kr.). Bekræftelsen sendes til kontor@bogtryk.example."
ALREADY = "Faktura 10001 var allerede registreret som betalt den 26. november 2026. Intet er ændret."


def page_of(order: Order) -> str:
    return f"/admin/billing/order/{order.pk}/betalt/"


def fields(**typed: str) -> dict[str, str]:
    return {"amount": "2.812,50", "received_on": "2026-11-24", "note": "", **typed}


def bank_line(order: Order) -> Received:
    return Received(PaymentMethod.BANK_TRANSFER, order.total, date(2026, 11, 25), "bank-line:1")


# --- the page --------------------------------------------------------------------------------------------------------


def test_mark_paid_is_prefilled_with_the_total_and_today(desk: Visitor, order: Order) -> None:
    desk.open("/admin/").click("Markér som betalt")
    assert (desk.path, desk.status) == (page_of(order), 200)
    assert desk.field("Beløb i kr. med moms").get("value") == "2.812,50"
    assert desk.field("Dato i banken").get("value") == "2026-11-26"
    assert desk.field("Bemærkning").get("value", "") == ""
    for fact in (
        "Havnegadens Bogtryk ApS, CVR-nr. 13585628",
        "Faktura 10001",
        "1000 stk. Fakturaklip",
        "2.812,50\u00a0kr.",
        "000000000100016",
        "1. december 2026",
        "kontor@bogtryk.example",
    ):
        assert fact in desk.text


def test_mark_paid_settles_records_who_when_why_and_says_so(desk: Visitor, staff: User, order: Order) -> None:
    desk.open("/admin/").click("Markér som betalt")
    desk.fill("Dato i banken", "2026-11-24").fill("Bemærkning", "Kontoudtog 11").press("Markér som betalt")
    assert desk.path == "/admin/"
    assert SETTLED in desk.text
    order.refresh_from_db()
    assert (order.state, order.paid_at) == (OrderState.PAID, THURSDAY_NOON)
    payment = order.payments.get()
    assert (payment.amount, payment.received_on) == (Decimal("2812.50"), date(2026, 11, 24))
    assert (payment.method, payment.is_surplus) == (PaymentMethod.BANK_TRANSFER, False)
    assert (payment.registered_by, payment.note) == (staff, "Kontoudtog 11")
    event = order.events.get()
    assert (event.kind, event.actor, event.created_at, event.note) == (
        OrderEventKind.PAID,
        staff,
        THURSDAY_NOON,
        "Kontoudtog 11",
    )
    entry = ClipEntry.objects.get()
    assert (entry.delta, entry.actor) == (1000, staff)
    assert OutboxMail.objects.get(kind="confirmation").recipients == ["kontor@bogtryk.example"]


@pytest.mark.parametrize("typed", ["2.812,50", "2812,5", "2812.50", " 2.812,50 kr. ", "2 812,50", "kr. 2812,50"])
def test_mark_paid_understands_the_amount_as_people_write_it(desk: Visitor, order: Order, typed: str) -> None:
    desk.client.post(page_of(order), fields(amount=typed))
    assert order.payments.get().amount == Decimal("2812.50")


@pytest.mark.parametrize(
    "typed",
    [
        "2,812.50",
        "2,812",
        "-2812,50",
        "0",
        "0,00",
        "2812,505",
        "1e3",
        "\uff12\uff18\uff11\uff12",
        "99999999999",
        "to tusind",
    ],
)
def test_mark_paid_refuses_what_is_no_amount_and_keeps_it(desk: Visitor, order: Order, typed: str) -> None:
    desk.send(page_of(order), list(fields(amount=typed, note="Kontoudtog 11").items()))
    assert desk.status == 422
    assert "Skriv et beløb i kroner, f.eks. 1.234,50." in desk.text
    assert desk.field("Beløb i kr. med moms").get("value") == typed
    assert desk.field("Bemærkning").get("value") == "Kontoudtog 11"
    assert not Payment.objects.exists()


TOO_LITTLE = (
    "Der mangler {}\u00a0kr. Bed medlemmet om at indbetale resten, eller annullér bestillingen. Intet er registreret."
)
TOO_MUCH = "Beløbet er {}\u00a0kr. for meget. Kontakt bogholderiet. Intet er registreret."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1.234", TOO_LITTLE.format("1.578,50")),
        ("2812,49", TOO_LITTLE.format("0,01")),
        ("3.000", TOO_MUCH.format("187,50")),
        ("2812,51", TOO_MUCH.format("0,01")),
    ],
)
def test_mark_paid_refuses_another_amount_and_says_what_to_do(
    desk: Visitor, order: Order, typed: str, said: str
) -> None:
    desk.send(page_of(order), list(fields(amount=typed).items()))
    assert desk.status == 422
    field = desk.field("Beløb i kr. med moms")
    assert desk.described(field) == said
    assert field.get("value") == typed
    order.refresh_from_db()
    assert (order.state, order.payments.count(), order.events.count()) == (OrderState.AWAITING_PAYMENT, 0, 0)


def test_mark_paid_refuses_a_day_in_the_future(desk: Visitor, order: Order) -> None:
    desk.send(page_of(order), list(fields(received_on="2026-11-27").items()))
    assert (desk.status, Payment.objects.count()) == (422, 0)
    assert "Datoen ligger i fremtiden." in desk.described(desk.field("Dato i banken"))


def test_mark_paid_refuses_a_day_before_the_order(desk: Visitor, order: Order) -> None:
    for day in ("2020-01-01", "2026-11-22"):
        desk.send(page_of(order), list(fields(received_on=day).items()))
        assert (desk.status, Payment.objects.count()) == (422, 0)
        said = "Bestillingen er fra den 23. november 2026. Datoen kan ikke ligge før."
        assert said in desk.described(desk.field("Dato i banken"))
    desk.send(page_of(order), list(fields(received_on="2026-11-23").items()))
    assert order.payments.get().received_on == date(2026, 11, 23)


def test_mark_paid_counts_the_orders_day_in_copenhagen(desk: Visitor, member: User, fakturaklip: Product) -> None:
    """An order of half past midnight on the 24th in Copenhagen is of the 23rd in UTC."""
    with time_machine.travel(datetime(2026, 11, 23, 23, 30, tzinfo=UTC), tick=False):
        order = place(member, (fakturaklip, 1000)).order
    desk.send(page_of(order), list(fields(received_on="2026-11-23").items()))
    assert "Bestillingen er fra den 24. november 2026." in desk.described(desk.field("Dato i banken"))


def test_mark_paid_tells_only_what_the_order_sets_off(desk: Visitor, member: User, fakturaklip: Product) -> None:
    clips, hours = place(member, (fakturaklip, 100)).order, place(member, (support(), 1)).order
    said = desk.open(page_of(clips)).text
    assert ("Klippene tildeles" in said, "Supporten kommer" in said) == (True, False)
    said = desk.open(page_of(hours)).text
    assert ("Klippene tildeles" in said, "Supporten kommer" in said) == (False, True)


def test_the_invoices_page_leads_to_mark_paid_while_the_transfer_is_awaited(desk: Visitor, order: Order) -> None:
    path = f"/admin/billing/invoice/{order.documents.get().pk}/change/"
    assert desk.open(path).click("Markér som betalt").path == page_of(order)
    pay(order)
    assert not desk.open(path).has_link("Markér som betalt")


@pytest.mark.fault(58)
def test_mark_paid_refuses_line_breaks_in_the_note(desk: Visitor, order: Order) -> None:
    desk.send(page_of(order), list(fields(note="Set\r\nBcc: alle").items()))
    assert (desk.status, Payment.objects.count()) == (422, 0)
    assert "Linjeskift og andre styretegn kan ikke bruges her." in desk.text


# --- twice, and too late ---------------------------------------------------------------------------------------------


@pytest.mark.fault(28)
def test_mark_paid_twice_settles_once_and_tells_the_truth(desk: Visitor, order: Order) -> None:
    desk.send(page_of(order), list(fields().items()))
    desk.send(page_of(order), list(fields().items()))
    assert desk.path == f"/admin/billing/order/{order.pk}/change/"
    assert ALREADY in desk.text
    assert (order.payments.count(), order.events.count(), ClipEntry.objects.count()) == (1, 1, 1)
    assert OutboxMail.objects.filter(kind="confirmation").count() == 1


@pytest.mark.fault(19)
def test_mark_paid_after_the_bank_import_takes_no_surplus(desk: Visitor, order: Order) -> None:
    desk.open(page_of(order))
    settle_order(order_id=order.pk, received=bank_line(order))
    desk.press("Markér som betalt")
    assert ALREADY in desk.text
    assert [payment.is_surplus for payment in order.payments.all()] == [False]


def test_mark_paid_of_a_cancelled_order_takes_no_money(desk: Visitor, staff: User, order: Order) -> None:
    desk.open(page_of(order))
    cancel_order(order_id=order.pk, actor=staff, reason="Fortrudt")
    desk.press("Markér som betalt")
    assert "Faktura 10001 er annulleret. Der er ikke registreret nogen betaling." in desk.text
    assert not Payment.objects.exists()


def test_mark_paid_leaves_card_orders_alone(desk: Visitor, member: User, fakturaklip: Product) -> None:
    order = place(member, (fakturaklip, 100), method=PaymentMethod.CARD).order
    desk.send(page_of(order), list(fields(amount="312,50").items()))
    assert f"Bestilling {order.pk} betales med betalingskort og kan ikke registreres her." in desk.text
    assert not Payment.objects.exists()


@pytest.mark.fault(19)
@pytest.mark.django_db(transaction=True)
def test_two_staff_at_once_settle_once_and_the_second_is_told(order: Order) -> None:
    first, second = Visitor(StaffFactory.create()), Visitor(StaffFactory.create())
    answers = at_once(
        lambda: first.send(page_of(order), list(fields().items())).text,
        lambda: second.send(page_of(order), list(fields().items())).text,
    )
    pages = [str(answer) for answer in answers]
    assert sorted("er registreret som betalt" in page for page in pages) == [False, True]
    assert sorted("var allerede registreret som betalt" in page for page in pages) == [False, True]
    assert (order.payments.count(), order.events.count(), ClipEntry.objects.count()) == (1, 1, 1)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_mark_paid_while_the_bank_import_settles_keeps_the_money_as_surplus_and_says_so(
    desk: Visitor, order: Order
) -> None:
    """The one moment in which the button cannot know: it looked before the import was done, and waits for its lock."""

    def press() -> None:
        desk.send(page_of(order), list(fields().items()))
        connections.close_all()

    button = Thread(target=press, daemon=True)
    with transaction.atomic():
        settle_order(order_id=order.pk, received=bank_line(order))
        button.start()
        _wait_for_a_lock()
    button.join(30)
    assert "Faktura 10001 blev betalt eller annulleret, mens du udfyldte siden." in desk.text
    assert "2.812,50\u00a0kr. er registreret som overskydende beløb." in desk.text
    assert sorted(payment.is_surplus for payment in order.payments.all()) == [False, True]
    assert ClipEntry.objects.count() == 1


# Of this database only: tests on other databases of the same server wait for locks too.
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def _wait_for_a_lock() -> None:
    until = monotonic() + 20
    while monotonic() < until:
        with connection.cursor() as cursor:
            # The statistics of a transaction stand still unless they are cleared.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(_WAITING)
            if cursor.fetchone()[0]:
                return
        sleep(0.05)
    raise TimeoutError


# --- who may ---------------------------------------------------------------------------------------------------------


def test_mark_paid_needs_the_permission_to_change_orders(order: Order) -> None:
    clerk = StaffFactory.create(is_superuser=False)
    visitor = Visitor(clerk)
    assert visitor.client.get(page_of(order)).status_code == 403
    assert visitor.client.post(page_of(order), fields()).status_code == 403
    assert not Payment.objects.exists()
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_order", "view_order"]))
    assert visitor.client.get(page_of(order)).status_code == 200
    assert visitor.client.post(page_of(order), fields()).status_code == 302
    assert order.payments.get().registered_by == clerk


def test_mark_paid_is_closed_to_members(member: User, order: Order) -> None:
    visitor = Visitor(member)
    visitor.send(page_of(order), list(fields().items()))
    assert (visitor.status, Payment.objects.count()) == (403, 0)


def test_mark_paid_needs_a_token_against_forged_requests(staff: User, order: Order) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    assert client.post(page_of(order), fields()).status_code == 403
    assert not Payment.objects.exists()


def test_mark_paid_changes_nothing_when_it_is_only_opened(desk: Visitor, order: Order) -> None:
    desk.open(page_of(order) + "?amount=2812.50&received_on=2026-11-20")
    order.refresh_from_db()
    assert (order.state, Payment.objects.count()) == (OrderState.AWAITING_PAYMENT, 0)
