"""Sales on admin's front page: as a bookkeeper counts them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import User
from billing.models import PaymentMethod
from billing.sales import Sold, sales
from billing.services.cancelling import cancel_order
from catalog.models import Product
from tests.factories import StaffFactory, pay, place
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 26)


def sell(member: User, product: Product, quantity: int, at: datetime) -> None:
    """Sell clips for 2.50 kr. each by bank transfer."""
    with time_machine.travel(at, tick=False):
        place(member, (product, quantity))


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 11, tzinfo=UTC)


def test_a_shop_that_has_sold_nothing_says_so(desk: Visitor) -> None:
    sold = sales(TODAY)
    assert (sold.today, sold.this_month, sold.last_month) == (
        Sold(TODAY),
        Sold(date(2026, 11, 1)),
        Sold(date(2026, 10, 1)),
    )
    said = desk.open("/admin/").part("Salg")
    assert "I dag 0,00\u00a0kr. 0 bestillinger" in said
    assert "Intet er solgt." in picture_of(desk)


def picture_of(desk: Visitor) -> str:
    """Return what a screen reader says of the drawing."""
    return next(each for each in desk.page.iter("svg") if each.get("role") == "img").get("aria-label", "")


def test_sales_are_invoices_less_credit_notes_each_in_the_month_of_its_document(
    member: User, staff: User, fakturaklip: Product
) -> None:
    with time_machine.travel(noon(2026, 10, 30), tick=False):
        regretted = place(member, (fakturaklip, 200)).order
    sell(member, fakturaklip, 100, noon(2026, 10, 5))
    sell(member, fakturaklip, 400, noon(2026, 11, 2))
    sell(member, fakturaklip, 300, noon(2026, 11, 26))
    with time_machine.travel(noon(2026, 11, 26), tick=False):
        cancel_order(order_id=regretted.pk, actor=staff, reason="Fortrudt")
    sold = sales(TODAY)
    assert sold.today == Sold(TODAY, Decimal("250.00"), invoices=1, credit_notes=1)
    assert sold.this_month == Sold(date(2026, 11, 1), Decimal("1250.00"), invoices=2, credit_notes=1)
    assert sold.last_month == Sold(date(2026, 10, 1), Decimal("750.00"), invoices=2, credit_notes=0)


def test_an_unpaid_invoice_is_sold_and_an_unpaid_card_order_is_not(member: User, fakturaklip: Product) -> None:
    place(member, (fakturaklip, 100), method=PaymentMethod.CARD)
    assert sales(TODAY).today == Sold(TODAY)
    order = place(member, (fakturaklip, 100)).order
    unpaid = sales(TODAY).today
    assert unpaid == Sold(TODAY, Decimal("250.00"), invoices=1)
    pay(order)
    assert sales(TODAY).today == unpaid


@pytest.mark.parametrize(
    ("at", "months_back"),
    [
        (datetime(2026, 10, 31, 22, 59, tzinfo=UTC), 1),
        (datetime(2026, 10, 31, 23, 0, tzinfo=UTC), 0),  # midnight in Copenhagen, in winter
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), 5),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), 4),  # in summer
        (datetime(2025, 12, 1, 11, 0, tzinfo=UTC), 11),
    ],
)
def test_days_and_months_are_copenhagens(member: User, fakturaklip: Product, at: datetime, months_back: int) -> None:
    sell(member, fakturaklip, 100, at)
    sold = [month.net for month in sales(TODAY).months]
    assert sold.pop(-1 - months_back) == Decimal("250.00")
    assert sold == [0] * 11


def test_twelve_months_are_shown_and_no_older_one(member: User, fakturaklip: Product) -> None:
    sell(member, fakturaklip, 100, noon(2025, 11, 30))
    months = sales(TODAY).months
    assert [month.first for month in months] == [date(2025, 12, 1), *(date(2026, number, 1) for number in range(1, 12))]
    assert sum(month.net for month in months) == 0


def test_the_front_page_says_what_counts_and_gives_every_number(
    desk: Visitor, member: User, staff: User, fakturaklip: Product
) -> None:
    sell(member, fakturaklip, 1000, noon(2026, 10, 5))
    with time_machine.travel(noon(2026, 10, 5), tick=False):
        regretted = place(member, (fakturaklip, 400)).order
    sell(member, fakturaklip, 100, noon(2026, 11, 26))
    cancel_order(order_id=regretted.pk, actor=staff, reason="Fortrudt")
    said = desk.open("/admin/").part("Salg")
    assert "I dag -750,00\u00a0kr. 1 bestilling, 1 kreditnota" in said
    assert "Denne måned (november) -750,00\u00a0kr. 1 bestilling, 1 kreditnota" in said
    assert "Sidste måned (oktober) 3.250,00\u00a0kr. 2 bestillinger" in said
    assert "Udstedte fakturaer minus kreditnotaer, uden moms, efter bilagets dato." in said
    assert "oktober 2026 3.250,00\u00a0kr. 2 bestillinger november 2026 -750,00\u00a0kr." in said
    assert picture_of(desk) == (
        "Salg uden moms måned for måned fra december 2025 til november 2026. Mest i oktober 2026: 3.250,00\u00a0kr."
    )


def test_a_month_in_which_more_was_credited_goes_to_the_left_of_nothing(
    desk: Visitor, member: User, staff: User, fakturaklip: Product
) -> None:
    with time_machine.travel(noon(2026, 10, 5), tick=False):
        regretted = place(member, (fakturaklip, 400)).order
    cancel_order(order_id=regretted.pk, actor=staff, reason="Fortrudt")
    desk.open("/admin/")
    october, november = list(desk.page.iter("rect"))[-2:]
    zero = next(desk.page.iter("line")).attrib["x1"]
    assert october.attrib["x"] == zero
    assert float(november.attrib["x"]) + float(november.attrib["width"]) == pytest.approx(float(zero), abs=0.1)
    assert october.attrib["width"] == november.attrib["width"] == "101.0"
    assert "style" not in desk.content.decode().partition("<svg")[2].partition("</svg>")[0]


def test_only_who_may_see_orders_sees_sales() -> None:
    clerk = StaffFactory.create(is_superuser=False)
    assert "Sidste måned" not in Visitor(clerk).open("/admin/").text
    clerk.user_permissions.set(Permission.objects.filter(codename="view_order"))
    assert "Sidste måned" in Visitor(clerk).open("/admin/").text


def test_sales_take_one_statement_however_much_was_sold(
    member: User, fakturaklip: Product, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(1, 25):
        sell(member, fakturaklip, 100, noon(2026, 11, day))
    with django_assert_num_queries(1):
        assert sales(TODAY).this_month.invoices == 24
