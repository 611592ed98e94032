"""What may stand in the seller's bank details."""

import re

from django.core.exceptions import ValidationError


def registration_number(text: str) -> None:
    """Refuse what is not a Danish bank registration number: four digits."""
    _digits(text, 4, 4, "Registreringsnummeret er 4 cifre.")


def account_number(text: str) -> None:
    """Refuse what is not a Danish bank account number: up to ten digits."""
    _digits(text, 1, 10, "Kontonummeret er højst 10 cifre.")


def creditor_number(text: str) -> None:
    """Refuse what is not a FIK creditor number: eight digits, the first an 8."""
    _digits(text, 8, 8, "Kreditornummeret er 8 cifre og begynder med 8.")
    if not text.startswith("8"):
        raise ValidationError("Kreditornummeret er 8 cifre og begynder med 8.", code="creditor_number")


def _digits(text: str, least: int, most: int, sentence: str) -> None:
    if not re.fullmatch(rf"[0-9]{{{least},{most}}}", text, re.ASCII):
        raise ValidationError(sentence, code="digits")
