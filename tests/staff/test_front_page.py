"""Admin's front page: what waits for the office."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import User
from billing.admin.front_page import missing_before_opening
from billing.models import Document, MailStatus, Order, OutboxMail, PaymentMethod, RenderFailure
from billing.services.readiness import missing_for_checkout
from billing.services.settling import Received, settle_order
from catalog.models import Product
from catalog.prices import PriceList
from tests.factories import (
    CompanyFactory,
    ProductFactory,
    SellerFactory,
    StaffFactory,
    TermsFactory,
    UserFactory,
    pay,
    place,
    priced,
    support,
)
from tests.staff.cards import item_of
from tests.staff.clock import MONDAY_NOON
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db

# The session and the user; three for what went wrong; two for the awaited transfers and their documents, one for
# support and one for mails; sales; seller, terms and prices; the last reconciliation; and in the menu at the side and
# below whether a seller may be added.
QUERIES = 2 + 3 + 4 + 1 + 3 + 1 + 2


# --- in one look ------------------------------------------------------------------------------------------------------


def tiles_on(desk: Visitor) -> list[str]:
    """Return the words of each number at the top of the page."""
    return [text_of(each) for each in desk.page.iter("li") if each.get("class", "").startswith("staff-tile")]


def test_an_empty_desk_is_calm(desk: Visitor) -> None:
    assert tiles_on(desk.open("/admin/")) == [
        "0 Kræver handling intet venter",
        "0 Afventer overførsel intet venter",
        "0 Skal udføres intet venter",
        "0 Mails, der ikke er leveret intet venter",
    ]


def test_what_waits_is_counted_with_the_age_of_the_oldest_and_what_is_late(
    staff: User, member: User, order: Order, fakturaklip: Product
) -> None:
    with time_machine.travel(MONDAY_NOON + timedelta(days=1), tick=False):
        pay(place(member, (support(), 1)).order)
    OutboxMail.objects.filter(order=order).update(status=MailStatus.FAILED)
    with time_machine.travel(MONDAY_NOON + timedelta(days=9), tick=False):
        place(member, (fakturaklip, 100))
        item_of(order)
        desk = Visitor(staff).open("/admin/")
    assert tiles_on(desk) == [
        "3 Kræver handling ældste 9 dage ⚠ over en uge",  # today's case, and two PDFs that nobody made
        "2 Afventer overførsel ældste 9 dage ⚠ forfaldne: 1",
        "1 Skal udføres ældste 8 dage ⚠ over en uge",
        "3 Mails, der ikke er leveret ældste 9 dage ⚠ over en uge",
    ]


def test_each_number_leads_to_its_table_and_what_is_late_to_its_list(staff: User, order: Order) -> None:
    with time_machine.travel(MONDAY_NOON + timedelta(days=9), tick=False):
        desk = Visitor(staff).open("/admin/")
        numbers = [each for each in desk.page.iter("li") if each.get("class", "").startswith("staff-tile")]
        tables = [next(each.iter("a")).attrib["href"].removeprefix("#") for each in numbers]
        assert [text_of(desk.by_id(table)) for table in tables] == [
            "Kræver handling 1", "Afventer overførsel 1", "Skal udføres 0", "Mails, der ikke er leveret 1",
        ]  # fmt: skip
        assert desk.click("forfaldne: 1").path == "/admin/billing/order/?venter=forfalden"
        assert desk.has_link(order.number)


def test_the_whole_list_of_each_table_opens(desk: Visitor, member: User, order: Order) -> None:
    pay(place(member, (support(), 1)).order)
    OutboxMail.objects.update(status=MailStatus.FAILED)
    item_of(order)
    for table in ("Afventer overførsel 1", "Skal udføres 1", "Mails, der ikke er leveret 3"):
        assert desk.open("/admin/").click("Se hele listen", inside=table).status == 200
    assert desk.open("/admin/").click("Sager om penge (1)").status == 200


def test_a_week_is_not_yet_long(staff: User, order: Order) -> None:
    OutboxMail.objects.update(status=MailStatus.FAILED)
    for days, shown in ((7, "ældste 7 dage"), (8, "ældste 8 dage ⚠ over en uge")):
        with time_machine.travel(MONDAY_NOON + timedelta(days=days), tick=False):
            assert tiles_on(Visitor(staff).open("/admin/"))[3] == f"1 Mails, der ikke er leveret {shown}"


# --- transfers -------------------------------------------------------------------------------------------------------


def test_an_awaited_transfer_is_shown_with_amount_age_and_deadline(desk: Visitor, order: Order) -> None:
    desk.open("/admin/")
    assert desk.heading == "Det venter på dig"
    assert desk.part("Afventer overførsel 1") == (
        "Afventer overførsel 1 Faktura Medlem Bestilling Betalingsreference Beløb Alder Frist Næste trin "
        f"Faktura 10001 Havnegadens Bogtryk ApS Bestilling {order.pk} 000000000100016 2.812,50\u00a0kr. 3 dage "
        "01.12.2026 Markér som betalt Se hele listen"
    )
    assert desk.click("Faktura 10001").path == f"/admin/billing/invoice/{order.documents.get().pk}/change/"
    desk.open("/admin/").click(f"Bestilling {order.pk}", inside="Afventer overførsel 1")
    assert desk.path == f"/admin/billing/order/{order.pk}/change/"


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (0, "i dag 01.12.2026"),
        (1, "1 dag 01.12.2026"),
        (8, "8 dage 01.12.2026"),
        (9, "9 dage Forfaldt 01.12.2026"),
    ],
)
def test_age_and_deadline_go_by_the_day(staff: User, order: Order, days: int, shown: str) -> None:
    with time_machine.travel(MONDAY_NOON + timedelta(days=days), tick=False):
        assert f"2.812,50\u00a0kr. {shown} Markér som betalt" in Visitor(staff).open("/admin/").text


def test_the_day_is_copenhagens_and_not_utcs(staff: User, order: Order) -> None:
    just_after_midnight = MONDAY_NOON.replace(hour=23, minute=30)
    with time_machine.travel(just_after_midnight, tick=False):
        assert "2.812,50\u00a0kr. 1 dag 01.12.2026" in Visitor(staff).open("/admin/").text


def test_a_paid_transfer_waits_no_more(desk: Visitor, order: Order) -> None:
    pay(order)
    assert desk.open("/admin/").part("Afventer overførsel 0") == "Afventer overførsel 0 Intet venter."


def test_only_the_oldest_are_shown_with_a_link_to_all(desk: Visitor, member: User, fakturaklip: Product) -> None:
    numbers = []
    for days in range(25):
        with time_machine.travel(MONDAY_NOON - timedelta(days=30 - days), tick=False):
            numbers.append(place(member, (fakturaklip, 100)).invoice)
    desk.open("/admin/")
    shown = [str(invoice) for invoice in numbers if desk.has_link(str(invoice))]
    assert shown == [f"Faktura {number}" for number in range(10001, 10021)]
    desk.click("Se hele listen (25)", inside="Afventer overførsel 25")
    assert desk.path == "/admin/billing/order/?venter=overfoersel"
    assert [desk.has_link(str(number)) for number in (10001, 10025)] == [True, True]


# --- what is missing -------------------------------------------------------------------------------------------------


def test_an_empty_shop_says_what_is_missing_and_where_it_is_entered(desk: Visitor) -> None:
    desk.open("/admin/")
    said = desk.part("Kassen er lukket: der kan ikke handles endnu")
    assert "Sælgerens oplysninger mangler. Udfyld nu" in said
    assert "Salgsbetingelserne mangler. Udfyld nu" in said
    assert "Der er ingen varer med priser. Udfyld nu" in said
    assert [item.url for item in missing_before_opening()] == [
        "/admin/billing/seller/add/",
        "/admin/billing/termsofsale/add/",
        "/admin/catalog/product/",
    ]


def test_the_sentences_are_those_of_the_checkout() -> None:
    closed_because = missing_for_checkout(terms=None, prices=PriceList({}))
    assert [item.sentence for item in missing_before_opening()] == closed_because


def test_each_thing_is_missing_until_it_is_entered(desk: Visitor) -> None:
    TermsFactory.create()
    assert [item.sentence for item in missing_before_opening()] == [
        "Sælgerens oplysninger mangler.",
        "Der er ingen varer med priser.",
    ]
    SellerFactory.create()
    priced(ProductFactory.create(is_active=False), t100="2")
    assert [item.sentence for item in missing_before_opening()] == ["Der er ingen varer med priser."]
    priced(ProductFactory.create(), t100="2")
    assert "Kassen er lukket" not in desk.open("/admin/").text


# --- who, and how fast -----------------------------------------------------------------------------------------------


def test_staff_see_only_what_they_may_look_at(order: Order) -> None:
    clerk = StaffFactory.create(is_superuser=False)
    visitor = Visitor(clerk).open("/admin/")
    assert (visitor.status, "Afventer overførsel" in visitor.text) == (200, False)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_order"))
    visitor.open("/admin/")
    assert "Faktura 10001" in visitor.text
    assert not visitor.has_link("Markér som betalt")
    assert "Skal udføres" not in visitor.text


@pytest.mark.fault(57)
def test_a_name_with_markup_is_shown_as_text(desk: Visitor, fakturaklip: Product) -> None:
    evil = "<script>alert(1)</script> & <b>Søn</b>"
    place(UserFactory.create(company=CompanyFactory.create(name=evil)), (fakturaklip, 100))
    desk.open("/admin/")
    assert evil in desk.part("Afventer overførsel 1")
    assert b"<script>alert" not in desk.content


def _fill(fakturaklip: Product, hours: Product, times: int) -> None:
    """Make some of everything that the page shows."""
    for number in range(times):
        user = UserFactory.create()
        place(user, (fakturaklip, 100))
        paid = place(user, (hours, 1)).order
        pay(paid)
        again = Received(PaymentMethod.BANK_TRANSFER, paid.total, timezone.localdate(), f"bank-line:{paid.pk}:{number}")
        settle_order(order_id=paid.pk, received=again)
    OutboxMail.objects.update(status=MailStatus.FAILED)
    for document in Document.objects.filter(failure=None):
        RenderFailure.objects.create(document=document, attempts=1, next_at=timezone.now(), last_error="?")


def test_the_front_page_takes_as_many_queries_however_much_waits(
    staff: User, fakturaklip: Product, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(staff)
    hours = support()
    for times in (1, 24):
        _fill(fakturaklip, hours, times)
        with django_assert_num_queries(QUERIES):
            page = client.get("/admin/").content.decode()
    assert page.count("Markér som betalt") == 20
    assert page.count("Markér som udført") == 20
