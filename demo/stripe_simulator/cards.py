"""What one can pay with: Stripe's test cards (https://docs.stripe.com/testing) and MobilePay.

A card's number and its check digits are looked at and forgotten: brand, expiry and the last four digits are kept.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from demo.stripe_simulator import Json

_AMEX_CVC_DIGITS = 4
_CVC_DIGITS = 3
_LUHN_LARGEST_DIGIT = 9
_CENTURY = 2000
# Names of a brand: in objects, in `brands_blocked`, and for people.
_BRANDS = {
    r"4[0-9]{15}": ("visa", "visa", "Visa"),
    r"(5[1-5]|2[2-7])[0-9]{14}": ("mastercard", "mastercard", "Mastercard"),
    r"3[47][0-9]{13}": ("amex", "american_express", "American Express"),
    r"6(011|5[0-9]{2})[0-9]{12}": ("discover", "discover_global_network", "Discover"),
}


class Refused(Exception):
    """The page takes this card's data for no try at all; the text is Danish, for the person who typed it."""


@dataclass(frozen=True)
class Decline:
    """Why a payment does not go through, in Stripe's words and in Danish."""

    code: str
    decline_code: str
    message: str
    danish: str


_GENERIC = Decline("card_declined", "generic_decline", "Your card was declined.", "Kortet blev afvist af banken.")
_NO_FUNDS = Decline(
    "card_declined",
    "insufficient_funds",
    "Your card has insufficient funds.",
    "Kortet blev afvist: der er ikke penge nok på kontoen.",
)
_EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.", "Kortet blev afvist: det er udløbet.")
_WRONG_CVC = Decline(
    "incorrect_cvc",
    "incorrect_cvc",
    "Your card's security code is incorrect.",
    "Kortet blev afvist: kontrolcifrene er forkerte.",
)
_NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
    "Kortet blev afvist: simulatoren tager kun testkort.",
)
AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "authentication_required",
    "The provided PaymentMethod has failed authentication.",
    "Betalingen blev ikke godkendt hos banken. Prøv igen, eller brug et andet kort.",
)
MOBILEPAY_REJECTED = Decline(
    "payment_method_customer_decline",
    "payment_method_customer_decline",
    "The customer declined the payment.",
    "Betalingen blev afvist i MobilePay.",
)


@dataclass(frozen=True)
class SampleCard:
    """A card of the list on the page."""

    number: str
    danish: str
    decline: Decline | None = None
    asks_3d_secure: bool = False


SAMPLE_CARDS = (
    SampleCard("4242 4242 4242 4242", "Visa (også Visa/Dankort): betalingen går igennem"),
    SampleCard("5555 5555 5555 4444", "Mastercard: betalingen går igennem"),
    SampleCard("3782 822463 10005", "American Express: betalingen går igennem, fire kontrolcifre"),
    SampleCard("4000 0027 6000 3184", "spørger om godkendelse (3-D Secure)", asks_3d_secure=True),
    SampleCard("4000 0084 0000 1629", "afvises efter godkendelsen", _GENERIC, asks_3d_secure=True),
    SampleCard("4000 0000 0000 0002", "afvises", _GENERIC),
    SampleCard("4000 0000 0000 9995", "afvises: ikke penge nok", _NO_FUNDS),
    SampleCard("4000 0000 0000 0069", "afvises: kortet er udløbet", _EXPIRED),
    SampleCard("4000 0000 0000 0127", "afvises: forkerte kontrolcifre", _WRONG_CVC),
    SampleCard("4000 0000 0000 0259", "betalingen går igennem (hos Stripe gøres der senere indsigelse)"),
)
_BY_NUMBER = {card.number.replace(" ", ""): card for card in SAMPLE_CARDS}


@dataclass(frozen=True)
class Method:
    """A card or MobilePay, with what will happen; holds nothing that must not be kept."""

    type: Literal["card", "mobilepay"]
    brand: str = ""
    last4: str = ""
    exp_month: int = 0
    exp_year: int = 0
    decline: Decline | None = None
    asks_3d_secure: bool = False
    authenticated: bool = False

    def answered(self, *, approved: bool) -> "Method":
        """Return the method after 3-D Secure or MobilePay was answered."""
        if approved:
            return replace(self, authenticated=self.asks_3d_secure)
        refusal = MOBILEPAY_REJECTED if self.type == "mobilepay" else AUTHENTICATION_FAILED
        return replace(self, decline=refusal)

    def as_payment_method(self) -> Json:
        """Return the part of a payment method that is about this."""
        if self.type == "mobilepay":
            return {}
        return {
            "brand": self.brand,
            "checks": self._checks(),
            "country": "US",
            "display_brand": self.brand,
            "exp_month": self.exp_month,
            "exp_year": self.exp_year,
            "funding": "credit",
            "generated_from": None,
            "last4": self.last4,
            "networks": {"available": [self.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        }

    def as_charged(self, amount: int) -> Json:
        """Return the part of a charge that is about this; `amount` is in øre."""
        if self.type == "mobilepay":
            card = {"brand": "visa", "country": "DK", "exp_month": 12, "exp_year": 2034, "last4": "1111"}
            return {"card": card}
        empty = dict.fromkeys(_EMPTY_IN_CHARGE)
        return empty | {
            "amount_authorized": None if self.decline else amount,
            "brand": self.brand,
            "checks": self._checks(),
            "country": "US",
            "exp_month": self.exp_month,
            "exp_year": self.exp_year,
            "funding": "credit",
            "last4": self.last4,
            "network": self.brand,
            "regulated_status": "unregulated",
            "three_d_secure": _AUTHENTICATED if self.authenticated else None,
        }

    def _checks(self) -> Json:
        wrong = self.decline is not None and self.decline.code == "incorrect_cvc"
        cvc = "fail" if wrong else "pass"
        return {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": cvc}


_EMPTY_IN_CHARGE = (
    *("authorization_code", "electronic_commerce_indicator", "installments", "mandate", "network_transaction_id"),
    *("transaction_link_id", "wallet"),
)
_AUTHENTICATED: Json = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": None,
    "version": "2.2.0",
}
MOBILEPAY = Method("mobilepay")


def read_card(*, number: str, expiry: str, cvc: str, blocked: list[str], today: tuple[int, int]) -> Method:
    """Return the card that was typed, or raise Refused; `today`: (year, month), `blocked`: Stripe's names of brands."""
    digits = re.sub(r"[\s-]", "", number)
    brand = next((names for form, names in _BRANDS.items() if re.fullmatch(form, digits, re.ASCII)), None)
    if brand is None or not _passes_luhn(digits):
        raise Refused("Kortnummeret er ikke gyldigt.")
    if brand[1] in blocked:
        raise Refused(f"Butikken tager ikke imod {brand[2]} her. Brug et andet kort.")
    month, year = _read_expiry(expiry, today)
    if not re.fullmatch(rf"[0-9]{{{_AMEX_CVC_DIGITS if brand[0] == 'amex' else _CVC_DIGITS}}}", cvc.strip()):
        raise Refused("Kontrolcifrene er ikke gyldige: tre cifre, på American Express fire.")
    known = _BY_NUMBER.get(digits, SampleCard(digits, "", _NOT_A_TEST_CARD))
    return Method("card", brand[0], digits[-4:], month, year, known.decline, known.asks_3d_secure)


def _read_expiry(expiry: str, today: tuple[int, int]) -> tuple[int, int]:
    """Return (month, year)."""
    found = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/?\s*(?:20)?([0-9]{2})\s*", expiry, re.ASCII)
    if not found:
        raise Refused("Udløbsdatoen er ikke gyldig: skriv den som MM/ÅÅ.")
    month, year = int(found[1]), _CENTURY + int(found[2])
    if (year, month) < today:
        raise Refused("Kortet er udløbet.")
    return month, year


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - _LUHN_LARGEST_DIGIT if doubled > _LUHN_LARGEST_DIGIT else doubled
    return total % 10 == 0
