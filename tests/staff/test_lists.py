"""The office's lists and pages: finding things, looking at them, and not being able to change what must stand."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import ClipAccount, ClipEntry, User
from billing.models import (
    CreditNote,
    Document,
    DocumentFile,
    Invoice,
    MailStatus,
    Order,
    OrderLine,
    OutboxMail,
    Payment,
    Seller,
    TermsOfSale,
)
from billing.services.cancelling import cancel_order
from billing.services.performing import mark_performed
from billing.services.rendering import make_pdf
from catalog.models import PriceTier, Product
from tests.factories import CompanyFactory, StaffFactory, UserFactory, pay, place, support
from tests.staff.clock import MONDAY_NOON, THURSDAY_NOON
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

ORDERS = "/admin/billing/order/"
# Digits as Japanese keyboards write them.
WIDE = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}


@pytest.fixture
def others(fakturaklip: Product, order: Order) -> list[Order]:
    """Orders of other companies, with the invoices 10002 and 10003."""
    companies = [
        CompanyFactory.create(name="Nordlys Elteknik A/S", cvr="10150817"),
        CompanyFactory.create(name="Vestkyst VVS"),
    ]
    return [place(UserFactory.create(company=company), (fakturaklip, 100)).order for company in companies]


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
    "term", ["1000", "100016", "1358562", "9" * 40, "10001".translate(WIDE), "-10001", "Bogtrykker", "%", "'"]
)
def test_nothing_is_found_by_what_is_only_like_a_key(
    desk: Visitor, order: Order, others: list[Order], term: str
) -> None:
    page = desk.client.get(ORDERS, {"q": term})
    assert list(page.context["cl"].result_list) == []


def test_a_cancelled_order_is_found_by_its_credit_note(desk: Visitor, staff: User, others: list[Order]) -> None:
    cancel_order(order_id=others[1].pk, actor=staff, reason="Fortrudt")
    note = desk.client.get("/admin/billing/creditnote/", {"q": "Vestkyst"}).context["cl"].result_list
    assert [(found.number, found.order) for found in note] == [(10001, others[1])]
    numbers = [found.number for found in desk.client.get("/admin/billing/invoice/").context["cl"].result_list]
    assert numbers == [10003, 10002, 10001]


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


# --- looking ---------------------------------------------------------------------------------------------------------


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
    assert "1.000 stk. 2,25\u00a0kr. 25\u00a0% 2.250,00\u00a0kr. klip" in desk.part("Linjer 2")
    assert "2 time 850,00\u00a0kr. 25\u00a0% 1.700,00\u00a0kr. 26.11.2026 12:00 af kirsten: Ringede" in desk.part(
        "Linjer 2"
    )
    assert "Faktura 10001 23.11.2026 01.12.2026 000000000100016 4.937,50\u00a0kr. PDF" in desk.part("Bilag 1")
    assert "23.11.2026 Kontooverførsel 4.937,50\u00a0kr. kirsten" in desk.part("Indbetalinger 1")
    history = desk.part("Historik 3")
    assert "23.11.2026 12:00 Bestilt mette" in history
    assert "26.11.2026 12:00 Betalt kirsten" in history
    assert "26.11.2026 12:00 Udført kirsten B2B fakturamodtagersupport: Ringede" in history
    assert "faktura@bogtryk.example I kø" in desk.part("Mails 2")
    assert not desk.has_link("Markér som betalt")
    assert not desk.has_link("Annullér")


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
    path = f"/admin/billing/invoice/{order.documents.get().pk}/pdf/"
    assert Visitor(member).open(path).status == 403
    assert Visitor(StaffFactory.create(is_superuser=False)).open(path).status == 403


def test_a_companys_page_shows_its_orders_users_and_clips(desk: Visitor, member: User, order: Order) -> None:
    pay(order)
    desk.open(f"/admin/accounts/company/{member.company_id}/change/")
    assert f"Bestilling {order.pk} Faktura 10001 2.812,50\u00a0kr. Betalt 23.11.2026 12:00" in desk.part(
        "Bestillinger 1"
    )
    assert f"mette Karen Holm {member.email} Administrator" in desk.part("Brugere 1")
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


# --- mails -----------------------------------------------------------------------------------------------------------


def secret_mail(**fields: Any) -> OutboxMail:
    Visitor().send("/glemt-kodeord/", [("email", UserFactory.create().email)])
    OutboxMail.objects.filter(secret=True).update(**fields)
    return OutboxMail.objects.get(secret=True)


def mail_page(mail: OutboxMail) -> str:
    return f"/admin/billing/outboxmail/{mail.pk}/change/"


def test_a_mails_page_shows_its_text(desk: Visitor, order: Order) -> None:
    desk.open(mail_page(order.mails.get()))
    assert "Faktura 10001" in desk.text
    assert "000000000100016" in desk.text


def test_a_mail_with_a_secret_keeps_it(desk: Visitor) -> None:
    mail = secret_mail()
    assert "/kodeord/" in mail.text
    for path in (mail_page(mail), "/admin/billing/outboxmail/"):
        assert b"/kodeord/" not in desk.open(path).content
    assert "Skjult, fordi mailen indeholder et link til et kodeord." in desk.open(mail_page(mail)).text


def test_a_mail_is_sent_again_once_and_who_did_it_is_logged(desk: Visitor, staff: User, order: Order) -> None:
    mail = order.mails.get()
    OutboxMail.objects.update(status=MailStatus.FAILED, attempts=12)
    desk.open(mail_page(mail)).press("Send igen")
    assert "Mailen sendes igen til faktura@bogtryk.example." in desk.text
    assert not desk.has_button("Send igen")
    desk.send(f"/admin/billing/outboxmail/{mail.pk}/send-igen/", [])
    assert "Mailen står allerede i kø." in desk.text
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (MailStatus.QUEUED, 0)
    log = LogEntry.objects.get()
    assert (log.user, log.object_id, log.change_message) == (staff, str(mail.pk), "Sendt igen.")


def test_a_mail_with_a_secret_is_never_sent_again(desk: Visitor) -> None:
    mail = secret_mail(status=MailStatus.FAILED)
    assert not desk.open(mail_page(mail)).has_button("Send igen")
    desk.send(f"/admin/billing/outboxmail/{mail.pk}/send-igen/", [])
    assert "Mailen indeholder et link til et kodeord. Send brugeren et nyt link i stedet." in desk.text
    mail.refresh_from_db()
    assert (mail.status, LogEntry.objects.count()) == (MailStatus.FAILED, 0)


def test_several_mails_are_sent_again_at_once(desk: Visitor, others: list[Order]) -> None:
    secret_mail()
    OutboxMail.objects.update(status=MailStatus.FAILED)
    chosen = [("_selected_action", str(mail.pk)) for mail in OutboxMail.objects.all()]
    desk.send("/admin/billing/outboxmail/", [("action", "send_selected_again"), ("index", "0"), *chosen])
    assert "3 sendes igen. 1 blev sprunget over: de er i kø eller indeholder et link til et kodeord." in desk.text
    assert sorted(OutboxMail.objects.values_list("secret", "status")) == [
        (False, "queued"),
        (False, "queued"),
        (False, "queued"),
        (True, "failed"),
    ]


def test_sending_again_needs_the_permission_and_a_post(desk: Visitor, order: Order) -> None:
    path = f"/admin/billing/outboxmail/{order.mails.get().pk}/send-igen/"
    OutboxMail.objects.update(status=MailStatus.FAILED)
    assert desk.client.get(path).status_code == 405
    assert Visitor(StaffFactory.create(is_superuser=False)).client.post(path).status_code == 403
    assert order.mails.get().status == MailStatus.FAILED


# --- what must stand -------------------------------------------------------------------------------------------------

READ_ONLY: dict[str, Callable[[], Model]] = {
    "billing/order": lambda: Order.objects.order_by("pk")[0],
    "billing/orderline": lambda: OrderLine.objects.get(clip_type=None),
    "billing/invoice": lambda: Invoice.objects.filter(kind="invoice").order_by("pk")[0],
    "billing/creditnote": lambda: CreditNote.objects.get(kind="credit_note"),
    "billing/payment": Payment.objects.get,
    "billing/outboxmail": lambda: OutboxMail.objects.order_by("pk")[0],
    "accounts/clipaccount": ClipAccount.objects.get,
    "accounts/clipentry": ClipEntry.objects.get,
}


@pytest.fixture
def _everything(order: Order, staff: User, member: User, fakturaklip: Product) -> None:
    cancel_order(order_id=order.pk, actor=staff, reason="Fortrudt")
    pay(place(member, (fakturaklip, 100), (support(), 1)).order)


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
        "2,60\u00a0kr. · 2,25\u00a0kr. fra 1.000 · 2,0125\u00a0kr. fra 5.000"
        in desk.open("/admin/catalog/product/").text
    )
    assert order.lines.get().unit_price == Decimal("2.25")


# --- how fast --------------------------------------------------------------------------------------------------------

# Session, user, how many there are, the rows, and whether a seller may be added (for the menu); orders: their documents
LISTS = {
    ORDERS: 6,
    ORDERS + "?venter=overfoersel": 6,
    ORDERS + "?q=Firma": 6,
    "/admin/billing/invoice/": 5,
    "/admin/billing/payment/": 5,
    "/admin/billing/orderline/": 5,
    "/admin/billing/outboxmail/": 5,
    "/admin/accounts/company/": 5,
    "/admin/accounts/clipaccount/": 6,  # and the clip types to filter by
    "/admin/accounts/clipentry/": 5,
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
            pay(place(user, (fakturaklip, 100), (hours, 1)).order, by=user)
        with django_assert_num_queries(LISTS[path]):
            assert client.get(path).status_code == 200


def test_an_orders_page_takes_as_many_queries_however_much_is_on_it(
    staff: User, member: User, fakturaklip: Product, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(staff)
    hours = [support(name=f"Support {number}") for number in range(8)]
    for products in (hours[:1], hours):
        order = place(member, *((product, 1) for product in products)).order
        pay(order)
        with django_assert_num_queries(13):
            assert client.get(f"{ORDERS}{order.pk}/change/").status_code == 200
