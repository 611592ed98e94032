"""Finding a company's orders by whatever stands on its papers: numbers, references, amounts, its own words.

A term is read word by word, and an order is found when each word names something of it. What people copy along with a
number (`Faktura nr. 10001`, `4.612,50 kr.`, the whole payment line) is understood; since a buyer's own number may be
just such words (`Ordre 7`), they are looked for as they were typed too.
"""

import re
import unicodedata
from decimal import Decimal
from functools import reduce
from operator import and_, or_

from django.db.models import Q, QuerySet

from billing.models import Document, DocumentKind, Order

LONGEST_TERM = 200
_MOST_WORDS = 12
_REFERENCE_DIGITS = 15
# What a number column and an amount column can hold.
_MOST_DIGITS = 18
_MOST_KRONER_DIGITS = 10

# Beside words and between them; what stands inside a buyer's own number (`PO-KR-17`, `REK-ORDRE12`) belongs to it.
_BEGINS = r"(?<![^\s,;(])"
_ENDS = r"(?![^\s,;)])"
# `faktura nr. 10001`, `Order 7`: the word says what kind of number follows, and the number alone is looked for.
_NAME_OF_THE_NUMBER = re.compile(
    rf"{_BEGINS}(?:faktura|kreditnota|kvittering|bestilling|ordre|betalingsreference|rekvisition|beløb"
    r"|invoice|credit note|receipt|order|payment reference|amount)"
    r"s?(?:-?nr\.?|nummer| nr\.?| no\.?| number)?:? ?#?(?=[0-9])",
    re.IGNORECASE,
)
_CURRENCY = re.compile(
    rf"(?<=[0-9-]) ?(?:kr\.?|dkk){_ENDS}|{_BEGINS}(?:kr\.?|dkk) ?(?=[0-9])",
    re.IGNORECASE,
)
# The payment line as it is printed: `+71<000000000100016+89012345<`. An address may have turned its `+` into a space.
_LINE = r"\+?71 ?< ?(?P<reference>(?:[0-9] ?){14}[0-9])[ +]*[0-9]{0,8} ?<?"
_SPACED_REFERENCE = r"(?<!\S)(?:[0-9] ?){14}[0-9](?!\S)"
_SPACED_AMOUNT = r"(?<!\S)[0-9]{1,3}(?: [0-9]{3})+(?:,[0-9]{1,2}|,-)?(?!\S)"
_LINE_ALONE = re.compile(_LINE)
_WORD = re.compile(rf"{_LINE}|{_SPACED_REFERENCE}|{_SPACED_AMOUNT}|\S+")

# Whole kroner, with or without øre, with the thousands points of Danish or the commas of English.
_AMOUNTS = (
    re.compile(r"(?P<kroner>[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,(?P<ore>[0-9]{1,2}|-))?"),
    re.compile(r"(?P<kroner>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<ore>[0-9]{1,2}))?"),
)


def cleaned(term: str) -> str:
    """Return the term as it is searched for: on one line, without what cannot be seen, not longer than LONGEST_TERM.

    No database text holds a NUL or half a character, and PostgreSQL refuses to be asked for one.
    """
    seen = "".join(each if each.isprintable() else " " if each.isspace() else "" for each in term)
    return " ".join(unicodedata.normalize("NFC", seen).split())[:LONGEST_TERM].strip()


def orders_matching(orders: QuerySet[Order], term: str) -> QuerySet[Order]:
    """Keep the orders that every word of the term names; all of them when the term is empty."""
    typed = _words(cleaned(term))
    if not typed:
        return orders
    readings = {tuple(words_of(term)), tuple(typed)}
    return orders.filter(_is_requisition(cleaned(term)) | reduce(or_, map(_names_all, sorted(readings))))


def words_of(term: str) -> list[str]:
    """Return the words of the term, each of them what is looked for: `Faktura 10001, 4.612,50 kr.` has two."""
    return _words(_CURRENCY.sub("", _NAME_OF_THE_NUMBER.sub("", cleaned(term))))


def amount_of(word: str) -> tuple[Decimal, Decimal] | None:
    """Return the least and the greatest amount in kroner that the word means, None when it is no amount.

    An amount without øre means every amount of so many kroner: `4.612` is 4612.00 to 4612.99, `4.612,-` 4612.00. A
    minus in front (or the longer one of spreadsheets) is of a credit note and changes nothing.
    """
    compact = word.replace(" ", "").lstrip("-\u2212")
    found = next((match for match in (form.fullmatch(compact) for form in _AMOUNTS) if match), None)
    if found is None:
        return None
    kroner = re.sub(r"[.,]", "", found["kroner"]).lstrip("0") or "0"
    if len(kroner) > _MOST_KRONER_DIGITS:
        return None
    if found["ore"] is None:
        return Decimal(f"{kroner}.00"), Decimal(f"{kroner}.99")
    exact = Decimal(f"{kroner}.{found['ore'].replace('-', '0'):0<2}")
    return exact, exact


def _words(text: str) -> list[str]:
    words = (match[0].strip(" ;") for match in _WORD.finditer(text))
    return [word.removesuffix(",") for word in words if word.strip(",")][:_MOST_WORDS]


def _names_all(words: tuple[str, ...]) -> Q:
    return reduce(and_, map(_names, words))


def _names(word: str) -> Q:
    return _is_requisition(word) | _is_number(word) | _is_amount(word)


def _is_requisition(word: str) -> Q:
    """Match part of the buyer's own number, whatever the case.

    SQLite's LIKE knows the case of a-z only, and PostgreSQL's folding follows the database's locale: so the pattern
    itself says that æ may be Æ.
    """
    return Q(purchase_order_number__iregex="".join(_either_case(letter) for letter in word))


def _either_case(letter: str) -> str:
    if letter.isascii():
        return re.escape(letter)
    cases = {letter, letter.lower(), letter.upper()}
    forms = cases | {unicodedata.normalize("NFD", each) for each in cases}
    return f"(?:{'|'.join(sorted(map(re.escape, forms)))})"


def _is_number(word: str) -> Q:
    """Match the order's own number, and its documents' numbers and payment reference."""
    line = _LINE_ALONE.fullmatch(word)
    digits = (line["reference"] if line else word.removeprefix("#")).replace(" ", "")
    if not re.fullmatch(rf"[0-9]{{1,{_MOST_DIGITS}}}", digits):
        return Q(pk__in=())
    # By kind and number, so that the index of the numbers answers. A reference is its invoice's number and a digit.
    numbered = Q(kind__in=DocumentKind.values, number=int(digits))
    if 1 < len(digits) <= _REFERENCE_DIGITS:
        reference = digits.zfill(_REFERENCE_DIGITS)
        numbered |= Q(kind=DocumentKind.INVOICE, number=int(digits[:-1]), payment_reference=reference)
    return Q(pk=int(digits)) | Q(pk__in=Document.objects.filter(numbered).order_by().values("order"))


def _is_amount(word: str) -> Q:
    amount = amount_of(word)
    return Q(total__range=amount) | Q(net__range=amount) if amount else Q(pk__in=())
