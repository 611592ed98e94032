"""What may stand in a company's and a person's data. Messages are Danish sentences for the person who typed it."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import ean
from stdnum.dk import cvr
from stdnum.exceptions import ValidationError as NumberError

_GREENLAND = "39"
_GLN_DIGITS = 13
_FAROESE_DIGITS = 3
_DANISH_DIGITS = 4


def single_line(text: str) -> None:
    """Refuse line breaks and other control characters: a name or address ends up in mail headers and in documents."""
    if any(unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"} for character in text):
        raise ValidationError(
            _("Linjeskift og andre styretegn kan ikke bruges her."),
            code="control_character",
        )


def danish_cvr(text: str) -> None:
    """Refuse what is not a CVR number: eight digits with a valid modulus-11 check."""
    try:
        valid = cvr.validate(text) == text
    except NumberError:
        valid = False
    if not valid:
        raise ValidationError(
            _("CVR-nummeret er ikke gyldigt. Det er 8 cifre, f.eks. 13585628."),
            code="cvr",
        )


def global_location_number(text: str) -> None:
    """Refuse what is not a GLN (Danish: EAN-nummer): 13 digits, the last a check digit."""
    if not (len(text) == _GLN_DIGITS and text.isascii() and text.isdigit()):
        raise ValidationError(_("EAN-nummeret er ikke gyldigt. Det er 13 cifre uden mellemrum."), code="gln")
    if not ean.is_valid(text):
        raise ValidationError(
            _("EAN-nummeret er ikke gyldigt. Se efter en tastefejl: et af cifrene passer ikke."), code="gln"
        )


def danish_postal_code(text: str) -> None:
    """Refuse what is not a postal code in Denmark proper.

    Greenland (39xx) and the Faroe Islands (three digits) lie outside the Danish VAT area (momsloven § 2), and the
    shop sells with Danish VAT only.
    """
    digits = len(text) if text.isascii() and text.isdigit() else 0
    if digits == _FAROESE_DIGITS or (digits == _DANISH_DIGITS and text.startswith(_GREENLAND)):
        raise ValidationError(
            _(
                "Grønland og Færøerne ligger uden for det danske momsområde. "
                "Vi kan kun sælge til adresser i Danmark, hvor postnumre har 4 cifre."
            ),
            code="outside_vat_area",
        )
    if digits != _DANISH_DIGITS:
        raise ValidationError(_("Postnummeret skal være 4 cifre."), code="postal_code")
