"""How numbers are written in Danish: `1.234,50 kr.`, `1.234`."""

from decimal import Decimal

_MOST_DECIMALS = 4
_NO_BREAK_SPACE = "\u00a0"
_TO_DANISH = str.maketrans(",.", ".,")


def whole(number: int) -> str:
    """Write a whole number with thousands points: 12345 → `12.345`."""
    return f"{number:,}".translate(_TO_DANISH)


def signed(number: int) -> str:
    """Write a change as a whole number with its sign: 1500 → `+1.500`."""
    return f"{number:+,}".translate(_TO_DANISH) if number else "0"


def kroner(amount: Decimal) -> str:
    """Write an amount in kroner with two decimals: `1.234,50 kr.` (with a no-break space)."""
    return f"{amount:,.2f}".translate(_TO_DANISH) + f"{_NO_BREAK_SPACE}kr."


def plain(amount: Decimal) -> str:
    """Write an amount as it is typed at a Danish bank, without points and unit: `1234,50`."""
    return f"{amount:.2f}".translate(_TO_DANISH)


def unit_price(amount: Decimal) -> str:
    """Write a unit price in kroner with two to four decimals, as many as it needs: `2,25 kr.`, `0,875 kr.`."""
    decimals = next(places for places in (2, 3, 4) if places == _MOST_DECIMALS or amount == round(amount, places))
    return f"{amount:,.{decimals}f}".translate(_TO_DANISH) + f"{_NO_BREAK_SPACE}kr."


def percent(rate: Decimal) -> str:
    """Write a rate in per cent without needless decimals: 25.00 → `25 %`."""
    return f"{rate.normalize():f}".translate(_TO_DANISH) + f"{_NO_BREAK_SPACE}%"


def megabytes(size: int) -> str:
    """Write a size in bytes in megabytes with one decimal, never less than it is: `0,4 MB`."""
    tenths = -(-size * 10 // 1_000_000)
    return f"{tenths // 10:,}".translate(_TO_DANISH) + f",{tenths % 10}{_NO_BREAK_SPACE}MB"
