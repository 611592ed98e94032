"""An accountant without JavaScript: an invoice of three years ago, and a year's documents in one file."""

import csv
import io
import zipfile

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.card_buyer import CardBuyer
from tests.browser.demo_server import DemoServer

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture
def accountant(demo: DemoServer, page: Page) -> Page:
    """The sample member at "Ordrer og fakturaer"."""
    CardBuyer(page, demo).log_on()
    page.get_by_role("link", name="Ordrer og fakturaer").click()
    return page


def fetched(page: Page, link: str) -> bytes:
    """What the link of that name leads to."""
    address = page.get_by_role("main").get_by_role("link", name=link).get_attribute("href")
    return page.request.get(f"{page.url.split('/ordrer')[0]}{address}").body()


@pytest.mark.parametrize(
    ("words", "year"),
    [("BOG-2023-11", ""), ("bog-2023", ""), ("10001", ""), ("000000000100016", ""), ("4.250,00", "2023"), ("", "2023")],
)
def test_an_invoice_of_three_years_ago_is_found_by_what_is_known_of_it(accountant: Page, words: str, year: str) -> None:
    accountant.get_by_label("Søg").fill(words)
    accountant.get_by_label("År", exact=True).select_option(year)
    accountant.get_by_role("button", name="Find").click()

    expect(accountant.get_by_role("status").filter(has_text="passer")).to_contain_text("1 bestilling passer")
    text = PdfReader(io.BytesIO(fetched(accountant, "PDF af Faktura 10001"))).pages[0].extract_text()
    assert "Faktura 10001" in text
    assert "BOG-2023-11" in text


def test_a_search_that_finds_nothing_says_what_was_searched(accountant: Page) -> None:
    accountant.get_by_label("Søg").fill("BOG-1999")
    accountant.get_by_role("button", name="Find").click()

    expect(accountant.get_by_role("main")).to_contain_text("Ingen bestillinger passer")
    expect(accountant.get_by_role("main")).to_contain_text("BOG-1999")
    accountant.get_by_role("link", name="Vis alle").click()
    expect(accountant.get_by_label("Søg")).to_have_value("")
    expect(accountant.get_by_role("table")).to_contain_text("Faktura 1")


def test_a_years_documents_come_as_one_zip_file(accountant: Page) -> None:
    accountant.get_by_label("Bilag fra").select_option("2025")
    accountant.get_by_role("button", name="Lav zip-fil").click()
    expect(accountant.get_by_role("heading", level=1)).to_have_text("Bilag fra 2025 som zip")
    link = accountant.get_by_role("link", name="Hent zip (2 bilag")
    expect(link).to_be_visible(timeout=30_000)

    archive = zipfile.ZipFile(io.BytesIO(fetched(accountant, "Hent zip")))
    assert archive.testzip() is None
    pdfs = sorted(name for name in archive.namelist() if name.endswith(".pdf"))
    rows = list(csv.DictReader(io.StringIO(archive.read("indhold.csv").decode("utf-8-sig")), delimiter=";"))
    assert len(pdfs) == len(rows) == 2
    for name in pdfs:
        assert "Havnegadens Bogtryk" in PdfReader(io.BytesIO(archive.read(name))).pages[0].extract_text()
