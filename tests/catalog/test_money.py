"""Arithmetic with kroner and VAT, to the øre."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.money import Totals, VatLine, line_net, round_ore, totals_of


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.004", "0.00"),
        ("0.005", "0.01"),
        ("0.125", "0.13"),  # to the even øre it would be 0.12
        ("2.665", "2.67"),
        ("1.0049999", "1.00"),
        ("7", "7.00"),
        ("-0.005", "-0.01"),
        ("-0.125", "-0.13"),
    ],
)
def test_round_ore_takes_half_an_ore_away_from_zero(amount: str, rounded: str) -> None:
    assert str(round_ore(Decimal(amount))) == rounded


@pytest.mark.parametrize(
    ("quantity", "unit_price", "net"),
    [
        (100, "2.5000", "250.00"),
        (333, "0.8750", "291.38"),  # 291.375
        (101, "0.0050", "0.51"),  # 0.505
        (1, "0.0049", "0.00"),
        (1_000_000, "1.2345", "1234500.00"),
    ],
)
def test_line_net_is_rounded_once_on_the_whole_line(quantity: int, unit_price: str, net: str) -> None:
    assert str(line_net(quantity, Decimal(unit_price))) == net


def test_totals_of_a_worked_example() -> None:
    """1,000 clips for 2.25 kr. and two hours for 850 kr.: 3,950 kr., VAT 987.50 kr., together 4,937.50 kr."""
    lines = [(line_net(1000, Decimal("2.25")), Decimal(25)), (line_net(2, Decimal(850)), Decimal(25))]
    assert totals_of(lines) == Totals(
        net=Decimal("3950.00"),
        vat=Decimal("987.50"),
        total=Decimal("4937.50"),
        vat_lines=(VatLine(Decimal(25), Decimal("3950.00"), Decimal("987.50")),),
    )


def test_totals_of_computes_vat_on_the_sum_not_on_each_line() -> None:
    """BR-CO-17: three lines of 10 øre carry 7.5 øre of VAT, rounded to 8; line by line it would be three times 3."""
    totals = totals_of([(Decimal("0.10"), Decimal(25))] * 3)
    assert (totals.net, totals.vat, totals.total) == (Decimal("0.30"), Decimal("0.08"), Decimal("0.38"))


def test_totals_of_rounds_half_an_ore_of_vat_up() -> None:
    """25 % of 50 øre is 12.5 øre: 13, where rounding to the even øre would say 12."""
    assert totals_of([(Decimal("0.20"), Decimal(25)), (Decimal("0.30"), Decimal(25))]).vat == Decimal("0.13")


def test_totals_of_keeps_each_rate_by_itself() -> None:
    totals = totals_of(
        [
            (Decimal("10.02"), Decimal("25.00")),
            (Decimal("99.99"), Decimal("0.00")),
            (Decimal("0.30"), Decimal("12.50")),
            (Decimal("10.00"), Decimal(25)),
            (Decimal("0.10"), Decimal("12.50")),
        ]
    )
    assert totals.vat_lines == (
        VatLine(Decimal(0), Decimal("99.99"), Decimal("0.00")),
        VatLine(Decimal("12.5"), Decimal("0.40"), Decimal("0.05")),
        VatLine(Decimal(25), Decimal("20.02"), Decimal("5.01")),  # 5.005
    )
    assert (totals.net, totals.vat, totals.total) == (Decimal("120.41"), Decimal("5.06"), Decimal("125.47"))


def test_totals_of_nothing_is_nothing() -> None:
    totals = totals_of([])
    assert (totals.vat_lines, str(totals.net), str(totals.vat), str(totals.total)) == ((), "0.00", "0.00", "0.00")


_ORE = st.integers(0, 10**9).map(lambda ore: Decimal(ore) / 100)
_RATE = st.sampled_from([Decimal(0), Decimal("12.50"), Decimal(25)])


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.tuples(_ORE, _RATE), max_size=8))
def test_totals_of_always_add_up(lines: list[tuple[Decimal, Decimal]]) -> None:
    totals = totals_of(lines)
    assert totals.net == sum(net for net, _ in lines)
    assert totals.total == totals.net + totals.vat
    for line in totals.vat_lines:
        assert abs(line.vat - line.base * line.rate / 100) <= Decimal("0.005")
        assert line.vat == line.vat.quantize(Decimal("0.01"))
