"""What a person may type as a quantity (fault 41)."""

import pytest

from catalog.models import Product
from catalog.quantities import BadQuantity, check_quantity, parse_quantity

_NOT_A_WHOLE_NUMBER = "Skriv antallet som et helt tal med cifre, f.eks. 250 eller 1.000."
_TOO_FEW = "Du skal købe mindst 100 stk."
_TOO_MANY = "Du kan højst købe 1.000.000 stk. ad gangen. Kontakt kundecenteret for mere."

_MEANINGS = [
    ("100", 100),
    ("250", 250),
    (" 1.000 ", 1000),
    ("\u00a01.000\u00a0", 1000),  # pasted from a web page
    ("1.000", 1000),
    ("0100", 100),
    ("1.000.000", 1_000_000),
]
_REFUSALS = [
    ("-1", _NOT_A_WHOLE_NUMBER),
    ("+100", _NOT_A_WHOLE_NUMBER),
    ("0", _TOO_FEW),
    ("99", _TOO_FEW),
    ("100.5", _NOT_A_WHOLE_NUMBER),
    ("1e9", _NOT_A_WHOLE_NUMBER),
    ("0x64", _NOT_A_WHOLE_NUMBER),
    ("\uff11\uff10\uff10", _NOT_A_WHOLE_NUMBER),  # full-width digits
    ("\u0663\u0660\u0660", _NOT_A_WHOLE_NUMBER),  # Arabic digits
    ("1,000", _NOT_A_WHOLE_NUMBER),  # the comma is the decimal comma: one, or a thousand? the member decides
    ("1 000", _NOT_A_WHOLE_NUMBER),
    ("1_000", _NOT_A_WHOLE_NUMBER),
    ("1.00", _NOT_A_WHOLE_NUMBER),
    ("10.00", _NOT_A_WHOLE_NUMBER),
    ("1000.000", _NOT_A_WHOLE_NUMBER),
    ("0.100", _NOT_A_WHOLE_NUMBER),  # an English decimal number, not a hundred
    (".100", _NOT_A_WHOLE_NUMBER),
    ("100.", _NOT_A_WHOLE_NUMBER),
    ("100 stk.", _NOT_A_WHOLE_NUMBER),
    ("1\n00", _NOT_A_WHOLE_NUMBER),
    ("NaN", _NOT_A_WHOLE_NUMBER),
    ("", "Skriv et antal."),
    ("   ", "Skriv et antal."),
    ("1000001", _TOO_MANY),
    ("1.000.001", _TOO_MANY),
    ("999999999999", _TOO_MANY),
    ("9999999999999", _TOO_MANY),
    ("9" * 40, _TOO_MANY),
    ("9" * 5000, _NOT_A_WHOLE_NUMBER),  # int() itself refuses more than 4,300 digits
]


def _buy(typed: str) -> int:
    quantity = parse_quantity(typed)
    check_quantity(Product(minimum_quantity=100, maximum_quantity=1_000_000, unit="stk."), quantity)
    return quantity


@pytest.mark.fault(41)
@pytest.mark.parametrize(("typed", "quantity"), _MEANINGS, ids=[ascii(typed) for typed, _ in _MEANINGS])
def test_quantity_has_one_meaning(typed: str, quantity: int) -> None:
    assert _buy(typed) == quantity


@pytest.mark.fault(41)
@pytest.mark.parametrize(("typed", "sentence"), _REFUSALS, ids=[ascii(typed)[:20] for typed, _ in _REFUSALS])
def test_quantity_is_refused_with_a_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(BadQuantity) as refusal:
        _buy(typed)
    assert str(refusal.value) == sentence


def test_check_quantity_lets_a_product_without_a_minimum_be_bought_singly() -> None:
    hours = Product(unit="time")
    check_quantity(hours, 1)
    with pytest.raises(BadQuantity, match=r"^Du skal købe mindst 1 time$"):
        check_quantity(hours, 0)
