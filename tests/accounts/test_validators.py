"""What may stand in a company's data."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from accounts.validators import danish_cvr, danish_postal_code, global_location_number, single_line
from tests.factories import CompanyFactory, UserFactory, valid_cvr


def _code(validate: Callable[[str], None], text: str) -> str | None:
    try:
        validate(text)
    except ValidationError as refusal:
        return refusal.code
    return None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("13585628", None),
        ("13585627", "cvr"),  # the check digit
        ("1358562", "cvr"),
        ("135856280", "cvr"),
        ("DK13585628", "cvr"),  # stored in one form only
        ("13 58 56 28", "cvr"),
        ("00000000", "cvr"),
        ("\uff11\uff13\uff15\uff18\uff15\uff16\uff12\uff18", "cvr"),
        ("", "cvr"),
    ],
)
def test_danish_cvr_is_eight_digits_with_their_check(text: str, code: str | None) -> None:
    assert _code(danish_cvr, text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5790000123452", None),
        ("5790000123453", "gln"),
        ("579000012345", "gln"),
        ("57900001234521", "gln"),
        ("5790 000 123452", "gln"),
        ("73513537", "gln"),  # a valid EAN-8 is no GLN
        ("579000012345x", "gln"),
    ],
)
def test_global_location_number_is_thirteen_digits_with_their_check(text: str, code: str | None) -> None:
    assert _code(global_location_number, text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5000", None),
        ("0800", None),  # Høje Taastrup, for big receivers of letters
        ("9990", None),
        ("3899", None),
        ("3900", "outside_vat_area"),  # Nuuk
        ("3999", "outside_vat_area"),
        ("100", "outside_vat_area"),  # Tórshavn
        ("970", "outside_vat_area"),
        ("4000", None),
        ("50000", "postal_code"),
        ("50", "postal_code"),
        ("DK-5000", "postal_code"),
        ("\uff15\uff10\uff10\uff10", "postal_code"),
        ("500O", "postal_code"),
        ("", "postal_code"),
    ],
)
def test_danish_postal_code_lies_in_denmark_proper(text: str, code: str | None) -> None:
    assert _code(danish_postal_code, text) == code


def test_refusal_of_greenland_and_the_faroe_islands_says_why() -> None:
    with pytest.raises(
        ValidationError,
        match=r"Grønland og Færøerne ligger uden for det danske momsområde\. Vi kan kun sælge til adresser i Danmark, ",
    ):
        danish_postal_code("3900")


@pytest.mark.fault(58)
@pytest.mark.parametrize(
    "character",
    ["\r", "\n", "\r\n", "\t", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\u200b", "\u202e", "\ufeff"],
    ids=ascii,
)
def test_single_line_refuses_what_could_start_a_line_or_turn_the_text(character: str) -> None:
    assert _code(single_line, f"Holm{character}Bcc: alle@firma.example") == "control_character"


@pytest.mark.parametrize("text", ["", "Ærøskøbing Smørrebrød A/S", "Müller & Søn, 1. sal t.v.", "O'Hara – Kbh. 🙂"])
def test_single_line_lets_names_be_names(text: str) -> None:
    assert _code(single_line, text) is None


@pytest.mark.fault(58)
@pytest.mark.parametrize("field", ["name", "address", "city", "purchase_order_number"])
def test_company_refuses_line_breaks_in(field: str) -> None:
    company = CompanyFactory.build(**{field: "Holm\r\nBcc: alle@firma.example"})
    with pytest.raises(ValidationError) as refusal:
        company.clean_fields()
    assert refusal.value.message_dict == {field: ["Linjeskift og andre styretegn kan ikke bruges her."]}


@pytest.mark.fault(58)
@pytest.mark.parametrize("field", ["administrative_email", "invoice_email"])
def test_company_refuses_line_breaks_in_an_address_of_mail(field: str) -> None:
    company = CompanyFactory.build(**{field: "kontor@firma.example\nBcc: alle@firma.example"})
    with pytest.raises(ValidationError) as refusal:
        company.clean_fields()
    assert list(refusal.value.message_dict) == [field]


def test_factories_make_valid_companies_and_people() -> None:
    """Other tests may rely on it."""
    company = CompanyFactory.build(ean="5790000123452")
    company.clean_fields()
    UserFactory.build(company=company).clean_fields(exclude=["company"])
    assert len({valid_cvr(n) for n in range(500)}) == 500
    for n in range(500):
        danish_cvr(valid_cvr(n))
