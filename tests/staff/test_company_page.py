"""A company's page: everything that a caller may ask about, in one look."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import ClipAccount, User
from billing.models import MailStatus, Order, OutboxMail
from billing.services.rendering import make_pdf
from catalog.models import Product
from tests.factories import CompanyFactory, StaffFactory, UserFactory, pay, place, support
from tests.staff.cards import item_of
from tests.staff.clock import MONDAY_NOON
from tests.staff.test_front_page import tiles_on
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

# The session and the user, the company, four numbers, orders with documents and how many there are, clip accounts, two
# each for users, mails and documents, and whether a seller may be added, for the menu.
QUERIES = 3 + 4 + 3 + 1 + 2 * 3 + 1


def page_of(user: User) -> str:
    return f"/admin/accounts/company/{user.company_id}/change/"


def test_a_company_that_owes_nothing_is_calm(desk: Visitor, member: User) -> None:
    assert tiles_on(desk.open(page_of(member))) == [
        "0,00\u00a0kr. Skylder intet venter",
        "0 Kræver handling intet venter",
        "0 Skal udføres intet venter",
        "0 Mails, der ikke er leveret intet venter",
    ]


def test_what_the_company_owes_and_what_waits_for_it_stand_at_the_top(
    staff: User, member: User, order: Order, others: list[Order], fakturaklip: Product
) -> None:
    with time_machine.travel(MONDAY_NOON + timedelta(days=2), tick=False):
        pay(place(member, (support(), 1)).order)
        item_of(order)
    OutboxMail.objects.update(status=MailStatus.FAILED)
    with time_machine.travel(MONDAY_NOON + timedelta(days=9), tick=False):
        place(member, (fakturaklip, 100))
        desk = Visitor(staff).open(page_of(member))
        assert tiles_on(desk) == [
            "3.125,00\u00a0kr. Skylder ældste 9 dage ⚠ forfaldne: 1",
            "1 Kræver handling ældste 7 dage",
            "1 Skal udføres ældste 7 dage",
            "3 Mails, der ikke er leveret ældste 9 dage ⚠ over en uge",
        ]
        for number in tiles_on(desk):
            amount, name = number.split(" ældste")[0].split(" ", 1)
            listed = desk.open(page_of(member)).click(f"{amount} {name}")
            assert listed.status == 200
            assert "Nordlys" not in listed.text
        assert desk.open(page_of(member)).click("forfaldne: 1").has_link(order.number)


def test_orders_clips_users_mails_and_documents_are_shown(desk: Visitor, member: User, order: Order) -> None:
    pay(order)
    invoice = order.documents.get()
    make_pdf(invoice.pk)
    User.objects.filter(pk=member.pk).update(last_login=MONDAY_NOON)
    UserFactory.create(username="ib", company=member.company, is_active=False)
    ClipAccount.objects.update(expires_on="2027-11-23")
    OutboxMail.objects.filter(kind="invoice").update(status=MailStatus.SENT, sent_at=timezone.now())
    OutboxMail.objects.filter(kind="confirmation").update(status=MailStatus.FAILED)
    desk.open(page_of(member))
    assert "CVR-nr. 13585628 · Vestergade 12, 5000 Odense C" in desk.text
    assert f"Bestilling {order.pk} Faktura 10001 2.812,50\u00a0kr. Betalt 23.11.2026 12:00 3 dage" in desk.part(
        "Bestillinger 1"
    )
    assert desk.part("Klipkonti 1").endswith("Fakturaklip 1.000 23.11.2027")
    users = desk.part("Brugere 2")
    assert f"mette Karen Holm {member.email} Administrator Aktiv 23.11.2026 12:00 Send nyt link …" in users
    assert users.split("ib Karen")[1].split("mette")[0].endswith("Lukket Aldrig ")
    mails = desk.part("Mails 2")
    assert "faktura@bogtryk.example Sendt 26.11.2026 12:00 Send igen …" in mails
    assert "kontor@bogtryk.example Kunne ikke sendes" in mails
    assert "Faktura 10001 23.11.2026 01.12.2026 2.812,50\u00a0kr. Betalt PDF" in desk.part("Bilag 1")


def test_the_ordinary_next_steps_are_one_click_away(desk: Visitor, member: User, order: Order) -> None:
    OutboxMail.objects.update(status=MailStatus.FAILED)
    steps = {
        "Markér som betalt": f"/admin/billing/order/{order.pk}/betalt/",
        "Send igen …": f"/admin/billing/outboxmail/{order.mails.get().pk}/change/",
        "Send nyt link …": f"/admin/accounts/user/{member.pk}/change/",
        "Tilføj bruger": f"/admin/accounts/user/add/?company={member.company_id}",
    }
    for words, path in steps.items():
        assert desk.open(page_of(member)).click(words).path == path
    assert desk.open(page_of(member)).click("Send nyt link …").has_button("Send nyt link")


def test_a_refused_correction_shows_the_form_first(desk: Visitor, member: User, order: Order) -> None:
    desk.open(page_of(member))
    assert desk.text.index("Bestillinger 1") < desk.text.index("Faktura og post")
    desk.send(page_of(member), [("name", "Nyt navn")])
    assert desk.text.index("Faktura og post") < desk.text.index("Bestillinger 1")


def test_staff_see_of_a_company_what_they_may_look_at(member: User, order: Order) -> None:
    clerk = StaffFactory.create(is_superuser=False)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_company"))
    visitor = Visitor(clerk).open(page_of(member))
    assert (visitor.status, tiles_on(visitor)) == (200, [])
    for title in ("Bestillinger", "Mails", "Bilag"):
        assert f"{title} 1" not in visitor.text
    assert not visitor.has_link("Ret oplysninger")
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_company", "view_order"]))
    visitor.open(page_of(member))
    assert "2.812,50\u00a0kr. Skylder" in visitor.text
    assert not visitor.has_link("Markér som betalt")


@pytest.mark.fault(57)
def test_markup_is_shown_as_text(desk: Visitor, fakturaklip: Product) -> None:
    evil = "<script>alert(1)</script>"
    user = UserFactory.create(company=CompanyFactory.create(name=evil, city=evil), first_name=evil)
    place(user, (fakturaklip, 100), purchase_order_number=evil)
    OutboxMail.objects.update(subject=evil, recipients=[evil])
    assert b"<script>alert" not in desk.open(page_of(user)).content


def test_the_page_takes_as_many_queries_however_much_is_on_it(
    staff: User, member: User, fakturaklip: Product, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(staff)
    for times in (1, 15):
        for _ in range(times):
            pay(place(member, (fakturaklip, 100)).order)
            place(member, (fakturaklip, 100))
            UserFactory.create(company=member.company)
        with django_assert_num_queries(QUERIES):
            assert client.get(page_of(member)).status_code == 200


def test_people_clips_and_debts_are_shown_to_who_may_see_them(member: User, order: Order) -> None:
    pay(order)
    clerk = StaffFactory.create(username="karl", is_superuser=False)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_company"))
    page = Visitor(clerk).open(page_of(member))
    assert page.status == 200
    for hidden in ("mette", "Fakturaklip", "Bestilling", "Skylder"):
        assert hidden not in page.text
    assert "Med ubetalt faktura" not in page.open("/admin/accounts/company/").text


def test_users_are_counted_once_however_many_of_them_a_search_finds(desk: Visitor, member: User) -> None:
    for name in ("ida", "ib"):
        UserFactory.create(username=name, company=member.company, email=f"{name}@bogtryk.example")
    for query in ("", "?q=bogtryk.example"):
        row = desk.client.get(f"/admin/accounts/company/{query}").context["cl"].result_list[0]
        assert row.user_total == 3
