"""The guide's third chapter: the checkout."""

import pytest

from accounts.models import ClipAccount
from billing.models import Order
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def test_you_choose_card_or_bank_transfer_where_the_amount_must_arrive_before_the_clips_are_given(
    at_checkout: Visitor,
) -> None:
    """Du skal nu vælge, om du ønsker at betale med betalingskort eller du ønsker at betale via kontooverførsel, hvor
    fakturabeløbet skal overføres til TrueLinks bankkonto, før købet tildeles.
    """
    for way in ("Betal med betalingskort", "Betal via kontooverførsel"):
        assert "checked" not in at_checkout.field(way).attrib
    at_checkout.choose("Jeg accepterer TrueLinks salgsbetingelser").press("Afsend bestilling")
    assert [sentence for sentence, _ in at_checkout.errors] == ["Vælg, hvordan du vil betale."]
    assert not Order.objects.exists()
    at_checkout.choose("Betal via kontooverførsel").press("Afsend bestilling")
    assert Order.objects.get().payment_method == "bank_transfer"
    assert "0040" in at_checkout.text
    assert "0440116243" in at_checkout.text
    assert "Der er ikke sat klip ind på din konto endnu." in at_checkout.text
    assert "Det sker, når vi har registreret din indbetaling." in at_checkout.text
    assert not ClipAccount.objects.exists()


@pytest.mark.parametrize("way", ["Betal med betalingskort", "Betal via kontooverførsel"])
def test_you_must_also_accept_the_terms_of_sale(at_checkout: Visitor, way: str) -> None:
    """Du skal ligeledes acceptere TrueLinks salgsbetingelser."""
    at_checkout.choose(way).press("Afsend bestilling")
    assert [sentence for sentence, _ in at_checkout.errors] == [
        "Du skal acceptere salgsbetingelserne for at afsende bestillingen."
    ]
    assert not Order.objects.exists()
    at_checkout.choose("Jeg accepterer TrueLinks salgsbetingelser").press("Afsend bestilling")
    order = Order.objects.get()
    assert (order.terms.text.startswith("# Salg"), order.placed_by.username) == (True, "karen")


def test_you_abandon_the_order_and_come_back_to_the_list_with_the_goods_still_in_the_cart(
    at_checkout: Visitor,
) -> None:
    """Vælger du i stedet "Afbryd bestilling", returnerer du til ydelsesoversigten, varerne er dog fortsat i
    indkøbskurven.
    """
    at_checkout.click("Afbryd bestilling")
    assert at_checkout.heading == "Køb TrueLink klip og support"
    assert "1.000 stk. Fakturaklip 2.250,00\u00a0kr." in at_checkout.cart
    assert not Order.objects.exists()


def test_you_abandon_the_choice_of_card_too_with_the_goods_still_in_the_cart(at_checkout: Visitor) -> None:
    """Vælger du i stedet "Afbryd bestilling", returnerer du til ydelsesoversigten, varerne er dog fortsat i
    indkøbskurven.
    """
    at_checkout.choose("Betal med betalingskort").choose("Jeg accepterer TrueLinks salgsbetingelser")
    at_checkout.press("Afsend bestilling").click("Afbryd bestilling")
    assert at_checkout.heading == "Køb TrueLink klip og support"
    assert "1.000 stk. Fakturaklip 2.250,00\u00a0kr." in at_checkout.cart
    assert Order.objects.get().state == "awaiting_payment"
    assert not ClipAccount.objects.exists()
