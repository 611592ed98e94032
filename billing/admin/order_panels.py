"""The tables on an order's page."""

from django.utils.formats import date_format
from django.utils.safestring import SafeString

from billing.admin.card_panels import items_of, payments_by_card
from billing.admin.links import button_link, document_link, link, moment, page_of, pdf_link
from billing.models import Document, FileKind, Order, OrderLine, OrderState
from catalog.amounts import kroner, percent, unit_price, whole
from catalog.staff_pages import Column, Panel


def of_order(order: Order, *, may_act: bool) -> list[Panel]:
    """Return everything about the order: what to decide, what was bought, documents, money, who did what, and mails."""
    return [
        *items_of(order, may_act=may_act),
        _lines(order, may_act=may_act),
        _documents(order),
        _payments(order),
        *payments_by_card(order),
        _events(order),
        _mails(order),
    ]


def _lines(order: Order, *, may_act: bool) -> Panel:
    rows = [
        (
            line.name,
            f"{whole(line.quantity)} {line.unit}",
            unit_price(line.unit_price),
            percent(line.vat_rate),
            kroner(line.net),
            _carried_out(line, order, may_act=may_act),
        )
        for line in order.lines.select_related("performed_by").order_by("position")
    ]
    columns = (
        Column("Navn"),
        Column("Antal", "amount"),
        Column("Pris pr. enhed", "amount"),
        Column("Moms", "amount"),
        Column("Beløb uden moms", "amount"),
        Column("Udført"),
    )
    return Panel("Linjer", columns, rows)


def _carried_out(line: OrderLine, order: Order, *, may_act: bool) -> str | SafeString:
    if line.clip_type_id is not None:
        return "–"  # clips are posted by the ledger: there is nothing to carry out
    if line.performed_at is not None:
        note = f": {line.performed_note}" if line.performed_note else ""
        return f"{moment(line.performed_at)} af {line.performed_by}{note}"
    if order.state == OrderState.PAID and may_act:
        return button_link(page_of(line, path="perform"), "Markér som udført")
    return "nej"


def _documents(order: Order) -> Panel:
    documents = Document.objects.filter(order=order).order_by("issued_at", "pk")
    made = set(documents.filter(files__kind=FileKind.PDF).values_list("pk", flat=True))
    rows = [
        (
            document_link(document),
            date_format(document.issued_on, "SHORT_DATE_FORMAT"),
            date_format(document.due_on, "SHORT_DATE_FORMAT") if document.due_on else "",
            document.payment_reference,
            kroner(document.total),
            pdf_link(document) if document.pk in made else "PDF'en dannes",
        )
        for document in documents
    ]
    columns = (
        Column("Bilag"),
        Column("Dato"),
        Column("Forfalder"),
        Column("Betalingsreference"),
        Column("I alt med moms", "amount"),
        Column("PDF"),
    )
    return Panel("Bilag", columns, rows)


def _payments(order: Order) -> Panel:
    rows = [
        (
            date_format(payment.received_on, "SHORT_DATE_FORMAT"),
            payment.get_method_display(),
            kroner(payment.amount),
            "ja" if payment.is_surplus else "nej",
            str(payment.registered_by or ""),
            payment.note,
        )
        for payment in order.payments.select_related("registered_by").order_by("created_at", "pk")
    ]
    columns = (
        Column("Dato i banken"),
        Column("Måde"),
        Column("Beløb", "amount"),
        Column("Overskydende"),
        Column("Registreret af"),
        Column("Bemærkning"),
    )
    return Panel("Indbetalinger", columns, rows)


def _events(order: Order) -> Panel:
    rows = [
        (moment(event.created_at), event.get_kind_display(), str(event.actor or "systemet"), event.note)
        for event in order.events.select_related("actor")
    ]
    placed = (moment(order.placed_at), "Bestilt", str(order.placed_by), "")
    columns = (Column("Hvornår"), Column("Hvad"), Column("Hvem"), Column("Hvorfor"))
    return Panel("Historik", columns, [placed, *rows])


def _mails(order: Order) -> Panel:
    rows = [
        (
            link(mail, mail.subject),
            ", ".join(mail.recipients),
            mail.get_status_display(),
            moment(mail.sent_at or mail.created_at),
        )
        for mail in order.mails.defer("text", "html").order_by("created_at", "pk")
    ]
    return Panel("Mails", (Column("Emne"), Column("Til"), Column("Status"), Column("Tidspunkt")), rows)
