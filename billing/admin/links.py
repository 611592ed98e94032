"""Links and short texts that the office's screens share."""

from datetime import date, datetime

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import Document, Order
from catalog.amounts import whole


def page_of(thing: Model, *, path: str = "change") -> str:
    """Return the address of the thing's page in admin, or of another page of the thing."""
    meta = thing._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{path}", args=[thing.pk])


def link(thing: Model, text: str = "") -> SafeString:
    """Return a link to the thing's page in admin, named like the thing."""
    return link_to(page_of(thing), text or str(thing))


def link_to(url: str, text: str) -> SafeString:
    """Return a link."""
    return format_html('<a href="{}">{}</a>', url, text)


def document_page(document: Document, *, path: str = "change") -> str:
    """Return the address of a document's page, which stands under invoices or under credit notes."""
    model = "invoice" if document.is_invoice else "creditnote"
    return reverse(f"admin:billing_{model}_{path}", args=[document.pk])


def document_link(document: Document, text: str = "") -> SafeString:
    """Return a link to a document's page: `Faktura 10001`."""
    return link_to(document_page(document), text or document.title)


def pdf_link(document: Document) -> SafeString:
    """Return a link to a document's PDF."""
    return link_to(document_page(document, path="pdf"), "PDF")


def button_link(url: str, label: str) -> SafeString:
    """Return a link that looks like a button: it leads to a page that asks before anything happens."""
    return format_html('<a class="staff-button" href="{}">{}</a>', url, label)


def age(since: date, today: date) -> str:
    """Return how old something is, in whole days: `i dag`, `1 dag`, `3 dage`."""
    days = (today - since).days
    if days <= 0:
        return "i dag"
    return "1 dag" if days == 1 else f"{whole(days)} dage"


def ago(since: date, today: date) -> str:
    """Return how long ago something happened: `i dag`, `for 1 dag siden`, `for 3 dage siden`."""
    return f"for {age(since, today)} siden" if since < today else "i dag"


def age_of(moment: datetime) -> str:
    """Return how old something is that came up at a moment, in whole days in Copenhagen."""
    return age(timezone.localdate(moment), timezone.localdate())


def order_age(order: Order) -> str:
    """Return how long ago the order was placed."""
    return age_of(order.placed_at)


def moment(when: datetime) -> str:
    """Write date and time as they are in Copenhagen."""
    return date_format(timezone.localtime(when), "SHORT_DATETIME_FORMAT")
