"""The entries as a file that Danish Excel opens."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from time_machine import TimeMachineFixture

from accounts.entry_csv import HEADINGS
from accounts.ledger import NewEntry, expire_account, lock_accounts, post_entry, reverse_purchase, use_clips
from accounts.models import ClipAccount, ClipEntry, EntryKind, Role
from tests.factories import ClipTypeFactory, CompanyFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
UNTIL = date(2027, 11, 23)


@pytest.fixture(autouse=True)
def _on_a_monday_in_november(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOON, tick=True)


@pytest.fixture
def account() -> ClipAccount:
    [account] = lock_accounts(CompanyFactory.create(), {ClipTypeFactory.create(name="Fakturaklip")})
    return account


@pytest.fixture
def client(account: ClipAccount) -> Client:
    """A reader of the company."""
    client = Client()
    client.force_login(UserFactory.create(company=account.company, role=Role.READER))
    return client


def fetch(client: Client, account: ClipAccount, query: str = "") -> StreamingHttpResponse:
    response: Any = client.get(f"/egen-vedligeholdelse/konti/{account.pk}/bevaegelser.csv{query}")
    assert isinstance(response, StreamingHttpResponse)
    assert response.status_code == 200
    return response


def rows(response: StreamingHttpResponse) -> list[list[str]]:
    text = response.getvalue().decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline=""), delimiter=";", strict=True))[1:]


def buy(account: ClipAccount, quantity: int, key: str, note: str = "") -> ClipEntry:
    return post_entry(account, NewEntry(EntryKind.PURCHASE, quantity, key, NOON, UNTIL, note=note))


def test_file_has_a_line_for_each_entry_the_newest_first(client: Client, account: ClipAccount) -> None:
    purchase = buy(account, 12000, "a", "Bestilling 7")
    use_clips(account=account, quantity=2500, key="b", now=datetime(2026, 11, 23, 23, 0, 5, tzinfo=UTC))
    reverse_purchase(entry=purchase, quantity=1000, key="c", now=datetime(2027, 7, 1, 8, 30, tzinfo=UTC))
    expire_account(account, now=datetime(2027, 12, 1, tzinfo=UTC))
    response = fetch(client, account)
    assert response.getvalue().startswith(b"\xef\xbb\xbfL\xc3\xb8benr.;Dato;")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    content = fetch(client, account).getvalue().decode("utf-8-sig")
    assert content.split("\r\n") == [
        "Løbenr.;Dato;Klokkeslæt;Hvad;Tekst;Ændring;Saldo;Gælder til og med",
        "4;24-11-2027;00:00:00;Udløb;Klip udløbet;-8500;0;",
        "3;01-07-2027;10:30:00;Tilbageførsel;Bestilling 7;-1000;8500;",
        "2;24-11-2026;00:00:05;Forbrug;;-2500;9500;",
        "1;23-11-2026;12:00:00;Køb;Bestilling 7;12000;12000;23-11-2027",
        "",
    ]
    assert HEADINGS == tuple(content.partition("\r\n")[0].split(";"))


def test_file_has_exactly_the_filtered_entries(client: Client, account: ClipAccount) -> None:
    buy(account, 100, "a")
    use_clips(account=account, quantity=1, key="b", now=NOON)
    use_clips(account=account, quantity=2, key="c", now=NOON.replace(day=24))
    assert [row[0] for row in rows(fetch(client, account, "?art=use"))] == ["3", "2"]
    assert [row[0] for row in rows(fetch(client, account, "?til=23.11.2026&side=2"))] == ["2", "1"]
    assert [row[0] for row in rows(fetch(client, account, "?art=use&fra=24.11.2026"))] == ["3"]
    assert rows(fetch(client, account, "?art=expiry")) == []


def test_file_is_danish_on_english_pages(client: Client, account: ClipAccount) -> None:
    buy(account, 100, "a", "Klip udløbet")
    client.cookies["language"] = "en"
    response = fetch(client, account, "?art=purchase")
    assert rows(response)[0][3:5] == ["Køb", "Klip udløbet"]
    assert "fakturaklip_k%C3%B8b_til_2026-11-23.csv" in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("note", "cell"),
    [
        ('=HYPERLINK("http://x.example";"Klik")', '\'=HYPERLINK("http://x.example";"Klik")'),
        ("+45 70 00 00 00", "'+45 70 00 00 00"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'=1+1"),
        ("\r=1+1", "'=1+1"),
        (" \n =1+1", "'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("Rettet\r\n=1+1", "Rettet =1+1"),
        ('Aftalt med "Bo"; se mail', 'Aftalt med "Bo"; se mail'),
        ("2 = 2", "2 = 2"),
    ],
)
def test_text_is_no_formula_and_stays_on_its_line(client: Client, account: ClipAccount, note: str, cell: str) -> None:
    buy(account, 100, "a", note)
    response = fetch(client, account)
    assert [row[4] for row in rows(response)] == [cell]
    assert response.getvalue() == b""


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "fakturaklip_til_2026-11-23.csv"),
        ("?fra=1.1.2026", "fakturaklip_2026-01-01_til_2026-11-23.csv"),
        ("?til=30.6.2026", "fakturaklip_til_2026-06-30.csv"),
        ("?art=use&fra=1.1.2026&til=30.6.2026", "fakturaklip_forbrug_2026-01-01_til_2026-06-30.csv"),
    ],
)
def test_file_is_named_after_account_and_period(client: Client, account: ClipAccount, query: str, name: str) -> None:
    assert fetch(client, account, query).headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_name_of_the_file_cannot_break_out(client: Client, account: ClipAccount) -> None:
    account.clip_type.name = '../x"; filename=ond.exe\r\nSet-Cookie: æ'
    account.clip_type.save()
    assert fetch(client, account).headers["Content-Disposition"] == (
        "attachment; filename*=utf-8''x-filenameondexe-set-cookie-%C3%A6_til_2026-11-23.csv"
    )


def test_file_comes_in_pieces(client: Client, account: ClipAccount) -> None:
    """A thousand entries are in memory at a time, however many there are."""
    ClipEntry.objects.bulk_create(
        ClipEntry(
            account=account,
            seq=number,
            kind="purchase",
            delta=1,
            balance_after=number,
            valid_until=UNTIL,
            key=f"k{number}",
            event_at=NOON,
        )
        for number in range(1, 2502)
    )
    content = fetch(client, account).streaming_content
    assert isinstance(content, Iterator)
    pieces = [piece.count(b"\r\n") for piece in content]
    assert pieces == [1001, 1000, 501]


def test_filter_with_mistakes_leads_to_the_page_that_says_so(client: Client, account: ClipAccount) -> None:
    response = client.get(f"/egen-vedligeholdelse/konti/{account.pk}/bevaegelser.csv?fra=1.7.99999&til=%00")
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"/egen-vedligeholdelse/konti/{account.pk}/?fra=1.7.99999&til=%00",
    )
