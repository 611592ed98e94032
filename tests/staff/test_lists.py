"""The office's lists: finding things, however many there are."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import User
from billing.models import AttemptState, Order, OrderLine, PaymentMethod
from billing.services.cancelling import cancel_order
from billing.services.handling import handle_item
from billing.services.performing import mark_performed
from catalog.models import Product
from tests.factories import StaffFactory, UserFactory, pay, place, support
from tests.staff.cards import attempt_of, event_of, item_of
from tests.staff.clock import MONDAY_NOON
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

ORDERS = "/admin/billing/order/"
# Digits as Japanese keyboards write them.
WIDE = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


def listed(desk: Visitor, path: str) -> list[str]:
    """Return the first link of each row of a list."""
    desk.open(path)
    rows = [row for body in desk.page.iter("tbody") for row in body.iter("tr")]
    return ["".join(next(row.iter("a")).itertext()) for row in rows]


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term",
    [
        "10001",
        " 10001 ",
        "000000000100016",
        "0000 0000 0100 016",
        "+71<000000000100016+89012345<",
        "+71< 000000000100016 +89012345 <",
        "71<000000000100016+89012345",
        "100016",
        "Faktura 10001",
        "faktura nr. 10.001",
        "DK13585628",
        "CVR-nr. 13 58 56 28",
        "13585628",
        "13 58 56 28",
        "Bogtryk",
        "havnegadens bogtryk",
    ],
)
def test_an_order_is_found_by_each_of_its_keys(desk: Visitor, order: Order, others: list[Order], term: str) -> None:
    page = desk.client.get(ORDERS, {"q": term})
    assert [found.pk for found in page.context["cl"].result_list] == [order.pk]
    page = desk.client.get("/admin/billing/invoice/", {"q": term})
    assert [found.number for found in page.context["cl"].result_list] == [10001]


@pytest.mark.parametrize(
    "term", ["1000", "10016", "1358562", "9" * 40, "10001".translate(WIDE), "-10001", "Bogtrykker", "%", "'"]
)
def test_nothing_is_found_by_what_is_only_like_a_key(
    desk: Visitor, order: Order, others: list[Order], term: str
) -> None:
    page = desk.client.get(ORDERS, {"q": term})
    assert list(page.context["cl"].result_list) == []


def test_a_cancelled_order_is_found_by_its_credit_note(desk: Visitor, staff: User, others: list[Order]) -> None:
    cancel_order(order_id=others[1].pk, actor=staff, reason="Fortrudt")
    note = desk.client.get("/admin/billing/creditnote/", {"q": "Vestkyst"}).context["cl"].result_list
    assert [(found.number, found.order) for found in note] == [(500001, others[1])]
    numbers = [found.number for found in desk.client.get("/admin/billing/invoice/").context["cl"].result_list]
    assert numbers == [10003, 10002, 10001]


def test_an_order_is_found_by_credit_note_own_number_and_requisition(
    desk: Visitor, staff: User, member: User, others: list[Order], fakturaklip: Product
) -> None:
    named = place(member, (fakturaklip, 100), purchase_order_number="PO 9-A").order
    cancel_order(order_id=others[1].pk, actor=staff, reason="Fortrudt")
    sought = {"po 9-a": named, "Kreditnota 500001": others[1], f"Bestilling {named.pk}": named}
    for term, order in sought.items():
        assert [found.pk for found in desk.client.get(ORDERS, {"q": term}).context["cl"].result_list] == [order.pk]


@pytest.mark.parametrize("model", ["company", "user"])
@pytest.mark.parametrize("term", ["DK13585628", "13 58 56 28", "CVR-nr. 13585628"])
def test_members_are_found_by_a_cvr_number_as_people_write_it(
    desk: Visitor, member: User, others: list[Order], model: str, term: str
) -> None:
    found = desk.client.get(f"/admin/accounts/{model}/", {"q": term}).context["cl"].result_list
    assert [each.pk for each in found] == [member.company_id if model == "company" else member.pk]


def test_payments_and_support_are_found_like_orders(desk: Visitor, member: User, fakturaklip: Product) -> None:
    order = place(member, (support(), 1)).order
    pay(order)
    for model in ("payment", "orderline"):
        found = desk.client.get(f"/admin/billing/{model}/", {"q": "000000000100016"}).context["cl"].result_list
        assert [each.order for each in found] == [order]
        assert not desk.client.get(f"/admin/billing/{model}/", {"q": "10002"}).context["cl"].result_list


def test_the_list_of_awaited_transfers_has_the_oldest_first(desk: Visitor, order: Order, others: list[Order]) -> None:
    pay(others[0])
    assert listed(desk, ORDERS + "?venter=overfoersel") == [order.number, others[1].number]
    with time_machine.travel(MONDAY_NOON + timedelta(days=10), tick=False):
        late = Visitor(StaffFactory.create())
        assert listed(late, ORDERS + "?venter=forfalden") == [order.number]


def test_unpaid_card_orders_are_listed_with_the_way_to_their_attempts(
    desk: Visitor, member: User, order: Order, fakturaklip: Product
) -> None:
    by_card = place(member, (fakturaklip, 100), method=PaymentMethod.CARD).order
    assert listed(desk, ORDERS) == [by_card.number, order.number]
    assert listed(desk, ORDERS + "?venter=kort") == [by_card.number]
    assert desk.click("Se betalingsforsøg").path == f"{ORDERS}{by_card.pk}/change/"
    assert listed(desk, f"{ORDERS}?q=Bestilling {by_card.pk}") == [by_card.number]


@pytest.mark.parametrize("term", ["cs_test_a1", " pi_a1 ", "10001", "Bogtryk"])
def test_attempts_events_cases_and_orders_are_found_by_stripes_id_and_by_order(
    desk: Visitor, member: User, order: Order, others: list[Order], term: str
) -> None:
    attempt = attempt_of(order, member, session_id="cs_test_a1", payment_intent_id="pi_a1")
    event = event_of(attempt, event_id="evt_a1")
    item = item_of(order)
    other = attempt_of(others[0], member)
    event_of(other)
    item_of(others[0])
    sought = {"paymentattempt": attempt, "stripeevent": event, "actionitem": item, "order": order}
    for model, row in sought.items():
        page = desk.client.get(f"/admin/billing/{model}/", {"q": term})
        assert list(page.context["cl"].result_list) == [row]


def test_an_event_is_found_by_its_own_id_also_when_it_is_about_nothing_of_the_shops(
    desk: Visitor, order: Order
) -> None:
    event = event_of(None, event_id="evt_b2", object_id="ch_b2")
    for term in ("evt_b2", "ch_b2"):
        page = desk.client.get("/admin/billing/stripeevent/", {"q": term})
        assert list(page.context["cl"].result_list) == [event]
    assert "ukendt" in desk.open(f"/admin/billing/stripeevent/{event.pk}/change/").text


def test_attempts_events_and_cases_are_filtered(desk: Visitor, member: User, order: Order) -> None:
    attempt_of(order, member, state=AttemptState.EXPIRED)
    attempt = attempt_of(order, member)
    event_of(attempt, type="charge.refunded")
    event = event_of(attempt)
    item_of(order, kind="surplus")
    item = item_of(order)
    for path, row in {
        "paymentattempt/?state__exact=open": attempt,
        "stripeevent/?type=checkout.session.completed": event,
        "actionitem/?kind__exact=mismatch": item,
    }.items():
        assert list(desk.client.get(f"/admin/billing/{path}").context["cl"].result_list) == [row]


def test_cases_are_listed_as_waiting_until_they_are_handled(
    desk: Visitor, staff: User, member: User, order: Order
) -> None:
    items = [item_of(order, what=f"Sag {number}") for number in range(3)]
    handle_item(item_id=items[1].pk, actor=staff, note="Ringede")
    for which, rows in {"ja": [items[0], items[2]], "nej": [items[1]]}.items():
        page = desk.client.get(f"/admin/billing/actionitem/?venter={which}")
        assert list(page.context["cl"].result_list) == rows


def test_support_is_listed_as_waiting_from_paid_to_done(
    desk: Visitor, staff: User, member: User, fakturaklip: Product
) -> None:
    order = place(member, (fakturaklip, 100), (support(), 1)).order
    line = order.lines.get(clip_type=None)
    path = "/admin/billing/orderline/?udfoert="

    def rows(which: str) -> list[OrderLine]:
        return list(desk.client.get(path + which).context["cl"].result_list)

    assert (rows("nej"), rows("ja")) == ([], [])
    pay(order)
    assert (rows("nej"), rows("ja")) == ([line], [])
    mark_performed(line_id=line.pk, actor=staff, note="")
    assert (rows("nej"), rows("ja")) == ([], [line])


def test_mails_are_found_by_recipient_and_subject(desk: Visitor, order: Order, others: list[Order]) -> None:
    for term in ("faktura@bogtryk.example", "Faktura 10001", "13585628"):
        found = desk.client.get("/admin/billing/outboxmail/", {"q": term}).context["cl"].result_list
        assert [mail.order for mail in found] == [order]


def test_companies_are_found_by_name_cvr_and_user(desk: Visitor, member: User, others: list[Order]) -> None:
    for term in ("Bogtryk", "13585628", "mette", member.email):
        found = desk.client.get("/admin/accounts/company/", {"q": term}).context["cl"].result_list
        assert [company.pk for company in found] == [member.company_id]


# --- how fast --------------------------------------------------------------------------------------------------------

# Session, user, how many there are, the rows, and whether a seller may be added (for the menu); orders: their documents
LISTS = {
    ORDERS: 6,
    ORDERS + "?venter=overfoersel": 6,
    ORDERS + "?q=Firma": 6,
    "/admin/billing/invoice/": 5,
    "/admin/billing/payment/": 5,
    "/admin/billing/orderline/": 5,
    "/admin/billing/paymentattempt/": 5,
    "/admin/billing/stripeevent/": 5,
    "/admin/billing/actionitem/": 5,
    "/admin/billing/outboxmail/": 5,
    "/admin/accounts/company/": 5,
    "/admin/accounts/clipaccount/": 6,  # and the clip types to filter by
    "/admin/accounts/clipentry/": 6,  # the same
    "/admin/accounts/user/": 5,
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_takes_as_many_queries_however_long_it_is(
    staff: User, fakturaklip: Product, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(staff)
    hours = support()
    for times in (1, 15):
        for _ in range(times):
            user = UserFactory.create()
            place(user, (fakturaklip, 100))
            paid = place(user, (fakturaklip, 100), (hours, 1)).order
            pay(paid, by=user)
            event_of(attempt_of(paid, user, state=AttemptState.EXPIRED))
            item_of(paid)
        with django_assert_num_queries(LISTS[path]):
            assert client.get(path).status_code == 200
