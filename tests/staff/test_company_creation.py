"""A new member: the company with its first user, who gets a link for choosing a password."""

import pytest
from django.core.exceptions import ValidationError

from accounts.membership import CannotBeReached, create_company_with_user, create_user
from accounts.models import Company, Role, User
from billing.models import MailKind, MailStatus, OutboxMail
from tests.factories import CompanyFactory, SellerFactory, StaffFactory, UserFactory
from tests.races.threads import at_once
from tests.staff.membership import ADD, COMPANY, NEW_PASSWORD, PERSON, choose_password, form, link_in, log_on
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


# --- creating --------------------------------------------------------------------------------------------------------


def test_staff_create_a_company_with_its_first_user_and_the_welcome_mail(desk: Visitor) -> None:
    SellerFactory.create()
    desk.open(ADD)
    for heading in ("Virksomhed", "Faktura og post", "Første bruger"):
        assert heading in desk.text
    desk.send(ADD, form())
    assert desk.path == "/admin/accounts/company/"
    assert "Velkomstmailen med link til kodeord står i kø til soeren@bageri.example." in desk.text
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
        ("ean", "5790000000006", "EAN-nummeret er ikke gyldigt. Se efter en tastefejl"),
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
