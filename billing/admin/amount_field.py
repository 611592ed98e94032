"""A field for an amount as people write it."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

_DANISH = re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}))?")
_POINT = re.compile(r"(\d+)\.(\d{1,2})")
_MOST_KRONER_DIGITS = 10
_MESSAGE = "Skriv et beløb i kroner, f.eks. 1.234,50."


class AmountField(forms.CharField):
    """Kroner with up to two decimals: `1.234,50`, `1234,5`, `1234.50` or `1234`, with or without `kr.`.

    A point before three digits parts thousands (`1.234` is 1234 kroner); a comma before three digits is refused, since
    it could mean either.
    """

    def to_python(self, value: Any) -> Any:
        """Return the amount as Decimal kroner; None for an empty text. Raises ValidationError."""
        text = super().to_python(value) or ""
        if not text.strip():
            return None
        amount = amount_in(text)
        if amount is None:
            raise ValidationError(_MESSAGE, code="amount")
        return amount


def amount_in(text: str) -> Decimal | None:
    """Return the amount that somebody wrote, in kroner; None when it is no amount, or no money."""
    text = re.sub(r"\s", "", text).lower().removeprefix("kr.").removeprefix("kr").removesuffix("kr.").removesuffix("kr")
    found = _DANISH.fullmatch(text) or _POINT.fullmatch(text)
    if found is None or not text.isascii():
        return None
    kroner = found[1].replace(".", "")
    if len(kroner) > _MOST_KRONER_DIGITS:
        return None
    return Decimal(f"{kroner}.{found[2] or '0'}").quantize(Decimal("0.01")) or None


def typed(amount: Decimal) -> str:
    """Write an amount as one types it in Danish: `1.234,50`."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
