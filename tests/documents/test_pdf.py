"""What stands on a document's PDF, how it is made up, and what it may fetch."""

import io
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
import time_machine
from django.utils.safestring import mark_safe
from django.utils.translation import override
from pypdf import PdfReader
from structlog.testing import capture_logs

from accounts.models import User
from billing.documents import pdf
from billing.documents.pdf import BundledFileMissing, BundledFiles, render_pdf
from billing.models import Document, DocumentKind, PaymentMethod
from billing.services.cancelling import cancel_order
from billing.services.settling import Received, settle_order
from catalog.models import Product
from tests.factories import CompanyFactory, ProductFactory, UserFactory, open_shop, place, priced, support

pytestmark = pytest.mark.django_db

_STATIC = Path(__file__).resolve().parents[2] / "static"


@dataclass
class Read:
    """A PDF as a reader sees it."""

    content: bytes
    reader: PdfReader = field(init=False)
    pages: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.reader = PdfReader(io.BytesIO(self.content))
        self.pages = [_one_spaced(page.extract_text()) for page in self.reader.pages]

    @property
    def text(self) -> str:
        """The text of all pages."""
        return " ".join(self.pages)

    @property
    def fonts(self) -> dict[str, bool]:
        """Each font by its name without the subset's prefix, and whether it is embedded."""
        found = {}
        for page in self.reader.pages:
            for reference in page["/Resources"]["/Font"].values():  # type: ignore[index]
                descendant = reference.get_object()["/DescendantFonts"][0].get_object()
                name = str(descendant["/BaseFont"]).partition("+")[2]
                found[name] = "/FontFile2" in descendant["/FontDescriptor"].get_object()
        return found

    def widths_of(self, character: str) -> set[float]:
        """The widths, in thousandths of the font's size, of all the shapes in which the character is drawn."""
        found = set()
        for page in self.reader.pages:
            for reference in page["/Resources"]["/Font"].values():  # type: ignore[index]
                font = reference.get_object()
                table = font["/ToUnicode"].get_data().decode()
                shapes = re.findall(rf"<(\w{{4}})> <{ord(character):04x}>", table)
                rows = _from_each_shape_on(font["/DescendantFonts"][0].get_object()["/W"])
                of_shape = {start + n: width for start, row in rows for n, width in enumerate(row)}
                found |= {float(of_shape[int(shape, 16)]) for shape in shapes}
        return found


def _from_each_shape_on(widths: list[Any]) -> Iterator[tuple[int, list[float]]]:
    """Yield from `[2, [728], 16, [659, 500]]` each first shape with the widths from it on."""
    return zip(widths[::2], widths[1::2], strict=True)


def _one_spaced(text: str) -> str:
    """A line break and a no-break space are spaces for whoever copies the text."""
    return " ".join(text.split())


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 23, 9, 30, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def clips() -> Product:
    """The shop with "Fakturaklip" for 2.50 kr., 2.25 kr. from 1,000."""
    return open_shop()


def buyer(**company: str) -> User:
    """A person who may buy for a company with these facts."""
    return UserFactory.create(company=CompanyFactory.create(**{"name": "Ørbæk Tømrer & Snedker ApS", **company}))


def invoice_of(user: User, *wishes: tuple[Product, int], purchase_order_number: str = "") -> Document:
    """The invoice of a bank transfer."""
    invoice = place(user, *wishes, purchase_order_number=purchase_order_number).invoice
    assert invoice is not None
    return invoice


def products(count: int, *, name: str = "Ydelse") -> list[Product]:
    """Support products for 10.25 kr., 20.25 kr., 30.25 kr. …, named with their number, in at most 120 characters."""
    return [
        priced(
            ProductFactory.create(name=f"{n:03} {name}"[:120].strip(), clip_type=None, minimum_quantity=1),
            t1=f"{n}0.25",
        )
        for n in range(1, count + 1)
    ]


def test_prints_what_the_law_asks_of_an_invoice(clips: Product) -> None:
    user = buyer(ean="5790000000005")
    invoice = invoice_of(user, (clips, 1000), (support(), 2), purchase_order_number="RK-117")

    text = Read(render_pdf(invoice)).text

    assert "Faktura 10001 " in text
    assert "Fakturadato 23. november 2026 Betal senest 1. december 2026" in text
    assert f"Bestilling {invoice.order.pk} Rekvisitionsnr. RK-117" in text
    assert "TrueLink Test A/S Havnegade 1 8000 Aarhus C CVR-nr. 13585628 kundecenter@truelink.dk" in text
    assert (
        f"Faktura til Ørbæk Tømrer & Snedker ApS Vestergade 12 5000 Odense C CVR-nr. {invoice.buyer_cvr} "
        "EAN-nr. 5790000000005" in text
    )
    assert "Vare Antal Pris pr. enhed Beløb uden moms" in text
    assert "Fakturaklip 1.000 stk. 2,25 kr. 2.250,00 kr." in text
    assert "B2B fakturamodtagersupport 2 time 850,00 kr. 1.700,00 kr." in text
    assert "Beløb uden moms 3.950,00 kr. Moms 25 % af 3.950,00 kr. 987,50 kr. At betale (DKK) 4.937,50 kr." in text


def test_hyphens_stand_close_to_their_words(clips: Product) -> None:
    """Inter has a second hyphen for tables, as wide as a digit."""
    read = Read(render_pdf(invoice_of(buyer(), (clips, 100), purchase_order_number="BOG-2026-11")))
    assert "BOG-2026-11" in read.text
    assert read.widths_of("-") == {460}


def test_prints_how_to_pay_by_bank_transfer(clips: Product) -> None:
    text = Read(render_pdf(invoice_of(buyer(), (clips, 100)))).text

    assert "Betal 312,50 kr. senest 1. december 2026" in text
    assert "Bank Prøvebanken Reg.nr. 0040 Kontonr. 0440116243 IBAN DK50 0040 0440 1162 43" in text
    assert "+71<000000000100016+89012345<" in text
    assert "Anfør venligst betalingsreferencen 000000000100016, når beløbet overføres." in text
    assert "Vi leverer bestillingen, når vi har registreret betalingen." in text


def test_prints_vat_for_each_rate(clips: Product) -> None:
    free = priced(ProductFactory.create(name="Momsfri", clip_type=None, minimum_quantity=1, vat_rate=0), t1="99.99")

    text = Read(render_pdf(invoice_of(buyer(), (clips, 100), (free, 1)))).text

    assert "Moms 0 % af 99,99 kr. 0,00 kr. Moms 25 % af 250,00 kr. 62,50 kr. At betale (DKK) 412,49 kr." in text


def test_says_that_a_card_has_paid(clips: Product) -> None:
    order = place(buyer(), (clips, 100), method=PaymentMethod.CARD).order
    received = Received(method=PaymentMethod.CARD, amount=order.total, received_on=date(2026, 11, 23), key="card:1")
    settle_order(order_id=order.pk, received=received)

    read = Read(render_pdf(order.documents.get()))

    assert read.reader.metadata is not None
    assert read.reader.metadata.title == "Faktura 10001"
    assert "Betalt 23. november 2026" in read.text
    assert "Betalt (DKK) 312,50 kr." in read.text
    assert "Betalt med betalingskort Vi har modtaget hele beløbet. Der skal ikke betales mere." in read.text
    for transfer in ("Betal senest", "+71<", "IBAN", "0440116243", "Kvittering"):
        assert transfer not in read.text


def test_ties_a_credit_note_to_its_invoice(clips: Product) -> None:
    order = place(buyer(ean="5790000000005"), (clips, 100), purchase_order_number="RK-117").order
    with time_machine.travel(datetime(2026, 12, 2, 9, 30, tzinfo=UTC), tick=False):
        order = cancel_order(order_id=order.pk, actor=None, reason="Bestilt to gange")

    read = Read(render_pdf(order.documents.get(kind=DocumentKind.CREDIT_NOTE)))

    assert read.reader.metadata is not None
    assert read.reader.metadata.title == "Kreditnota 500001 til faktura 10001"
    assert "Kreditnota 500001 til faktura 10001 Kreditnota til Ørbæk Tømrer & Snedker ApS" in read.text
    assert (
        "Dato 2. december 2026 Krediterer Faktura 10001 Fakturadato 23. november 2026 Årsag Bestilt to gange "
        f"Bestilling {order.pk} Rekvisitionsnr. RK-117" in read.text
    )
    assert "Fakturaklip 100 stk. 2,50 kr. 250,00 kr." in read.text
    assert "Moms 25 % af 250,00 kr. 62,50 kr. Krediteret (DKK) 312,50 kr." in read.text
    assert "Bestillingen er annulleret, og fakturaen skal ikke betales." in read.text
    for to_pay in ("Betal senest", "At betale", "+71<", "IBAN"):
        assert to_pay not in read.text


def test_speaks_danish_whatever_the_page_spoke(clips: Product) -> None:
    with override("en"):
        text = Read(render_pdf(invoice_of(buyer(), (clips, 1000)))).text

    assert "Fakturadato 23. november 2026" in text
    assert "2.250,00 kr." in text


@pytest.mark.parametrize("count", [1, 8])
def test_keeps_a_normal_order_on_one_sheet(clips: Product, count: int) -> None:
    user = buyer(ean="5790000000005")
    wishes = [(product, 900) for product in products(count, name="TrueLink Nemhandel profilopsætning")]

    read = Read(render_pdf(invoice_of(user, *wishes, purchase_order_number="RK-117")))

    assert len(read.pages) == 1
    assert read.text.endswith("kundecenter@truelink.dk Side 1 af 1")
    assert "Transport" not in read.text
    assert [float(side) for side in read.reader.pages[0].mediabox[2:]] == pytest.approx([595.28, 841.89], abs=0.01)


@pytest.mark.parametrize(
    ("count", "name", "sheets"),
    [(40, "Ydelse", 3), (40, "Ordene i et navn på 120 tegn brydes over flere linjer " * 3, 4), (40, "W" * 200, 8)],
)
def test_carries_sums_over_many_lines(clips: Product, count: int, name: str, sheets: int) -> None:
    lines = products(count, name=name)
    invoice = invoice_of(buyer(), *((product, 3) for product in lines))

    pages = Read(render_pdf(invoice)).pages

    assert len(pages) == sheets
    names = [product.name for product in lines]
    nets = iter(invoice.lines.values_list("net", flat=True))
    carried = Decimal(0)
    for number, page in enumerate(pages, start=1):
        own = [name for name in names if _without_spaces(name) in _without_spaces(page)]
        assert own, "a sheet without a line"
        assert names[: len(own)] == own, "lines out of order, or one of them cut"
        names = names[len(own) :]
        brought, carried = carried, carried + sum(next(nets) for _ in own)
        assert _sum_after("Transport fra side", page) == ((number - 1, brought) if number > 1 else None)
        assert _sum_after("Transport til side", page) == ((number + 1, carried) if number < len(pages) else None)
        assert page.endswith(f"Side {number} af {len(pages)}")
    assert names == []
    assert carried == invoice.net
    assert len(own) >= 2
    assert "At betale (DKK)" in pages[-1]
    assert "+71<" in pages[-1]
    assert "At betale (DKK)" not in " ".join(pages[:-1])


def _without_spaces(text: str) -> str:
    """A name that was broken into rows comes back with spaces where it was broken."""
    return text.replace(" ", "")


def _sum_after(words: str, page: str) -> tuple[int, Decimal] | None:
    found = re.search(rf"{words} (\d+) ([\d.]+),(\d\d) kr\.", page)
    return (int(found[1]), Decimal(f"{found[2].replace('.', '')}.{found[3]}")) if found else None


def test_says_what_it_is_in_its_metadata(clips: Product) -> None:
    reader = Read(render_pdf(invoice_of(buyer(), (clips, 100)))).reader

    assert reader.metadata is not None
    assert reader.metadata.title == "Faktura 10001"
    assert reader.metadata.author == "TrueLink Test A/S"
    assert reader.metadata.creation_date == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert str(reader.root_object["/Lang"]) == "da"
    # Headings and tables can be read aloud.
    assert reader.root_object.raw_get("/MarkInfo").get_object() == {"/Marked": True}


def test_embeds_inter_and_no_other_font(clips: Product) -> None:
    fonts = Read(render_pdf(invoice_of(buyer(), (clips, 100)))).fonts

    assert fonts == {"Inter-Latin": True, "Inter-Latin-Semi-Bold": True}


def test_draws_letters_of_both_files_of_inter(clips: Product) -> None:
    # Were both files known by one name, WeasyPrint would draw ł and ő as other letters of the first.
    read = Read(render_pdf(invoice_of(buyer(address="Łódź Őrség 1"), (clips, 100))))

    assert "Łódź Őrség 1" in read.text
    assert read.fonts == {"Inter-Latin": True, "Inter-Latin-Semi-Bold": True, "Inter-Latin-Ext": True}


REFUSED = [
    "file:///etc/passwd",
    f"{_STATIC.as_uri()}/../manage.py",
    f"{_STATIC.as_uri()}/%2e%2e/manage.py",
    f"{_STATIC.as_uri()}-other/file.png",
    f"file://elsewhere{_STATIC.as_posix()}/img/logo.svg",
    "http://127.0.0.1/internal",
    "https://truelink.dk/logo.png",
    "ftp://truelink.dk/logo.png",
    "data:text/css,*{display:none}",
]


@pytest.mark.fault(57)
@pytest.mark.parametrize("url", REFUSED)
def test_refuses_to_fetch_what_is_not_bundled(url: str) -> None:
    with capture_logs() as logs, pytest.raises(PermissionError):
        BundledFiles().fetch(url)

    assert logs == [{"event": "document_fetch_refused", "url": url, "log_level": "warning"}]


def test_fetches_bundled_files() -> None:
    answer = BundledFiles().fetch(f"{_STATIC.as_uri()}/img/logo.svg")

    assert answer.read() == (_STATIC / "img" / "logo.svg").read_bytes()
    assert answer.content_type == "image/svg+xml"


@pytest.mark.fault(57)
def test_prints_markup_in_a_name_as_text(clips: Product) -> None:
    user = buyer(name="<img src=file:///etc/passwd> & <b>Søn</b>", address="</p><script>alert(1)</script>")

    with capture_logs() as logs:
        text = Read(render_pdf(invoice_of(user, (clips, 100)))).text

    assert "<img src=file:///etc/passwd> & <b>Søn</b> </p><script>alert(1)</script>" in text
    assert [log for log in logs if log["event"] == "document_fetch_refused"] == []


@pytest.mark.fault(57)
def test_survives_a_picture_that_got_in_and_fetches_nothing(clips: Product) -> None:
    invoice = invoice_of(buyer(), (clips, 100))
    with socket.create_server(("127.0.0.1", 0)) as internal:
        internal.settimeout(0)
        url = f"http://127.0.0.1:{internal.getsockname()[1]}/"
        # As if a template had forgotten to escape.
        invoice.buyer_name = mark_safe(f'Før <img src="{url}"><img src="file:///etc/passwd"> efter')  # noqa: S308

        with capture_logs() as logs:
            text = Read(render_pdf(invoice)).text

        with pytest.raises(BlockingIOError):
            internal.accept()

    assert "Før" in text
    assert "efter" in text
    assert "root:" not in text
    assert [log["url"] for log in logs if log["event"] == "document_fetch_refused"] == [url, "file:///etc/passwd"]


@pytest.mark.parametrize("missing", ["document.css", "inter-latin-wght-normal.woff2", "logo.svg"])
def test_fails_rather_than_making_a_file_without_its_looks(
    clips: Product, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incomplete = copytree(_STATIC, tmp_path / "static", ignore=ignore_patterns(missing))
    monkeypatch.setattr(pdf, "_STATIC", incomplete)
    monkeypatch.setattr(pdf, "_BASE_URL", f"{incomplete.as_uri()}/")
    invoice = invoice_of(buyer(), (clips, 100))

    with pytest.raises(BundledFileMissing, match=missing):
        render_pdf(invoice)
