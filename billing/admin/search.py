"""Finding orders by what a caller or a bank statement names."""

import re

from django.db.models import Q, QuerySet

from billing.models import Document, Order

HELP = "Faktura-, kreditnota- eller bestillingsnr., betalingsreference, CVR-nr. eller virksomhed"

# The payment line as it is printed: `+71<000000000100016+89012345<`.
_FIK_LINE = re.compile(r"\+71<(\d{15})\+")
_BETWEEN_DIGITS = re.compile(r"[\s.]")


def orders_found(term: str) -> QuerySet[Order]:
    """Return the orders that `term` names: a number exactly, a company by part of its name.

    A number is a document's, a payment reference (also inside the whole payment line), a CVR number or the order's own.
    """
    return Order.objects.filter(_names_company(term) | _is_number(digits_of(term)))


def digits_of(term: str) -> str:
    """Return the number that was searched for, without spaces and points; an empty text when it is none."""
    compact = _BETWEEN_DIGITS.sub("", term)
    line = _FIK_LINE.search(compact)
    digits = line[1] if line else compact
    return digits if re.fullmatch(r"[0-9]+", digits) else ""


def _names_company(term: str) -> Q:
    return Q(company__name__icontains=term)


def _is_number(digits: str) -> Q:
    if not digits:
        return Q(pk__in=())
    documents = Document.objects.filter(Q(number=digits) | Q(payment_reference=digits))
    return Q(pk=digits) | Q(company__cvr=digits) | Q(pk__in=documents.values("order"))
