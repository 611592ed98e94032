"""The switch between Danish and English: a cookie, and nothing else, decides the language of a page."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from billing.models import OutboxMail
from tests.factories import StaffFactory, UserFactory, open_shop
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    open_shop()
    return UserFactory.create()


def language_of(visitor: Visitor) -> str:
    html = visitor.page.find("html")
    assert html is not None
    return html.get("lang", "")


def test_switches_to_english_and_back_and_stays_on_the_page(user: User) -> None:
    visitor = Visitor(user).open("/ordrer/?side=1")
    assert (language_of(visitor), visitor.heading) == ("da", "Ordrer og fakturaer")
    visitor.press("English")
    assert (visitor.path, language_of(visitor), visitor.heading) == ("/ordrer/?side=1", "en", "Orders and invoices")
    assert visitor.open("/koeb/").heading == "Buy TrueLink clips and support"
    visitor.press("Dansk")
    assert (visitor.path, language_of(visitor), visitor.heading) == ("/koeb/", "da", "Køb TrueLink klip og support")


def test_switch_comes_back_also_from_the_answer_to_a_form(user: User) -> None:
    visitor = Visitor(user).open("/koeb/").fill("Antal", "1").press("Læg i kurv")
    assert (visitor.status, visitor.press("English").path) == (422, "/koeb/")


def test_switch_outlives_logging_on_and_off(user: User) -> None:
    visitor = Visitor().open("/").press("English")
    visitor.client.force_login(user)
    assert language_of(visitor.open("/koeb/")) == "en"
    assert language_of(visitor.send("/log-af/", [])) == "en"


@pytest.mark.parametrize(
    "following", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_switch_leads_nowhere_else(following: str) -> None:
    response = Client().post("/sprog/", {"language": "en", "next": following})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_switch_needs_its_form_and_a_get_changes_nothing() -> None:
    refused = Client(enforce_csrf_checks=True).post("/sprog/", {"language": "en"})
    assert refused.status_code == 403
    assert settings.LANGUAGE_COOKIE_NAME not in Client().get("/sprog/?language=en").cookies


@pytest.mark.parametrize("chosen", ["de", "en-gb", "../en", "", "EN", "x" * 5000])
def test_language_that_the_shop_does_not_speak_is_danish(chosen: str) -> None:
    visitor = Visitor()
    visitor.client.cookies[settings.LANGUAGE_COOKIE_NAME] = chosen
    assert language_of(visitor.open("/")) == "da"
    assert language_of(Visitor().send("/sprog/", [("language", chosen)])) == "da"


def test_browser_is_not_asked() -> None:
    response = Client(headers={"accept-language": "en-GB,en;q=0.9"}).get("/")
    assert b'<html lang="da">' in response.content
    assert "Accept-Language" not in response["Vary"]


def test_caches_keep_the_languages_apart() -> None:
    assert "Cookie" in Client().get("/findes-ikke/")["Vary"]


def test_language_cookie_is_out_of_reach_of_scripts_and_lasts_a_year() -> None:
    cookie = Client().post("/sprog/", {"language": "en"}).cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 365 * 24 * 60 * 60)


# --- what stays Danish whatever the cookie says ----------------------------------------------------------------------


def test_admin_stays_danish(user: User) -> None:
    visitor = Visitor(StaffFactory.create())
    danish = visitor.open("/admin/").text
    visitor.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert visitor.open("/admin/").text == danish
    assert language_of(visitor) == "da"
    for path in ("/admin/billing/order/", "/admin/accounts/company/add/", "/admin/findes-ikke/"):
        assert language_of(visitor.open(path)) == "da"
    visitor.open("/admin/accounts/company/add/").send("/admin/accounts/company/add/", [])
    assert "Dette felt er påkrævet" in visitor.content.decode()


def test_mails_with_links_for_passwords_stay_danish(user: User) -> None:
    visitor = Visitor().open("/glemt-kodeord/").press("English")
    visitor.fill("Your e-mail", user.email).press("Send the link")
    assert OutboxMail.objects.get().subject == "Vælg et nyt kodeord"
    visitor.open("/glemt-kodeord/").fill("Your e-mail", "nobody@holm.example").press("Send the link")
    assert OutboxMail.objects.latest("pk").subject == "Vi kender ikke denne e-mail"
