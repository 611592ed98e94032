""" "Egen vedligeholdelse": accounts, entries, and where mails and invoices go."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.ledger import NewEntry, expire_account, lock_accounts, post_entry, reverse_purchase, use_clips
from accounts.models import ClipAccount, Company, EntryKind, Role
from tests.factories import ClipTypeFactory, UserFactory
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

ACCOUNTS = "/egen-vedligeholdelse/konti/"
SETUP = "/egen-vedligeholdelse/modtagelse-af-faktura/"
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_the_day_of_the_purchase(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOON, tick=True)


@pytest.fixture
def visitor() -> Visitor:
    """An administrator of a company."""
    return Visitor(UserFactory.create(company__name="Holm ApS", company__administrative_email="kontor@holm.example"))


def company() -> Company:
    return Company.objects.get(name="Holm ApS")


def account_with(entries: int) -> ClipAccount:
    [account] = lock_accounts(company(), {ClipTypeFactory.create(name="Fakturaklip")})
    for number in range(1, entries + 1):
        entry = NewEntry(EntryKind.PURCHASE, 100, f"k{number}", NOON, date(2027, 11, 23), note=f"Nr. {number}")
        post_entry(account, entry)
    return account


# --- Konti -----------------------------------------------------------------------------------------------------------


def test_konti_shows_balance_and_last_day(visitor: Visitor) -> None:
    account_with(12)
    lock_accounts(company(), {ClipTypeFactory.create(name="Ordreklip")})
    visitor.open(ACCOUNTS)
    assert "Fakturaklip 1.200 klip Gælder til og med 23. november 2027" in visitor.text
    assert "Ordreklip 0 klip Ingen klip tilbage" in visitor.text


@pytest.mark.parametrize(("days", "is_soon"), [(61, False), (60, True), (0, True), (-1, False)])
def test_konti_marks_clips_that_expire_within_60_days(visitor: Visitor, days: int, *, is_soon: bool) -> None:
    account_with(12)
    ClipAccount.objects.update(expires_on=timezone.localdate() + timedelta(days=days))
    visitor.open(ACCOUNTS)
    assert ("Udløber snart Gælder til og med" in visitor.text) == ("Udløber snart" in visitor.text) == is_soon
    ClipAccount.objects.update(balance=0)
    assert "Udløber snart" not in visitor.open(ACCOUNTS).text


def test_konti_shows_no_clips_after_the_last_day(time_machine: TimeMachineFixture) -> None:
    """Also before the job that posts the expiry has run."""
    user = UserFactory.create(company__name="Holm ApS")
    account_with(12)
    time_machine.move_to(datetime(2027, 11, 23, 22, 59, tzinfo=UTC), tick=True)
    visitor = Visitor(user)
    visitor.open(ACCOUNTS)
    assert "Fakturaklip 1.200 klip" in visitor.text
    time_machine.move_to(datetime(2027, 11, 23, 23, 0, tzinfo=UTC), tick=True)
    visitor.open(ACCOUNTS)
    assert "Fakturaklip 0 klip Ingen klip tilbage" in visitor.text
    assert ClipAccount.objects.get().balance == 1200


def test_konti_before_the_first_purchase_says_so(visitor: Visitor) -> None:
    visitor.open(ACCOUNTS)
    assert "Ingen klip endnu" in visitor.text
    assert not ClipAccount.objects.exists()


def test_administrative_email_is_changed_by_an_administrator(visitor: Visitor) -> None:
    visitor.open(ACCOUNTS).fill("Administrativ e-mail", "ny@holm.example").press("Gem")
    assert (visitor.path, visitor.status) == (ACCOUNTS, 200)
    assert "Den administrative e-mail er gemt." in visitor.text
    assert visitor.field("Administrativ e-mail").get("value") == "ny@holm.example"
    assert company().administrative_email == "ny@holm.example"


@pytest.mark.fault(58)
@pytest.mark.parametrize("typed", ["", "kontor", "a@b", "kontor@holm.example\nBcc: alle@firma.example"])
def test_bad_administrative_email_is_an_error_at_the_field(visitor: Visitor, typed: str) -> None:
    visitor.send(ACCOUNTS, [("administrative_email", typed)])
    assert visitor.status == 422
    [(_, field)] = visitor.errors
    assert field == "id_administrative_email"
    assert company().administrative_email == "kontor@holm.example"


@pytest.mark.fault(42)
def test_administrative_email_form_changes_nothing_else(visitor: Visitor) -> None:
    before = Company.objects.values().get(name="Holm ApS")
    fields = {"name": "Overtaget", "cvr": "13585628", "invoice_email": "x@y.dk", "ean": "5790000123452"}
    visitor.send(ACCOUNTS, [("administrative_email", "ny@holm.example"), *fields.items()])
    assert Company.objects.values().get() == {**before, "administrative_email": "ny@holm.example"}


@pytest.mark.parametrize("role", [Role.BUYER, Role.READER])
def test_konti_shows_others_the_address_without_a_form(visitor: Visitor, role: Role) -> None:
    other = Visitor(UserFactory.create(company=company(), role=role)).open(ACCOUNTS)
    assert "kontor@holm.example" in other.text
    assert not other.has_button("Gem")
    assert visitor.requests == []


# --- one account -----------------------------------------------------------------------------------------------------


def test_account_shows_its_entries_the_newest_first_in_pages(visitor: Visitor) -> None:
    account = account_with(30)
    visitor.open(f"{ACCOUNTS}{account.pk}/")
    assert "Saldo 3.000 klip" in visitor.text
    assert "23.11.2026 Køb Nr. 30 +100 3.000 23.11.2027" in visitor.text
    assert "Nr. 6 " in visitor.text
    assert "Nr. 5 " not in visitor.text
    assert "Side 1 af 2" in visitor.text
    visitor.click("Næste")
    assert visitor.path == f"{ACCOUNTS}{account.pk}/?side=2#bevaegelser"
    assert "Nr. 5 " in visitor.text
    assert "Side 2 af 2" in visitor.text


@pytest.mark.parametrize(("page", "shown"), [("0", 2), ("99", 2), ("-1", 2), ("x", 1), ("", 1), ("9" * 5000, 1)])
def test_account_shows_some_page_whatever_is_asked_for(visitor: Visitor, page: str, shown: int) -> None:
    account = account_with(26)
    visitor.open(f"{ACCOUNTS}{account.pk}/?side={page}")
    assert (visitor.status, f"Side {shown} af 2" in visitor.text) == (200, True)


def test_account_shows_what_expired(visitor: Visitor) -> None:
    account = account_with(1)
    expire_account(account, now=NOON.replace(year=2028))
    visitor.open(f"{ACCOUNTS}{account.pk}/")
    assert "24.11.2027 Udløb Klip udløbet -100 0" in visitor.text
    assert "Der er ingen klip på kontoen." in visitor.text


def test_account_shows_what_was_used_and_taken_back(visitor: Visitor) -> None:
    account = account_with(1)
    use_clips(account=account, quantity=30, key="u", now=NOON)
    reverse_purchase(entry=account.entries.get(seq=1), quantity=50, key="r", now=NOON)
    visitor.open(f"{ACCOUNTS}{account.pk}/")
    assert "23.11.2026 Tilbageførsel Nr. 1 -50 20 23.11.2026 Forbrug -30 70" in visitor.text
    assert "Saldo 20 klip" in visitor.text


# --- Opsæt til modtagelse af faktura ---------------------------------------------------------------------------------


def test_invoice_setup_is_changed_by_an_administrator(visitor: Visitor) -> None:
    visitor.open(SETUP).fill("Faktura-e-mail", "faktura@holm.example").fill("EAN-nr. (GLN)", "5790000123452")
    visitor.fill("Fast rekvisitionsnr.", "INDKØB-42").press("Gem")
    assert "Opsætningen er gemt." in visitor.text
    changed = company()
    assert (changed.invoice_email, changed.ean, changed.purchase_order_number) == (
        "faktura@holm.example",
        "5790000123452",
        "INDKØB-42",
    )


@pytest.mark.fault(58)
@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("ean", "5790000123453", "EAN-nummeret er ikke gyldigt. Se efter en tastefejl: et af cifrene passer ikke."),
        ("ean", "579000012345", "EAN-nummeret er ikke gyldigt. Det er 13 cifre uden mellemrum."),
        ("purchase_order_number", "A\nB", "Linjeskift og andre styretegn kan ikke bruges her."),
    ],
)
def test_bad_invoice_setup_is_an_error_at_the_field(visitor: Visitor, field: str, typed: str, sentence: str) -> None:
    before = Company.objects.values().get(name="Holm ApS")
    fields = {"invoice_email": "faktura@holm.example", "ean": "", "purchase_order_number": "", field: typed}
    visitor.send(SETUP, [*fields.items()])
    assert (visitor.status, visitor.errors) == (422, [(sentence, f"id_{field}")])
    assert Company.objects.values().get() == before


@pytest.mark.parametrize("role", [Role.BUYER, Role.READER])
def test_invoice_setup_is_shown_to_others_without_a_form(visitor: Visitor, role: Role) -> None:
    other = Visitor(UserFactory.create(company=company(), role=role)).open(SETUP)
    assert company().invoice_email in other.text
    assert not other.has_button("Gem")
    assert visitor.requests == []


# --- what the menu promises ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "sentences"),
    [
        (
            Role.ADMINISTRATOR,
            ("læg klip eller support i kurven", "ret den administrative e-mail", "Ret faktura-e-mail"),
        ),
        (Role.BUYER, ("læg klip eller support i kurven", "og den administrative e-mail", "Se faktura-e-mail")),
        (Role.READER, ("Se priserne på klip", "og den administrative e-mail", "Se faktura-e-mail")),
    ],
)
def test_menu_promises_only_what_the_person_may_do(role: Role, sentences: tuple[str, ...]) -> None:
    visitor = Visitor(UserFactory.create(role=role)).open("/egen-vedligeholdelse/")
    for sentence in sentences:
        assert sentence in visitor.text
    lead = "Her bestemmer du" if role == Role.ADMINISTRATOR else "Her ser du"
    assert lead in visitor.open(SETUP).text


@pytest.mark.fault(58)
@pytest.mark.parametrize("control", ["\x0b", "\x0c", "\x1c", "\u2028"])
def test_control_characters_in_an_address_are_refused(visitor: Visitor, control: str) -> None:
    """Inside quotes an address may hold nearly anything, and it ends up in the head of a mail."""
    visitor.open(ACCOUNTS).fill("Administrativ e-mail", f'"a{control}b"@holm.example').press("Gem")
    assert visitor.status == 422
    assert company().administrative_email == "kontor@holm.example"
