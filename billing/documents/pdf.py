"""The PDF of a document. The only module that imports WeasyPrint, and only the worker imports it."""

from itertools import pairwise
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote, urlsplit

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override
from weasyprint import CSS, HTML
from weasyprint import Document as Layout
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from billing.documents.pages import Room, Row, Sheet, one_sheet, spread
from billing.models import Document, DocumentLine
from catalog.money import ZERO

log = structlog.get_logger(__name__)

_STATIC: Path = (settings.BASE_DIR / "static").resolve()
_BASE_URL = f"{_STATIC.as_uri()}/"

# WeasyPrint's unit is the CSS pixel, 96 to the inch.
_MM = 96 / 25.4
_A4_HEIGHT = 297 * _MM
_TOP, _SIDE, _BOTTOM = 18 * _MM, 20 * _MM, 25 * _MM
# One long sheet shows how high everything is; 200 lines of three rows each need less than half of it.
_LONG_HEIGHT = 20 * _A4_HEIGHT
# Sums of many heights end some thousandths of a pixel beside the sum that the layout makes.
_TOLERANCE = 0.5


class BundledFileMissing(Exception):
    """A style sheet, font or picture of ours is not there; the file would be kept for ever without it."""


def render_pdf(document: Document) -> bytes:
    """Return the document as a tagged PDF in A4: one sheet where it fits, else sheets with carried sums.

    Raises BundledFileMissing, and OSError when the disk for temporary files is full.
    """
    lines = list(document.lines.order_by("position"))
    try:
        press = _Press(document)
        layout = press.lay_out(one_sheet(lines))
        if len(layout.pages) > 1:
            layout = press.lay_out(spread(*press.measure(lines)))
        return bytes(layout.write_pdf(pdf_tags=True))
    except FatalURLFetchingError as error:
        # It is no Exception, so that it gets out of WeasyPrint; callers expect one.
        raise BundledFileMissing(str(error)) from error


class BundledFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Fetches files under static/ and refuses everything else: no network, no other file of the machine.

    Whatever a name in a document brings about, the worst is a picture that is not there.
    """

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """Return the bundled file. A refusal is logged and leaves a gap; a missing file of ours stops the document."""
        path = _bundled_path(url)
        if path is None:
            log.warning("document_fetch_refused", url=url[:200])
            raise PermissionError("Documents use bundled files only")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise FatalURLFetchingError(f"{path.relative_to(_STATIC)}: {error.strerror}") from error
        content_type, _ = guess_type(path.name)
        return URLFetcherResponse(url, content, {"Content-Type": content_type or "application/octet-stream"})


def _bundled_path(url: str) -> Path | None:
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        return None
    path = Path(unquote(parts.path)).resolve()
    return path if path.is_relative_to(_STATIC) else None


def _title(document: Document) -> str:
    return f"{document.title} til {document.credits.title.lower()}" if document.credits else document.title


class _Press:
    """Lays out one document, as often as it takes.

    The style and its fonts are read anew for each document: WeasyPrint unpacks fonts to the machine's directory for
    temporary files, which may be swept under a worker that runs for weeks.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._files = BundledFiles()
        self._fonts = FontConfiguration()
        self._style = CSS(url=f"{_BASE_URL}documents/document.css", font_config=self._fonts, url_fetcher=self._files)

    def lay_out(self, sheets: list[Sheet[DocumentLine]], *, height: float = _A4_HEIGHT) -> Layout:
        page = f"@page {{ size: 210mm {height}px; margin: {_TOP}px {_SIDE}px {_BOTTOM}px }}"
        facts = {"document": self._document, "title": _title(self._document), "sheets": sheets}
        with override("da"):
            html = render_to_string(f"documents/{self._document.kind}.html", facts)
        return HTML(string=html, base_url=_BASE_URL, url_fetcher=self._files).render(
            font_config=self._fonts, stylesheets=[self._style, CSS(string=page, url_fetcher=self._files)]
        )

    def measure(self, lines: list[DocumentLine]) -> tuple[list[Row[DocumentLine]], Room]:
        """Lay everything out on one long sheet, with both rows for carried sums, and read the heights from it."""
        layout = self.lay_out([Sheet(tuple(lines), ZERO, ZERO)], height=_LONG_HEIGHT)
        tops = {name: corners[1] for name, corners in layout.pages[0].anchors.items()}
        starts = [*(tops[f"line-{line.position}"] for line in lines), tops["carried"]]
        heights = (below - above for above, below in pairwise(starts))
        bottom = _A4_HEIGHT - _BOTTOM - _TOLERANCE
        rows = [Row(line, line.net, height) for line, height in zip(lines, heights, strict=True)]
        return rows, Room(
            first=bottom - tops["brought"],
            later=bottom - _TOP - (starts[0] - tops["lines"]),
            carried=tops["ending"] - tops["carried"],
            ending=tops["end"] - tops["ending"],
        )
