"""Paying by card in a real browser without JavaScript: what is typed on Stripe's page, and what the shop then shows."""

import io

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.card_buyer import CLIPS, RECEIPTS_GO_TO, CardBuyer
from tests.browser.demo_server import DemoServer, pdf_of, text_of
from tests.simulator import AMEX, DECLINED, MASTERCARD, THREE_D_SECURE, VISA, Simulator

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_a_card_payment_ends_with_receipt_mail_and_clips(demo: DemoServer, buyer: CardBuyer) -> None:
    before = buyer.balance()
    number = buyer.order_and_go_to_stripe("Visa/Dankort")
    buyer.type_card(VISA)
    buyer.has_receipt(number)
    expect(buyer.page.get_by_role("main")).to_contain_text(RECEIPTS_GO_TO)

    mail = demo.mail(to=RECEIPTS_GO_TO, subject=f"Kvittering for bestilling {number} ")
    assert f"Fakturaklip: {CLIPS} klip sat ind" in text_of(mail)
    printed = " ".join(PdfReader(io.BytesIO(pdf_of(mail))).pages[0].extract_text().split())
    for fact in (number, "281,25", "56,25", "Fakturaklip", "Betalt med betalingskort"):
        assert fact in printed
    assert buyer.balance() == before + CLIPS


def test_a_declined_card_says_why_and_another_card_type_pays(buyer: CardBuyer, stripe: Simulator) -> None:
    number = buyer.order_and_go_to_stripe("Visa/Dankort")
    declined = buyer.session
    buyer.type_card(DECLINED)
    buyer.is_refused_at_stripe("Kortet blev afvist")

    buyer.page.get_by_role("link", name="Tilbage til butikken").click()
    assert buyer.go_to_stripe("Mastercard") != declined
    buyer.type_card(MASTERCARD)

    buyer.has_receipt(number)
    states = {one["id"]: one["status"] for one in stripe.sessions()}
    assert states[declined] == "expired"


@pytest.mark.parametrize("answer", ["Godkend", "Afvis"])
def test_the_bank_is_asked_for_approval(buyer: CardBuyer, answer: str) -> None:
    number = buyer.order_and_go_to_stripe("Visa/Dankort")
    buyer.type_card(THREE_D_SECURE)
    expect(buyer.page.get_by_role("heading", level=1)).to_have_text("Godkend betalingen")
    buyer.page.get_by_role("button", name=answer).click()

    if answer == "Godkend":
        buyer.has_receipt(number)
    else:
        buyer.is_refused_at_stripe("Betalingen blev ikke godkendt hos banken")


@pytest.mark.parametrize(
    ("chosen", "typed", "brand"),
    [("Visa/Dankort", AMEX, "American Express"), ("Mastercard", VISA, "Visa"), ("American Express", VISA, "Visa")],
)
def test_a_card_of_another_type_than_the_chosen_one_is_refused(
    buyer: CardBuyer, chosen: str, typed: str, brand: str
) -> None:
    buyer.order_and_go_to_stripe(chosen)
    buyer.type_card(typed)
    buyer.is_refused_at_stripe(f"Butikken tager ikke imod {brand} her")


def test_american_express_pays_when_it_is_chosen(buyer: CardBuyer) -> None:
    number = buyer.order_and_go_to_stripe("American Express")
    buyer.type_card(AMEX)
    buyer.has_receipt(number)


def test_mobilepay_pays_when_it_is_approved(buyer: CardBuyer) -> None:
    number = buyer.order_and_go_to_stripe("MobilePay")
    expect(buyer.page.get_by_label("Kortnummer")).to_have_count(0)
    buyer.page.get_by_role("button", name="Afvis i MobilePay").click()
    buyer.is_refused_at_stripe("Betalingen blev afvist i MobilePay")

    buyer.page.get_by_role("button", name="Godkend i MobilePay").click()

    buyer.has_receipt(number)


def test_nothing_goes_on_without_a_card_type(buyer: CardBuyer) -> None:
    buyer.order()
    buyer.page.get_by_role("button", name="Gå til betaling").click()
    expect(buyer.page.get_by_role("alert")).to_contain_text("Vælg, hvad du vil betale med")


def test_the_way_back_says_that_nothing_was_taken_and_keeps_the_cart(buyer: CardBuyer) -> None:
    number = buyer.order_and_go_to_stripe("Visa/Dankort")
    opened = buyer.session
    buyer.page.get_by_role("link", name="Tilbage til butikken").click()

    expect(buyer.page.get_by_role("main")).to_contain_text("Vi har ikke modtaget nogen betaling")
    buyer.has_the_clips_in_the_cart()
    assert buyer.go_to_stripe("Visa/Dankort") == opened
    buyer.type_card(VISA)
    buyer.has_receipt(number)


def test_an_invoice_for_transfer_can_be_paid_by_card(demo: DemoServer, buyer: CardBuyer) -> None:
    before = buyer.balance()
    number = buyer.order(payment="Betal via kontooverførsel")
    buyer.page.get_by_role("link", name="Betal med betalingskort").click()
    buyer.go_to_stripe("Visa/Dankort")
    buyer.type_card(VISA)

    buyer.has_receipt(number)
    expect(buyer.page.get_by_role("main")).not_to_contain_text("FIK:")
    assert pdf_of(demo.mail(to=RECEIPTS_GO_TO, subject=f"Kvittering for bestilling {number} "))
    assert buyer.balance() == before + CLIPS
