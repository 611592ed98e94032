"""Who gets into admin, and by which door."""

import pytest

from accounts.models import User
from tests.factories import PASSWORD, StaffFactory
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_admin_sends_strangers_to_the_members_log_on() -> None:
    visitor = Visitor().open("/admin/billing/order/")
    assert visitor.path.startswith("/log-paa/?next=")
    assert visitor.heading == "Log på"


def test_staff_log_on_by_the_members_door_and_land_in_admin(staff: User) -> None:
    visitor = Visitor().open("/log-paa/").fill("Brugernavn", "kirsten").fill("Kodeord", PASSWORD)
    visitor.press("Log på")
    assert (visitor.path, visitor.heading) == ("/admin/", "Det venter på dig")


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/billing/order/", "/admin/accounts/company/add/"])
def test_admin_admits_no_member(member: User, path: str) -> None:
    assert Visitor(member).open(path).status == 403


def test_admin_admits_no_staff_who_left() -> None:
    assert Visitor(StaffFactory.create(is_active=False)).open("/admin/").heading == "Log på"


def test_admin_knows_one_page_for_passwords_and_one_way_out(desk: Visitor) -> None:
    assert desk.open("/admin/password_change/").path == "/skift-kodeord/"
    assert desk.send("/admin/logout/", []).path == "/"
    assert desk.open("/admin/").heading == "Log på"
