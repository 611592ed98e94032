"""A new member: the company with its first user, who gets a link for choosing a password."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.membership import CannotBeReached, create_company_with_user, create_user
from accounts.models import Company, Role, User
from billing.models import MailKind, MailStatus, OutboxMail
from tests.factories import PASSWORD, CompanyFactory, SellerFactory, StaffFactory, UserFactory
from tests.races.threads import at_once
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

ADD = "/admin/accounts/company/add/"
NEW_PASSWORD = "fjord-og-klit-1957"
COMPANY = {
    "name": "Bageri Æblegård I/S",
    "cvr": "13585628",
    "address": "Storegade 4, 1. tv.",
    "postal_code": "6200",
    "city": "Aabenraa",
    "ean": "5790000000005",
    "administrative_email": "kontor@bageri.example",
    "invoice_email": "faktura@bageri.example",
    "purchase_order_number": "PO-7",
}
PERSON = {"username": "soeren", "email": "soeren@bageri.example", "first_name": "Søren", "last_name": "Åkjær"}


def form(**typed: str) -> list[tuple[str, str]]:
    return list({**COMPANY, **PERSON, **typed}.items())


def link_in(mail: OutboxMail) -> str:
    found = re.search(r"http://testserver(/kodeord/\S+)", mail.text)
    assert found is not None
    return found[1]


def choose_password(path: str, password: str = NEW_PASSWORD) -> Visitor:
    """Follow a mailed link and choose a password, as somebody who is not logged on."""
    visitor = Visitor().open(path)
    if visitor.status == 200 and visitor.has_button("Gem kodeord"):
        visitor.fill("Nyt kodeord", password).fill("Gentag det nye kodeord", password).press("Gem kodeord")
    return visitor


def log_on(username: str, password: str) -> bool:
    client = Client()
    client.post("/log-paa/", {"login": username, "password": password})
    return "_auth_user_id" in client.session


# --- creating --------------------------------------------------------------------------------------------------------


def test_staff_create_a_company_with_its_first_user_and_the_welcome_mail(desk: Visitor) -> None:
    SellerFactory.create()
    desk.open(ADD)
    for heading in ("Virksomhed", "Faktura og post", "Første bruger"):
        assert heading in desk.text
    desk.send(ADD, form())
    assert desk.path == "/admin/accounts/company/"
    company = Company.objects.get()
    assert {name: getattr(company, name) for name in COMPANY} == COMPANY
    user = User.objects.get(company=company)
    assert {name: getattr(user, name) for name in PERSON} == PERSON
    assert (user.role, user.is_active, user.is_staff, user.is_superuser) == (Role.ADMINISTRATOR, True, False, False)
    assert not user.has_usable_password()
    mail = OutboxMail.objects.get()
    assert (mail.kind, mail.recipients, mail.secret) == (MailKind.ACCOUNT, ["soeren@bageri.example"], True)
    assert (mail.status, mail.subject) == (MailStatus.QUEUED, "Velkommen til TrueLink Test A/S: vælg dit kodeord")
    for body in (mail.text, mail.html):
        assert "soeren" in body
        assert "http://testserver/log-paa/" in body
        assert "virker i 3 dage" in body
        assert "kundecenter@truelink.dk" in body
        assert link_in(mail) in body


def test_the_welcome_link_lets_the_user_choose_a_password_once(desk: Visitor) -> None:
    desk.send(ADD, form())
    path = link_in(OutboxMail.objects.get())
    assert choose_password(path).path == "/kodeord/valgt/"
    assert log_on("soeren", NEW_PASSWORD)
    assert log_on("SOEREN", NEW_PASSWORD)
    assert choose_password(path, "et-helt-andet-1").heading == "Linket virker ikke længere"
    assert not log_on("soeren", "et-helt-andet-1")


def test_nobody_logs_on_before_a_password_is_chosen(desk: Visitor) -> None:
    desk.send(ADD, form())
    assert not log_on("soeren", "")
    assert not log_on("soeren", User.objects.get(username="soeren").password)


def test_a_forgotten_password_is_mailed_to_a_user_who_never_chose_one(desk: Visitor) -> None:
    desk.send(ADD, form())
    Visitor().open("/glemt-kodeord/").send("/glemt-kodeord/", [("email", "Soeren@Bageri.example")])
    first, second = OutboxMail.objects.order_by("pk")
    assert (second.recipients, second.secret) == (["soeren@bageri.example"], True)
    assert choose_password(link_in(second)).path == "/kodeord/valgt/"
    assert log_on("soeren", NEW_PASSWORD)
    assert choose_password(link_in(first), "et-helt-andet-1").heading == "Linket virker ikke længere"


def test_e_mails_are_kept_in_small_letters_since_log_on_looks_for_them_so(desk: Visitor) -> None:
    desk.send(ADD, form(email="Soeren@Bageri.Example"))
    assert User.objects.get(username="soeren").email == "soeren@bageri.example"
    Visitor().send("/glemt-kodeord/", [("email", "Soeren@Bageri.Example")])
    assert OutboxMail.objects.filter(text__contains="/kodeord/").count() == 2


# --- refusing --------------------------------------------------------------------------------------------------------


def error_at(desk: Visitor, name: str) -> str:
    return desk.described(desk.by_id(f"id_{name}"))


def test_a_cvr_number_that_is_taken_is_an_error_at_its_field(desk: Visitor) -> None:
    CompanyFactory.create(cvr=COMPANY["cvr"])
    desk.send(ADD, form())
    assert error_at(desk, "cvr") == "Medlem med dette CVR-nr. eksisterer allerede."
    assert desk.by_id("id_name").get("value") == COMPANY["name"]
    assert (Company.objects.count(), User.objects.count(), OutboxMail.objects.count()) == (1, 1, 0)


@pytest.mark.parametrize("taken", ["soeren", "Soeren"])
def test_a_user_name_that_is_taken_is_an_error_at_its_field(desk: Visitor, taken: str) -> None:
    UserFactory.create(username=taken)
    desk.send(ADD, form())
    assert "Brugernavnet er optaget. Vælg et andet." in error_at(desk, "username")
    assert (Company.objects.count(), OutboxMail.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("cvr", "13585629", "CVR-nummeret er ikke gyldigt. Det er 8 cifre, f.eks. 13585628."),
        ("ean", "5790000000006", "EAN-nummeret er ikke gyldigt. Det er 13 cifre uden mellemrum."),
        ("postal_code", "620", "Grønland og Færøerne ligger uden for det danske momsområde."),
        ("postal_code", "3900", "Grønland og Færøerne ligger uden for det danske momsområde."),
        ("username", "søren åkjær", "gyldigt brugernavn"),
        ("email", "soeren@", "gyldig e-mail-adresse"),
        ("email", "", "Dette felt er påkrævet."),
        ("first_name", "", "Dette felt er påkrævet."),
    ],
)
def test_bad_data_is_an_error_at_its_field(desk: Visitor, name: str, typed: str, sentence: str) -> None:
    desk.send(ADD, form(**{name: typed}))
    assert sentence in error_at(desk, name)
    assert (Company.objects.count(), User.objects.count(), OutboxMail.objects.count()) == (0, 1, 0)


@pytest.mark.fault(58)
@pytest.mark.parametrize(
    "name", ["name", "address", "city", "purchase_order_number", "username", "first_name", "email"]
)
def test_line_breaks_are_refused_in_every_name_and_address(desk: Visitor, name: str) -> None:
    value = {**COMPANY, **PERSON}[name]
    desk.send(ADD, form(**{name: f"{value}\r\nBcc: alle@example.dk"}))
    assert (desk.path, Company.objects.count(), OutboxMail.objects.count()) == (ADD, 0, 0)


@pytest.mark.fault(58)
def test_the_service_refuses_line_breaks_in_a_persons_name_too() -> None:
    with pytest.raises(ValidationError, match="Linjeskift"):
        create_user(user=User(**{**PERSON, "last_name": "Å\r\nBcc: x"}, company=CompanyFactory.create()))
    assert not User.objects.exists()


def test_nothing_is_created_when_the_mail_cannot_be_queued() -> None:
    with pytest.raises(CannotBeReached):
        create_company_with_user(company=Company(**COMPANY), user=User(**{**PERSON, "email": ""}))
    assert (Company.objects.count(), User.objects.count()) == (0, 0)


@pytest.mark.fault(28)
@pytest.mark.django_db(transaction=True)
def test_a_double_click_creates_one_company_and_one_mail() -> None:
    kirsten = StaffFactory.create()
    first, second = Visitor(kirsten), Visitor(kirsten)
    answers = at_once(lambda: first.send(ADD, form()), lambda: second.send(ADD, form()))
    assert sorted(answer.path if isinstance(answer, Visitor) else repr(answer) for answer in answers) == [
        "/admin/accounts/company/",
        ADD,
    ]
    told = first if first.path == ADD else second
    assert error_at(told, "cvr") == "Medlem med dette CVR-nr. eksisterer allerede."
    assert (Company.objects.count(), User.objects.filter(company__isnull=False).count()) == (1, 1)
    assert OutboxMail.objects.count() == 1


# --- more users ------------------------------------------------------------------------------------------------------


def user_form(of: Company | None, **typed: str) -> list[tuple[str, str]]:
    fields = {**PERSON, "company": str(of.pk) if of else "", "role": "buyer", "is_active": "on", **typed}
    return list(fields.items())


def test_a_second_user_is_invited_too(desk: Visitor) -> None:
    company = CompanyFactory.create(name="Bageri Æblegård I/S")
    desk.open(f"/admin/accounts/company/{company.pk}/change/").click("Tilføj bruger")
    assert desk.path == f"/admin/accounts/user/add/?company={company.pk}"
    desk.send("/admin/accounts/user/add/", user_form(company))
    user = User.objects.get(username="soeren")
    assert (user.company, user.role, user.has_usable_password()) == (company, Role.BUYER, False)
    assert choose_password(link_in(OutboxMail.objects.get())).path == "/kodeord/valgt/"


def test_a_user_belongs_to_a_company_or_to_staff(desk: Visitor) -> None:
    desk.send("/admin/accounts/user/add/", user_form(None))
    assert "Vælg det medlem, som brugeren handler for." in desk.text
    assert not User.objects.filter(username="soeren").exists()


def test_staff_change_a_user_and_the_change_is_logged(desk: Visitor, staff: User) -> None:
    user = UserFactory.create(username="soeren")
    assert user.company is not None
    path = f"/admin/accounts/user/{user.pk}/change/"
    desk.send(path, user_form(user.company, role="reader", last_name="Ny"))
    user.refresh_from_db()
    assert (user.role, user.last_name, user.check_password(PASSWORD)) == (Role.READER, "Ny", True)
    assert LogEntry.objects.get(object_id=str(user.pk)).user == staff


def test_a_changed_e_mail_takes_the_links_with_it(desk: Visitor) -> None:
    """allauth remembers addresses: the mailbox that a person has left must not open the door any more."""
    user = UserFactory.create(username="soeren", email="gammel@bageri.example")
    assert user.company is not None
    Visitor().send("/glemt-kodeord/", [("email", "gammel@bageri.example")])
    old_link = link_in(OutboxMail.objects.get())
    desk.send(f"/admin/accounts/user/{user.pk}/change/", user_form(user.company, email="ny@bageri.example"))
    Visitor().send("/glemt-kodeord/", [("email", "gammel@bageri.example")])
    assert not any("/kodeord/" in mail.text for mail in OutboxMail.objects.order_by("pk")[1:])
    assert choose_password(old_link).heading == "Linket virker ikke længere"
    assert not EmailAddress.objects.filter(email="gammel@bageri.example").exists()


def test_pages_about_users_show_and_take_no_password(desk: Visitor) -> None:
    user = UserFactory.create(username="soeren")
    for path in (f"/admin/accounts/user/{user.pk}/change/", "/admin/accounts/user/add/", "/admin/accounts/user/"):
        page = desk.open(path)
        assert "Adgangskode" not in page.text
        assert [each.get("name") for each in page.page.iter("input") if each.get("type") == "password"] == []
        assert user.password.encode() not in page.content
    before = user.password
    desk.client.post(f"/admin/accounts/user/{user.pk}/password/", {"password1": "x" * 12, "password2": "x" * 12})
    user.refresh_from_db()
    assert user.password == before
    assert desk.client.get("/admin/accounts/user/?password__startswith=md5").status_code == 400


# --- a new link ------------------------------------------------------------------------------------------------------


def send_link(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/nyt-link/"


def test_send_a_new_link_to_who_lost_the_mail(desk: Visitor, staff: User) -> None:
    desk.send(ADD, form())
    user = User.objects.get(username="soeren")
    desk.open(f"/admin/accounts/user/{user.pk}/change/").press("Send nyt link")
    assert "Et nyt link til at vælge kodeord sendes til soeren@bageri.example." in desk.text
    assert OutboxMail.objects.count() == 2
    newest = OutboxMail.objects.order_by("-pk")[0]
    assert newest.subject.startswith("Velkommen")
    assert choose_password(link_in(newest)).path == "/kodeord/valgt/"
    log = LogEntry.objects.get(object_id=str(user.pk), content_type__model="user")
    assert (log.user, log.change_message) == (staff, "Nyt link til kodeord sendt.")


def test_a_user_with_a_password_gets_the_mail_for_a_forgotten_one(desk: Visitor) -> None:
    user = UserFactory.create(username="soeren", email="soeren@bageri.example")
    desk.open(f"/admin/accounts/user/{user.pk}/change/").press("Send nyt link")
    mail = OutboxMail.objects.get()
    assert (mail.recipients, mail.secret) == (["soeren@bageri.example"], True)
    assert "soeren" in mail.text
    assert log_on("soeren", PASSWORD)
    assert choose_password(link_in(mail)).heading == "Linket virker ikke længere"  # logging on took the link's power
    assert "Velkommen" not in mail.subject


@pytest.mark.fault(28)
def test_a_double_click_sends_one_link(desk: Visitor) -> None:
    user = UserFactory.create()
    for _ in range(2):
        desk.send(send_link(user), [])
    assert f"Der er lige sendt et link til {user.email}." in desk.text
    assert OutboxMail.objects.count() == 1


@pytest.mark.parametrize("changes", [{"is_active": False}, {"email": ""}])
def test_no_link_goes_to_who_cannot_use_it(desk: Visitor, changes: dict[str, Any]) -> None:
    user = UserFactory.create(**changes)
    desk.send(send_link(user), [])
    assert "Der kan ikke sendes et link: brugeren er lukket eller mangler en e-mail." in desk.text
    assert (OutboxMail.objects.count(), LogEntry.objects.count()) == (0, 0)


def test_a_new_link_needs_a_post_and_the_permission(desk: Visitor) -> None:
    user = UserFactory.create()
    assert desk.client.get(send_link(user)).status_code == 405
    clerk = Visitor(StaffFactory.create(is_superuser=False))
    assert clerk.client.post(send_link(user)).status_code == 403
    assert not OutboxMail.objects.exists()


# --- staff among themselves ------------------------------------------------------------------------------------------


@pytest.fixture
def clerk() -> User:
    """Staff who may add and change users, and are no superuser."""
    clerk = StaffFactory.create(username="karl", is_superuser=False)
    wanted = ["add_user", "change_user", "view_user", "add_company", "change_company", "view_company"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=wanted, content_type__app_label="accounts"))
    return clerk


def test_a_clerk_cannot_make_anybody_staff(clerk: User) -> None:
    user = UserFactory.create(username="soeren")
    assert user.company is not None
    at_desk = Visitor(clerk)
    page = at_desk.open(f"/admin/accounts/user/{user.pk}/change/")
    assert [each for each in page.page.iter("input") if each.get("name") in {"is_staff", "is_superuser"}] == []
    flags = {"is_staff": "on", "is_superuser": "on"}
    at_desk.send(f"/admin/accounts/user/{user.pk}/change/", user_form(user.company, **flags))
    at_desk.send("/admin/accounts/user/add/", user_form(user.company, username="ny", **flags))
    assert list(User.objects.filter(username__in=["soeren", "ny"]).values_list("is_staff", "is_superuser")) == [
        (False, False),
        (False, False),
    ]


def test_a_clerk_cannot_take_over_a_colleague(clerk: User) -> None:
    boss = StaffFactory.create(username="boss", email="boss@truelink.example")
    client = Visitor(clerk).client
    path = f"/admin/accounts/user/{boss.pk}/change/"
    assert client.post(path, dict(user_form(CompanyFactory.create(), email="karl@truelink.example"))).status_code == 403
    assert client.post(send_link(boss)).status_code == 403
    boss.refresh_from_db()
    assert boss.email == "boss@truelink.example"
    assert not OutboxMail.objects.exists()


def test_nobody_deletes_members_or_people(desk: Visitor) -> None:
    user = UserFactory.create()
    assert user.company is not None
    for path in (f"/admin/accounts/user/{user.pk}/delete/", f"/admin/accounts/company/{user.company.pk}/delete/"):
        assert desk.client.post(path, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=user.pk).exists()


def test_a_superuser_invites_a_colleague_without_a_company(desk: Visitor) -> None:
    desk.send("/admin/accounts/user/add/", user_form(None, is_staff="on", username="kaj"))
    colleague = User.objects.get(username="kaj")
    assert (colleague.is_staff, colleague.company) == (True, None)
    assert choose_password(link_in(OutboxMail.objects.get())).path == "/kodeord/valgt/"


# --- the door --------------------------------------------------------------------------------------------------------


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
