"""How numbers are written in Danish."""

from decimal import Decimal

import pytest

from catalog.amounts import kroner, megabytes, percent, plain, signed, unit_price, whole


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1000, "1.000"), (1_234_567, "1.234.567"), (-2500, "-2.500")],
)
def test_whole_puts_points_between_thousands(number: int, text: str) -> None:
    assert whole(number) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0,00\u00a0kr."),
        ("0.5", "0,50\u00a0kr."),
        ("1234.5", "1.234,50\u00a0kr."),
        ("1234567.89", "1.234.567,89\u00a0kr."),
        ("-12.30", "-12,30\u00a0kr."),
    ],
)
def test_kroner_has_two_decimals_and_does_not_break(amount: str, text: str) -> None:
    assert kroner(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("2.5000", "2,50\u00a0kr."),
        ("850", "850,00\u00a0kr."),
        ("0.8750", "0,875\u00a0kr."),
        ("0.0001", "0,0001\u00a0kr."),
        ("1234.5600", "1.234,56\u00a0kr."),
    ],
)
def test_unit_price_shows_every_decimal_that_counts(amount: str, text: str) -> None:
    assert unit_price(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"), [("0", "0,00"), ("0.5", "0,50"), ("1234.50", "1234,50"), ("1234567.89", "1234567,89")]
)
def test_plain_is_what_a_bank_takes(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [("25.00", "25\u00a0%"), ("12.50", "12,5\u00a0%"), ("0.00", "0\u00a0%"), ("100.00", "100\u00a0%")],
)
def test_percent_drops_needless_decimals(rate: str, text: str) -> None:
    assert percent(Decimal(rate)) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0,0\u00a0MB"),
        (1, "0,1\u00a0MB"),
        (400_000, "0,4\u00a0MB"),
        (400_001, "0,5\u00a0MB"),
        (1_234_567_890, "1.234,6\u00a0MB"),
    ],
)
def test_megabytes_has_one_decimal_and_is_never_too_small(size: int, text: str) -> None:
    assert megabytes(size) == text


def test_signed_writes_the_sign_of_a_change() -> None:
    assert [signed(number) for number in (1500, 1, 0, -1, -1500)] == ["+1.500", "+1", "0", "-1", "-1.500"]
