"""Logging on and off."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from billing.models import OutboxMail
from catalog.models import Product
from checkout.cart import Cart
from tests.factories import PASSWORD, StaffFactory, UserFactory, open_shop
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def log_on(client: Client, name: str, password: str = PASSWORD, **more: str) -> str:
    """Send the log-on page and return where it leads; "" when it stays."""
    response = client.post("/log-paa/", {"login": name, "password": password, **more})
    return str(response.headers.get("Location", ""))


def test_member_lands_in_the_menu_and_staff_in_admin() -> None:
    assert log_on(Client(), UserFactory.create().username) == "/egen-vedligeholdelse/"
    assert log_on(Client(), StaffFactory.create().username) == "/admin/"


@pytest.mark.parametrize("typed", ["Karen.Holm", "karen.holm", "KAREN.HOLM"])
def test_user_name_is_typed_in_any_case(typed: str) -> None:
    UserFactory.create(username="Karen.Holm")
    assert log_on(Client(), typed) == "/egen-vedligeholdelse/"


def test_user_is_found_by_name_in_any_case() -> None:
    user = UserFactory.create(username="Karen.Holm")
    assert User.objects.get_by_natural_key("kAREN.hOLM") == user


@pytest.mark.parametrize(
    ("name", "password"),
    [("medlem", "forkert-kodeord"), ("ukendt", PASSWORD), ("medlem", PASSWORD.upper()), ("medlem", f"{PASSWORD} ")],
)
def test_wrong_name_and_wrong_password_are_told_alike(name: str, password: str) -> None:
    UserFactory.create(username="medlem")
    visitor = Visitor().open("/log-paa/")
    visitor.fill("Brugernavn", name).fill("Kodeord", password).press("Log på")
    assert visitor.errors == [("Brugernavn eller kodeord er forkert.", "")]
    assert visitor.field("Brugernavn").get("value") == name
    assert "value" not in visitor.field("Kodeord").attrib


def test_removed_user_cannot_log_on() -> None:
    user = UserFactory.create(is_active=False)
    client = Client()
    assert log_on(client, user.username) != "/egen-vedligeholdelse/"
    assert client.get("/egen-vedligeholdelse/").status_code == 302


@pytest.mark.fault(48)
def test_session_id_changes_at_log_on() -> None:
    """A session id that somebody slipped to the member before is worth nothing afterwards."""
    open_shop()
    user = UserFactory.create()
    client = Client()
    session = client.session
    session["slipped"] = True
    session.save()
    before = session.session_key
    assert log_on(client, user.username) == "/egen-vedligeholdelse/"
    after = client.session.session_key
    assert before
    assert after
    assert after != before
    attacker = Client()
    attacker.cookies["session"] = before
    assert attacker.get("/egen-vedligeholdelse/").status_code == 302


@pytest.mark.fault(48)
def test_session_of_another_person_does_not_carry_over() -> None:
    fakturaklip = open_shop()
    first, second = UserFactory.create(), UserFactory.create()
    client = Client()
    log_on(client, first.username)
    client.post("/koeb/laeg-i-kurv/", {"product": fakturaklip.pk, "quantity": "100"})
    assert Cart(client.session).quantities == {fakturaklip.pk: 100}
    client.post("/log-af/")
    log_on(client, second.username)
    assert Cart(client.session).quantities == {}


@pytest.mark.fault(49)
@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://truelink.example/",
        "http://truelink.example/koeb/",
        "//truelink.example/",
        "///truelink.example/",
        "\\\\truelink.example\\",
        "/\\truelink.example",
        "javascript:alert(1)",
        "http:truelink.example",
        "https://testserver@truelink.example/",
        "http://testserver.truelink.example/",
        "\x00//truelink.example",
    ],
)
def test_next_to_another_host_is_ignored(elsewhere: str) -> None:
    user = UserFactory.create()
    assert log_on(Client(), user.username, next=elsewhere) == "/egen-vedligeholdelse/"
    client = Client()
    response = client.post(
        f"/log-paa/?next={elsewhere}", {"login": user.username, "password": PASSWORD}, QUERY_STRING=f"next={elsewhere}"
    )
    assert response.headers["Location"] == "/egen-vedligeholdelse/"
    logged_on = client.get("/log-paa/", {"next": elsewhere})
    assert logged_on.headers["Location"] == "/egen-vedligeholdelse/"


@pytest.mark.fault(49)
def test_next_within_the_shop_is_followed() -> None:
    open_shop()
    user = UserFactory.create()
    visitor = Visitor().open("/koeb/")
    assert (visitor.path, visitor.heading) == ("/log-paa/?next=/koeb/", "Log på")
    assert "Log på for at gå videre." in visitor.text
    assert "Log på for at gå videre." not in Visitor().open("/log-paa/").text
    visitor.fill("Brugernavn", user.username).fill("Kodeord", PASSWORD).press("Log på")
    assert (visitor.path, visitor.status) == ("/koeb/", 200)


def test_log_off_takes_a_post_and_empties_the_cart() -> None:
    fakturaklip: Product = open_shop()
    visitor = Visitor(UserFactory.create()).open("/koeb/")
    visitor.fill("Antal", "100").press("Læg i kurv")
    assert "Fakturaklip" in visitor.cart
    visitor.client.get("/log-af/")
    assert visitor.open("/egen-vedligeholdelse/").path == "/egen-vedligeholdelse/"
    visitor.press("Log af")
    assert visitor.path == "/"
    assert visitor.open("/egen-vedligeholdelse/").path == "/log-paa/?next=/egen-vedligeholdelse/"
    assert Cart(visitor.client.session).quantities == {}
    assert fakturaklip.is_active


@pytest.mark.parametrize("address", ["/log-paa/", "/glemt-kodeord/", "/bliv-medlem/", "/lukket/"])
def test_pages_for_logging_on_use_the_words_of_the_guide(address: str) -> None:
    open_shop()
    page = Visitor().open(address).content.decode()
    assert "Adgangskode" not in page
    assert "Log ind" not in page


def test_nobody_signs_up_by_themselves() -> None:
    visitor = Visitor().open("/bliv-medlem/")
    fields = {"username": "ny", "email": "ny@firma.example", "password1": PASSWORD, "password2": PASSWORD}
    visitor.client.post("/bliv-medlem/", fields)
    assert not User.objects.exists()


@pytest.mark.fault(49)
@pytest.mark.parametrize("elsewhere", ["http://[::1", "http://localhost/", "//localhost/koeb/"])
def test_next_that_is_broken_or_names_a_host_is_ignored(elsewhere: str) -> None:
    """Also a host that the shop answers to is another place than this one."""
    user = UserFactory.create()
    assert log_on(Client(), user.username, next=elsewhere) == "/egen-vedligeholdelse/"
    assert Client().get("/log-paa/", {"next": elsewhere}).status_code == 200


def test_link_for_a_new_password_leads_to_the_shop_and_not_where_the_request_says() -> None:
    user = UserFactory.create()
    Client().post("/glemt-kodeord/", {"email": user.email}, headers={"host": "localhost:6666"})
    mail = OutboxMail.objects.get()
    assert "http://testserver/kodeord/" in mail.text
    assert "6666" not in mail.text + mail.html


def test_uploaded_files_are_read_past() -> None:
    client = Client()
    file = SimpleUploadedFile("stor.bin", b"x" * 100_000)
    response = client.post("/log-paa/", {"login": "medlem", "password": "x", "file": file})
    assert (response.status_code, response.wsgi_request.FILES) == (200, {})
