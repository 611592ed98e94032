"""gunicorn, Celery's worker and beat, as production starts them, on PostgreSQL and Redis: a purchase through HTTP."""

import re
from typing import Any

import pytest

from tests import simulator
from tests.browser.demo_server import pdf_of, text_of, wait_for
from tests.factories import PASSWORD
from tests.operations.http_visitor import HttpVisitor
from tests.operations.production import SECRET_KEY, SUPERUSER, Production
from tests.simulator import SimulatorProcess

pytestmark = [pytest.mark.processes]

EMAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[a-z]+")


def log_on(shop: Production, name: str, password: str) -> HttpVisitor:
    """Log a person on from the front page."""
    person = HttpVisitor(shop.url)
    person.open("/").click("Log på")
    person.fill("Brugernavn", name).fill("Kodeord", password).press("Log på")
    assert person.status == 200
    return person


@pytest.fixture(scope="module")
def member(production: Production) -> HttpVisitor:
    return log_on(production, "mette", PASSWORD)


@pytest.fixture(scope="module")
def office(production: Production) -> HttpVisitor:
    """The superuser that `manage.py createsuperuser` made."""
    names = SUPERUSER["DJANGO_SUPERUSER_USERNAME"], SUPERUSER["DJANGO_SUPERUSER_PASSWORD"]
    return log_on(production, *names)


def go_to_checkout(member: HttpVisitor, *, clips: int) -> None:
    """Lay invoice clips into the cart and go to the checkout."""
    member.open("/egen-vedligeholdelse/").open("/koeb/")
    member.fill("Antal", str(clips), inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
    member.click("Gå til kassen")


def balance(member: HttpVisitor) -> int:
    """Return how many invoice clips "Konti" says there are."""
    found = re.search(r"Fakturaklip ([\d.]+) klip", member.open("/egen-vedligeholdelse/").click("Konti").text)
    return int(found[1].replace(".", "")) if found else 0


def test_clips_are_bought_by_bank_transfer(production: Production, member: HttpVisitor, office: HttpVisitor) -> None:
    before = balance(member)
    go_to_checkout(member, clips=1000)
    member.choose("Betal via kontooverførsel").choose("Jeg accepterer TrueLinks salgsbetingelser")
    member.press("Afsend bestilling")
    found = re.search(r"Faktura (\d+)", member.text)
    assert found is not None
    number = found.group(1)
    invoice = production.mail(to="faktura@bogtryk.example", subject=f"Faktura {number}")
    assert pdf_of(invoice).startswith(b"%PDF")

    office.open("/admin/").click("Markér som betalt").press("Markér som betalt")

    assert "er registreret som betalt" in " ".join(office.page.itertext())
    confirmation = production.mail(to="kontor@bogtryk.example", subject="Vi har registreret")
    assert "Fakturaklip: 1.000 klip sat ind." in text_of(confirmation)
    assert balance(member) == before + 1000


def test_clips_are_bought_with_a_card(production: Production, member: HttpVisitor, stripe: SimulatorProcess) -> None:
    """The member never comes back from Stripe's page: the webhook alone brings the clips and the receipt."""
    before = balance(member)
    go_to_checkout(member, clips=200)
    member.choose("Betal med betalingskort").choose("Jeg accepterer TrueLinks salgsbetingelser")
    member.press("Afsend bestilling")
    member.choose("Visa/Dankort")
    member.press("Gå til betaling af 625,00\u00a0kr.")
    (session,) = stripe.simulator.sessions()
    assert session["amount_total"] == 62500
    stripe.simulator.pay(session["id"], card=simulator.VISA)

    receipt = production.mail(to="kontor@bogtryk.example", subject="Kvittering")
    assert pdf_of(receipt).startswith(b"%PDF")
    assert balance(member) == before + 200


def test_logs_are_json_and_name_the_request_or_the_task(production: Production, member: HttpVisitor) -> None:
    name = "proxy-gave-this-id-42"
    answer = member.client.get("/findes-ikke/", headers={"X-Request-Id": name, "X-Forwarded-For": "192.0.2.1"})
    assert answer.status_code == 404

    def look() -> dict[str, Any] | None:
        return next((line for line in production.log_lines("web") if line.get("request_id") == name), None)

    assert wait_for(look, what="The line of the request")["event"] == "Not Found: /findes-ikke/"
    for program in ("web", "worker", "beat"):
        for line in production.log_lines(program):
            assert {"event", "level", "logger", "timestamp"} <= set(line), line
            if line["logger"] == "django.request":
                assert line["request_id"]
    sent = [line for line in production.log_lines("worker") if line["event"] == "mail_sent"]
    assert sent
    assert all(line["task_id"] and line["task"].startswith("billing.") for line in sent)


def test_logs_hold_no_address_no_password_and_no_secret(production: Production) -> None:
    secrets = [
        SECRET_KEY,
        PASSWORD,
        SUPERUSER["DJANGO_SUPERUSER_PASSWORD"],
        simulator.API_KEY,
        simulator.WEBHOOK_SECRET,
    ]
    assert production.log("web")
    assert production.log("worker")
    for program in ("web", "worker", "beat"):
        log = production.log(program)
        assert EMAIL_ADDRESS.findall(log) == []
        assert not [secret for secret in secrets if secret in log]


def test_health_is_told_without_a_log_on(production: Production) -> None:
    visitor = HttpVisitor(production.url).open("/sundhed/")

    assert (visitor.status, visitor.content) == (200, b'{"status": "ok"}')
