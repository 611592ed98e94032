"""Finding orders by what a caller or a bank statement names."""

import re
from decimal import Decimal

from django.db.models import Q, QuerySet

from accounts.admin.company import companies_found, plain_cvr
from billing.admin.amount_field import amount_in
from billing.models import Document, Order, PaymentAttempt

HELP = (
    "Faktura-, kreditnota- eller bestillingsnr., betalingsreference, beløb, rekvisitionsnr., virksomhed, CVR-nr., "
    "EAN-nr., brugernavn, e-mail eller Stripes id"
)

# The payment line as it is printed: `+71<000000000100016+89012345<`.
_FIK_LINE = re.compile(r"\+?71<([0-9]{15})\+")
_BETWEEN_DIGITS = re.compile(r"[\s.]")
# What people copy together with the number: `Faktura 10001`, `Ordre nr. 7`, `CVR-nr. 13585628`, `DK13585628`.
_NAME_OF_THE_NUMBER = re.compile(
    r"^(?:(?:faktura|kreditnota|bestilling|ordre|betalingsreference|reference|cvr)s?(?:-?nr|nummer)?|nr)?:?#?(?:dk)?",
    re.IGNORECASE,
)
_NAME_OF_THE_REQUISITION = re.compile(
    r"^(?:rekvisition(?:snr|snummer)?|rekv\.?(?:nr)?|indkøbsordre(?:nr)?)\.?\s*:?\s*", re.IGNORECASE
)
_REFERENCE_DIGITS = 15
# Shorter parts of a requisition number are in too many of them.
_PART_OF_REQUISITION = 4
# Nothing that names an order is longer.
_LONGEST = 200


def orders_found(term: str) -> QuerySet[Order]:
    """Return the orders that `term` names: a number or an amount exactly, a company or a person by name.

    A number is a document's, a payment reference (also inside the whole payment line, also without the zeros in front),
    a CVR number, the order's own or the member's requisition number. An amount is the total with VAT, as people write
    it. Stripe's id of an attempt is known too.
    """
    own = term.strip()[:_LONGEST]
    if not own:
        return Order.objects.none()
    member = Q(company__in=companies_found(own).values("pk"))
    other = member | _is_requisition(own) | _has_attempt(own) | is_amount(own, "total")
    return Order.objects.filter(other | _is_number(digits_of(own)))


def is_at_stripe(term: str) -> Q:
    """Match attempts that `term` names by Stripe's id of their session or of their payment."""
    own = term.strip()
    return Q(session_id=own) | Q(payment_intent_id=own) if own else Q(pk__in=())


def is_amount(term: str, field: str) -> Q:
    """Match rows whose `field` is the amount that `term` says, if it says one."""
    amount: Decimal | None = amount_in(term)
    return Q(pk__in=()) if amount is None else Q(**{field: amount})


def digits_of(term: str) -> str:
    """Return the number that was searched for, without its name, spaces and points; an empty text when it is none."""
    compact = _BETWEEN_DIGITS.sub("", term)
    line = _FIK_LINE.search(compact)
    digits = line[1] if line else _NAME_OF_THE_NUMBER.sub("", plain_cvr(compact), count=1)
    return digits if re.fullmatch(r"[0-9]{1,18}", digits) else ""


def _is_requisition(term: str) -> Q:
    """Match the buyer's own number with and without its name, which may be a part of it: `REKV-17`, `Rekv. 5`."""
    return _has_requisition(term) | _has_requisition(_NAME_OF_THE_REQUISITION.sub("", term))


def _has_requisition(number: str) -> Q:
    how = "icontains" if len(number) >= _PART_OF_REQUISITION else "iexact"
    return Q(**{f"purchase_order_number__{how}": number}) if number else Q(pk__in=())


def _has_attempt(term: str) -> Q:
    return Q(pk__in=PaymentAttempt.objects.filter(is_at_stripe(term)).values("order"))


def _is_number(digits: str) -> Q:
    if not digits:
        return Q(pk__in=())
    documents = Document.objects.filter(Q(number=digits) | Q(payment_reference=digits.zfill(_REFERENCE_DIGITS)))
    return Q(pk=digits) | Q(company__cvr=digits) | Q(pk__in=documents.values("order"))
