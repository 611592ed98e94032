"""Users in admin: inviting, changing, a new link, and staff among themselves."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission

from accounts.models import Role, User
from billing.models import OutboxMail
from tests.factories import PASSWORD, CompanyFactory, StaffFactory, UserFactory
from tests.staff.membership import ADD, choose_password, form, link_in, log_on, user_form
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


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


# --- what the page shows ---------------------------------------------------------------------------------------------


def names_on(desk: Visitor, path: str) -> set[str]:
    """Return the names of the fields that the page asks for."""
    desk.open(path)
    inputs = [each for tag in ("input", "select") for each in desk.page.iter(tag)]
    hidden = {"csrfmiddlewaretoken", "_save", "_continue", "_addanother", "q", "", None}
    return {str(each.get("name")) for each in inputs if each.get("name") not in hidden}


PERSON = {"username", "email", "first_name", "last_name", "is_active"}


def test_a_members_user_is_name_e_mail_company_role_and_active(desk: Visitor, clerk: User) -> None:
    user = UserFactory.create()
    path = f"/admin/accounts/user/{user.pk}/change/"
    for visitor in (desk, Visitor(clerk)):
        assert names_on(visitor, path) == {*PERSON, "company", "role"}
        for word in ("logge ind", "logget ind", "Adgangskode", "Superbruger", "Admin-status", "ermission"):
            assert word not in visitor.text
        assert "Sidst logget på" in visitor.text
    assert names_on(desk, f"/admin/accounts/user/add/?company={user.company_id}") == (
        {*PERSON, "company", "role"} - {"is_active"}
    )


def test_a_colleague_has_no_role_and_a_superuser_says_what_they_may(desk: Visitor) -> None:
    Group.objects.create(name="Bogholderi")
    path = f"/admin/accounts/user/{StaffFactory.create().pk}/change/"
    assert names_on(desk, path) == {*PERSON, "is_staff", "is_superuser", "groups"}
    for word in ("logge ind", "logget ind", "Adgangskode", "Superbruger", "Admin-status", "Rolle"):
        assert word not in desk.text


def test_the_list_shows_no_role_for_staff(desk: Visitor, staff: User) -> None:
    UserFactory.create(role=Role.READER)
    desk.open("/admin/accounts/user/?hos=kundecenter")
    rows = ["".join(row.itertext()) for body in desk.page.iter("tbody") for row in body.iter("tr")]
    assert len(rows) == 1
    assert not any(str(role) in rows[0] for role in Role.labels)


def test_a_colleague_who_leaves_is_closed_and_not_made_nobody(desk: Visitor) -> None:
    colleague = StaffFactory.create(username="kaj")
    path = f"/admin/accounts/user/{colleague.pk}/change/"
    desk.send(path, [each for each in user_form(None) if each[0] not in {"company", "role"}])
    assert "Brugeren har intet medlem." in desk.text
    colleague.refresh_from_db()
    assert colleague.is_staff


def test_nobody_is_a_member_and_staff(desk: Visitor) -> None:
    desk.send("/admin/accounts/user/add/", user_form(CompanyFactory.create(), is_staff="on"))
    assert "En bruger hører enten til et medlem eller til kundecenteret." in desk.text
    assert not User.objects.filter(username="soeren").exists()


def test_a_new_user_can_log_on_whatever_the_page_says(desk: Visitor) -> None:
    company = CompanyFactory.create()
    desk.send("/admin/accounts/user/add/", [field for field in user_form(company) if field[0] != "is_active"])
    assert User.objects.get(username="soeren").is_active
    assert OutboxMail.objects.count() == 1


def test_nobody_locks_themselves_out(desk: Visitor, staff: User) -> None:
    typed = {"username": "kirsten", "first_name": "Kirsten", "last_name": "Ny", "email": "kirsten@truelink.example"}
    desk.send(f"/admin/accounts/user/{staff.pk}/change/", list(typed.items()))
    staff.refresh_from_db()
    assert (staff.email, staff.is_active, staff.is_staff, staff.is_superuser) == (
        "kirsten@truelink.example",
        True,
        True,
        True,
    )


@pytest.mark.parametrize("company", ["x", "1 OR 1=1", "-1", "9" * 40, "\u0664"])
def test_a_link_that_names_no_company_opens_an_empty_form(desk: Visitor, company: str) -> None:
    assert desk.client.get("/admin/accounts/user/add/", {"company": company}).status_code == 200
