"""The PDF of a document. The only module that imports WeasyPrint, and only the worker imports it."""

from functools import cache
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

from billing.documents.pages import Room, Sheet, one_sheet, spread
from billing.models import Document, DocumentLine
from catalog.money import ZERO

log = structlog.get_logger(__name__)

_STATIC: Path = (settings.BASE_DIR / "static").resolve()
_BASE_URL = f"{_STATIC.as_uri()}/"

# WeasyPrint's unit is the CSS pixel, 96 to the inch.
_MM = 96 / 25.4
_A4_HEIGHT = 297 * _MM
_TOP, _SIDE, _BOTTOM = 18 * _MM, 20 * _MM, 27 * _MM
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
        layout = _lay_out(document, one_sheet(lines))
        if len(layout.pages) > 1:
            heights, room = _measure(document, lines)
            layout = _lay_out(document, spread(lines, heights, room))
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


@cache
def _style() -> tuple[CSS, FontConfiguration, BundledFiles]:
    """Read the style sheet and unpack its fonts, once in each worker process."""
    fonts, files = FontConfiguration(), BundledFiles()
    return CSS(url=f"{_BASE_URL}documents/document.css", font_config=fonts, url_fetcher=files), fonts, files


def _lay_out(document: Document, sheets: list[Sheet[DocumentLine]], *, height: float = _A4_HEIGHT) -> Layout:
    style, fonts, files = _style()
    page = f"@page {{ size: 210mm {height}px; margin: {_TOP}px {_SIDE}px {_BOTTOM}px }}"
    with override("da"):
        html = render_to_string(f"documents/{document.kind}.html", {"document": document, "sheets": sheets})
    return HTML(string=html, base_url=_BASE_URL, url_fetcher=files).render(
        font_config=fonts, stylesheets=[style, CSS(string=page, url_fetcher=files)]
    )


def _measure(document: Document, lines: list[DocumentLine]) -> tuple[list[float], Room]:
    """Lay everything out on one long sheet, with both rows for carried sums, and read the heights from it."""
    layout = _lay_out(document, [Sheet(tuple(lines), ZERO, ZERO)], height=_LONG_HEIGHT)
    tops = {name: corners[1] for name, corners in layout.pages[0].anchors.items()}
    starts = [*(tops[f"line-{line.position}"] for line in lines), tops["carried"]]
    heights = [below - above for above, below in zip(starts, starts[1:], strict=False)]
    bottom = _A4_HEIGHT - _BOTTOM - _TOLERANCE
    return heights, Room(
        first=bottom - tops["brought"],
        later=bottom - _TOP - (starts[0] - tops["lines"]),
        carried=tops["ending"] - tops["carried"],
        ending=tops["end"] - tops["ending"],
    )
