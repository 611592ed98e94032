"""The office's pages about one order, document, company or account."""

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import ClipAccount, User
from billing.models import (
    Document,
    DocumentFile,
    Order,
)
from billing.services.cancelling import cancel_order
from billing.services.performing import mark_performed
from billing.services.rendering import make_pdf
from catalog.models import Product
from tests.factories import CompanyFactory, StaffFactory, UserFactory, pay, place, support
from tests.staff.clock import MONDAY_NOON, THURSDAY_NOON
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

ORDERS = "/admin/billing/order/"


def test_an_orders_page_tells_all_about_it(desk: Visitor, staff: User, member: User, fakturaklip: Product) -> None:
    with time_machine.travel(MONDAY_NOON, tick=False):
        placed = place(member, (fakturaklip, 1000), (support(), 2), purchase_order_number="PO 9")
    order = placed.order
    assert placed.invoice is not None
    with time_machine.travel(THURSDAY_NOON, tick=False):
        pay(order, by=staff)
        mark_performed(line_id=order.lines.get(clip_type=None).pk, actor=staff, note="Ringede")
        make_pdf(placed.invoice.pk)
    desk.open(f"/admin/billing/order/{order.pk}/change/")
    for fact in ("Betalt", "Havnegadens Bogtryk ApS", "PO 9", "4.937,50\u00a0kr.", "Kontooverførsel", "mette"):
        assert fact in desk.text
    assert "1.000 stk. 2,25\u00a0kr. 25\u00a0% 2.250,00\u00a0kr. –" in desk.part("Linjer 2")
    assert "2 time 850,00\u00a0kr. 25\u00a0% 1.700,00\u00a0kr. 26.11.2026 12:00 af kirsten: Ringede" in desk.part(
        "Linjer 2"
    )
    assert "Faktura 10001 23.11.2026 01.12.2026 000000000100016 4.937,50\u00a0kr. PDF" in desk.part("Bilag 1")
    assert "23.11.2026 Kontooverførsel 4.937,50\u00a0kr. nej kirsten" in desk.part("Indbetalinger 1")
    history = desk.part("Historik 3")
    assert "23.11.2026 12:00 Bestilt mette" in history
    assert "26.11.2026 12:00 Betalt kirsten" in history
    assert "26.11.2026 12:00 Udført kirsten B2B fakturamodtagersupport: Ringede" in history
    assert "faktura@bogtryk.example I kø" in desk.part("Mails 2")
    assert not desk.has_link("Markér som betalt")
    assert not desk.has_link("Annullér bestillingen")


def test_staff_open_any_documents_pdf_as_it_was_made(desk: Visitor, staff: User, order: Order) -> None:
    cancel_order(order_id=order.pk, actor=staff, reason="Fortrudt")
    for document in Document.objects.order_by("pk"):
        make_pdf(document.pk)
        desk.open(f"/admin/billing/order/{order.pk}/change/")
    for kind, document in zip(("invoice", "creditnote"), Document.objects.order_by("pk"), strict=True):
        response = desk.client.get(f"/admin/billing/{kind}/{document.pk}/pdf/")
        assert response.content == bytes(DocumentFile.objects.get(document=document).content)
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.headers["Content-Disposition"] == f'inline; filename="{document.title}.pdf"'
        assert desk.open(f"/admin/billing/{kind}/{document.pk}/change/").has_link("Åbn PDF")


def test_a_pdf_that_is_not_made_yet_is_said_to_come(desk: Visitor, order: Order) -> None:
    invoice = order.documents.get()
    desk.open(f"/admin/billing/invoice/{invoice.pk}/pdf/")
    assert desk.path == f"/admin/billing/invoice/{invoice.pk}/change/"
    assert "PDF'en er ikke dannet endnu. Den dannes af sig selv." in desk.text
    assert desk.client.get(f"/admin/billing/creditnote/{invoice.pk}/pdf/").status_code == 404


@pytest.mark.fault(45)
def test_admins_pdf_is_closed_to_members_and_to_staff_without_permission(member: User, order: Order) -> None:
    invoice = order.documents.get()
    make_pdf(invoice.pk)
    path = f"/admin/billing/invoice/{invoice.pk}/pdf/"
    assert Visitor(member).open(path).status == 403
    assert Visitor(StaffFactory.create(is_superuser=False)).open(path).status == 403


def test_a_companys_page_shows_its_orders_users_and_clips(desk: Visitor, member: User, order: Order) -> None:
    pay(order)
    desk.open(f"/admin/accounts/company/{member.company_id}/change/")
    assert f"Bestilling {order.pk} Faktura 10001 2.812,50\u00a0kr. Betalt 23.11.2026 12:00" in desk.part(
        "Bestillinger 1"
    )
    assert f"mette Karen Holm {member.email} Administrator Aktiv" in desk.part("Brugere 1")
    assert "Fakturaklip 1.000" in desk.part("Klipkonti 1")


def test_a_clip_accounts_page_shows_the_newest_entries(desk: Visitor, member: User, fakturaklip: Product) -> None:
    for _ in range(22):
        pay(place(member, (fakturaklip, 100)).order)
    account = ClipAccount.objects.get()
    desk.open(f"/admin/accounts/clipaccount/{account.pk}/change/")
    entries = desk.part("Posteringer 22")
    assert "+100 2.200" in entries
    assert "+100 300 " in entries
    assert "+100 200 " not in entries
    desk.click("Se hele listen (22)")
    assert desk.path == f"/admin/accounts/clipentry/?account__id__exact={account.pk}"


@pytest.mark.fault(57)
def test_markup_in_names_is_shown_as_text_on_every_page(desk: Visitor, fakturaklip: Product) -> None:
    evil = "<script>alert(1)</script>"
    user = UserFactory.create(company=CompanyFactory.create(name=evil), first_name=evil)
    order = place(user, (fakturaklip, 100), purchase_order_number=evil).order
    pages = [
        ORDERS,
        f"{ORDERS}{order.pk}/change/",
        f"{ORDERS}{order.pk}/betalt/",
        f"{ORDERS}{order.pk}/annuller/",
        f"/admin/accounts/company/{user.company_id}/change/",
        f"/admin/billing/invoice/{order.documents.get().pk}/change/",
    ]
    for path in pages:
        assert b"<script>alert" not in desk.open(path).content
    desk.open(f"{ORDERS}{order.pk}/betalt/").press("Markér som betalt")
    assert b"<script>alert" not in desk.content


def test_an_orders_page_takes_as_many_queries_however_much_is_on_it(
    staff: User, member: User, fakturaklip: Product, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(staff)
    hours = [support(name=f"Support {number}") for number in range(8)]
    for products in (hours[:1], hours):
        order = place(member, *((product, 1) for product in products)).order
        pay(order)
        with django_assert_num_queries(16):
            assert client.get(f"{ORDERS}{order.pk}/change/").status_code == 200
