""" "Hent et års bilag som zip": asking, waiting, fetching."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Role
from billing.models import ArchiveStatus, DocumentArchive, RenderFailure
from billing.services.archiving import delete_old_archives, make_archive, parts_of
from tests.documents.archives import YEAR, Books, books, issue, keep_pdf
from tests.factories import StaffFactory, UserFactory
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture(name="books")
def _books() -> Books:
    return books()


@pytest.fixture
def visitor(books: Books) -> Visitor:
    return Visitor(books.user)


def asked(visitor: Visitor, year: int = YEAR) -> DocumentArchive:
    visitor.open("/ordrer/").select("Bilag fra", str(year)).press("Lav zip-fil")
    return DocumentArchive.objects.latest("pk")


def test_zip_file_is_asked_for_waited_for_and_fetched(visitor: Visitor) -> None:
    with time_machine.travel(NOON, tick=False):
        archive = asked(visitor)
        assert visitor.path == "/ordrer/bilag/2024/"
        assert (visitor.status, visitor.heading) == (202, "Bilag fra 2024 som zip")
        assert "Zip-filen bliver lavet" in visitor.text
        assert visitor.response.headers["Refresh"] == "3"
        assert make_archive(archive.pk)
        visitor.click("Opdatér siden")
        assert (visitor.status, "Refresh" in visitor.response.headers) == (200, False)
        assert visitor.text == (
            "← Tilbage til oversigten Bilag fra 2024 som zip Zip-filen blev lavet den 23. november 2026 kl. 12.00. "
            "Oversigten indhold.csv ligger i den og kan åbnes i et regneark. Hent zip (3 bilag, 0,7\u00a0MB) "
            "Zip-filen slettes igen den 30. november 2026. Du kan altid få den lavet igen."
        )
        visitor.click("Hent zip (3 bilag, 0,7\u00a0MB)")
    headers = visitor.response.headers
    content = b"".join(visitor.response.streaming_content)  # type: ignore[attr-defined]
    archive.refresh_from_db()
    assert content == b"".join(parts_of(archive))
    assert headers["Content-Type"] == "application/zip"
    assert headers["Content-Disposition"] == 'attachment; filename="TrueLink-bilag-2024.zip"'
    assert headers["Content-Length"] == str(len(content))
    assert headers["Cache-Control"] == "private, no-store"


def test_years_offered_are_all_since_the_first_order(visitor: Visitor) -> None:
    """A credit note may be the only document of its year."""
    with time_machine.travel(NOON, tick=False):
        visitor.open("/ordrer/?aar=2025")
    options = list(visitor.field("Bilag fra").iter("option"))
    assert [("".join(each.itertext()), "selected" in each.attrib) for each in options] == [
        ("2026", False),
        ("2025", True),
        ("2024", False),
    ]
    assert "Hent et års bilag" not in Visitor(UserFactory.create()).open("/ordrer/").text


def test_asked_for_twice_is_one(visitor: Visitor) -> None:
    archive = asked(visitor)
    asked(visitor)
    make_archive(archive.pk)
    asked(visitor)
    assert visitor.has_link("Hent zip (3 bilag, 0,7\u00a0MB)")
    assert DocumentArchive.objects.get() == archive


def test_another_year_waits_for_its_turn(visitor: Visitor) -> None:
    asked(visitor, 2024)
    asked(visitor, 2025)
    assert visitor.path == "/ordrer/bilag/2024/"
    assert "Zip-filen for 2024 er ikke færdig endnu. Vent, til den er klar, og prøv så igen." in visitor.text
    assert DocumentArchive.objects.count() == 1


def test_year_without_documents_has_no_zip_file(visitor: Visitor) -> None:
    with time_machine.travel(NOON, tick=False):
        visitor.open("/ordrer/").select("Bilag fra", "2026").press("Lav zip-fil")
    assert visitor.path == "/ordrer/"
    assert "Der er ingen bilag fra 2026." in visitor.text
    assert not DocumentArchive.objects.exists()


def test_zip_file_that_is_out_of_date_says_so_and_can_be_made_anew(visitor: Visitor, books: Books) -> None:
    make_archive(asked(visitor, 2025).pk)
    keep_pdf(issue(books))
    visitor.open("/ordrer/bilag/2025/")
    assert "Der er kommet bilag eller betalinger til, siden zip-filen blev lavet." in visitor.text
    assert visitor.has_link("Hent zip (1 bilag, 0,3\u00a0MB)")
    visitor.press("Lav en ny zip-fil")
    assert visitor.status == 202
    # What is there can still be fetched meanwhile.
    assert visitor.open("/ordrer/bilag/2025/zip/").status == 200
    make_archive(DocumentArchive.objects.latest("pk").pk)
    visitor.open("/ordrer/bilag/2025/")
    assert visitor.has_link("Hent zip (2 bilag, 0,5\u00a0MB)")
    assert "flere bilag" not in visitor.text


@pytest.mark.parametrize(
    ("failing", "sentence"),
    [
        (1, "1 bilag mangler, fordi PDF'en ikke kunne laves. Det står i indhold.csv, og kundecenteret ser på det."),
        (2, "2 bilag mangler, fordi PDF'erne ikke kunne laves. De står i indhold.csv, og kundecenteret ser på dem."),
    ],
)
def test_missing_pdfs_are_told_of(visitor: Visitor, books: Books, failing: int, sentence: str) -> None:
    for _ in range(failing):
        RenderFailure.objects.create(document=issue(books), attempts=3, next_at=NOON, last_error="OSError")
    make_archive(asked(visitor, 2025).pk)
    assert sentence in visitor.open("/ordrer/bilag/2025/").text
    assert "flere bilag" not in visitor.text


def test_failure_is_told_and_can_be_tried_again(visitor: Visitor) -> None:
    asked(visitor)
    DocumentArchive.objects.update(status=ArchiveStatus.FAILED)
    visitor.open("/ordrer/bilag/2024/")
    assert (visitor.status, "Zip-filen kunne ikke laves." in visitor.text) == (200, True)
    visitor.press("Lav zip-fil")
    assert (visitor.status, DocumentArchive.objects.count()) == (202, 2)


def test_deleted_zip_file_can_be_made_again(visitor: Visitor) -> None:
    make_archive(asked(visitor).pk)
    delete_old_archives(datetime.now(UTC) + timedelta(days=8))
    visitor.open("/ordrer/bilag/2024/zip/")
    assert (visitor.path, visitor.status) == ("/ordrer/bilag/2024/", 200)
    assert "Zip-filen er ikke lavet, eller den er slettet igen." in visitor.text
    visitor.press("Lav zip-fil")
    assert visitor.status == 202


# --- whose it is -----------------------------------------------------------------------------------------------------


def test_reader_may_ask_and_fetch(books: Books) -> None:
    reader = Visitor(UserFactory.create(company=books.company, role=Role.READER))
    make_archive(asked(reader).pk)
    assert reader.open("/ordrer/bilag/2024/zip/").status == 200


def test_other_companies_have_their_own(visitor: Visitor, books: Books) -> None:
    make_archive(asked(visitor).pk)
    neighbour = Visitor(books.neighbour).open("/ordrer/bilag/2024/")
    assert "Zip-filen er ikke lavet" in neighbour.text
    assert neighbour.open("/ordrer/bilag/2024/zip/").path == "/ordrer/bilag/2024/"
    make_archive(asked(neighbour).pk)
    assert [archive.company for archive in DocumentArchive.objects.order_by("pk")] == [
        books.company,
        books.neighbour.company,
    ]
    theirs = neighbour.open("/ordrer/bilag/2024/zip/").response
    assert theirs.headers["Content-Length"] == str(DocumentArchive.objects.latest("pk").size)


@pytest.mark.parametrize("address", ["/ordrer/bilag/2024/", "/ordrer/bilag/2024/zip/"])
def test_nobody_else_sees_it(client: Client, books: Books, address: str) -> None:
    assert client.get(address).headers["Location"] == f"/log-paa/?next={address}"
    assert client.post("/ordrer/bilag/", {"aar": "2024"}).status_code == 302
    client.force_login(StaffFactory.create())
    assert client.get(address).status_code == 403
    assert client.post("/ordrer/bilag/", {"aar": "2024"}).status_code == 403
    assert not DocumentArchive.objects.exists()


# --- hostile ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "year",
    [
        "",
        "0",
        "0000",
        "0001",
        "-024",
        "2999",
        "99999",
        "9" * 5000,
        "2024\0",
        "\0",
        "20.4",
        "2e03",
        "²⁰²⁴",
        "år",
        "\ud800",
    ],
)
def test_year_that_is_none_is_not_found(visitor: Visitor, year: str) -> None:
    body = b"aar=" + b"".join(b"%%%02X" % byte for byte in year.encode("utf-8", "surrogatepass"))
    response = visitor.client.post("/ordrer/bilag/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 404
    assert visitor.client.post("/ordrer/bilag/").status_code == 404
    assert not DocumentArchive.objects.exists()


@pytest.mark.parametrize("year", ["0", "1", "2999", "99999", "9" * 5000, "-1", "2024%00", "x"])
def test_address_of_a_year_that_is_none_is_not_found(visitor: Visitor, year: str) -> None:
    for address in (f"/ordrer/bilag/{year}/", f"/ordrer/bilag/{year}/zip/"):
        assert visitor.open(address).status == 404


def test_addresses_take_what_they_are_for(visitor: Visitor) -> None:
    for method, address in [
        ("get", "/ordrer/bilag/"),
        ("post", "/ordrer/bilag/2024/"),
        ("post", "/ordrer/bilag/2024/zip/"),
        ("head", "/ordrer/bilag/2024/zip/"),
    ]:
        assert getattr(visitor.client, method)(address).status_code == 405
