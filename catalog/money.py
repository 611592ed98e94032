"""Arithmetic with kroner and VAT. Amounts are `Decimal` kroner: an amount has two decimals, a unit price four."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models

ORE = Decimal("0.01")
ZERO = Decimal("0.00")


class MoneyField(models.DecimalField[Decimal, Decimal]):
    """An amount in kroner with two decimals (whole øre)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("validators", [MinValueValidator(ZERO)])
        options.setdefault("max_digits", 12)
        options.setdefault("decimal_places", 2)
        super().__init__(*args, **options)


class UnitPriceField(models.DecimalField[Decimal, Decimal]):
    """The price of one unit in kroner without VAT, with four decimals."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("validators", [MinValueValidator(ZERO)])
        options.setdefault("max_digits", 12)
        options.setdefault("decimal_places", 4)
        super().__init__(*args, **options)


def round_ore(amount: Decimal) -> Decimal:
    """Round `amount` (kroner) to whole øre, half an øre away from zero."""
    return amount.quantize(ORE, rounding=ROUND_HALF_UP)


def line_net(quantity: int, unit_price: Decimal) -> Decimal:
    """Return what a line of `quantity` units costs: kroner without VAT, rounded to øre once, here."""
    return round_ore(quantity * unit_price)


@dataclass(frozen=True)
class VatLine:
    """The VAT of one rate: `base` and `vat` in kroner, `rate` in per cent."""

    rate: Decimal
    base: Decimal
    vat: Decimal


@dataclass(frozen=True)
class Totals:
    """The sums of some lines in kroner: without VAT, the VAT, with VAT."""

    net: Decimal
    vat: Decimal
    total: Decimal
    vat_lines: tuple[VatLine, ...]


def totals_of(lines: Iterable[tuple[Decimal, Decimal]]) -> Totals:
    """Add up lines of (net in kroner, VAT rate in per cent).

    VAT is computed once for each rate on the sum of its lines, never line by line (EN 16931, rule BR-CO-17).
    """
    bases: dict[Decimal, Decimal] = {}
    for net, rate in lines:
        bases[rate] = bases.get(rate, ZERO) + net
    vat_lines = tuple(VatLine(rate, base, round_ore(base * rate / 100)) for rate, base in sorted(bases.items()))
    net_sum = sum((line.base for line in vat_lines), ZERO)
    vat_sum = sum((line.vat for line in vat_lines), ZERO)
    return Totals(net=net_sum, vat=vat_sum, total=net_sum + vat_sum, vat_lines=vat_lines)
