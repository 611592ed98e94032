"""Card payments that take a turn: tabs, the back button, lost news, and Stripe that does not answer."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.card_buyer import CLIPS, RECEIPTS_GO_TO, CardBuyer
from tests.browser.demo_server import DemoServer, wait_for
from tests.simulator import VISA, Simulator

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_two_tabs_lead_to_one_payment_page_and_pay_once(buyer: CardBuyer) -> None:
    before = buyer.balance()
    number = buyer.order()
    other = CardBuyer(buyer.page.context.new_page(), buyer.demo)
    other.page.goto(buyer.page.url)
    session = buyer.go_to_stripe("Visa/Dankort")
    assert other.go_to_stripe("Visa/Dankort") == session

    buyer.type_card(VISA)
    buyer.has_receipt(number)
    other.type_card(VISA)
    expect(other.page.get_by_role("heading", level=1)).to_have_text("Betalingen er gennemført")
    other.page.get_by_role("link", name="Tilbage til butikken").click()

    other.has_receipt(number)
    assert buyer.balance() == before + CLIPS


def test_the_back_button_leads_to_no_second_payment(buyer: CardBuyer) -> None:
    number = buyer.order_and_go_to_stripe("Visa/Dankort")
    session = buyer.session
    buyer.type_card(VISA)
    buyer.has_receipt(number)

    buyer.page.go_back()
    assert session in buyer.page.url
    expect(buyer.page.get_by_role("heading", level=1)).to_have_text("Betalingen er gennemført")
    buyer.page.go_back()
    buyer.has_receipt(number)


def test_a_browser_that_is_closed_after_paying_loses_nothing(
    demo: DemoServer, browser: Browser, browser_context_args: dict[str, Any], buyer: CardBuyer, stripe: Simulator
) -> None:
    before = buyer.balance()
    context = browser.new_context(**browser_context_args)
    gone = CardBuyer(context.new_page(), demo)
    gone.log_on()
    number = gone.order_and_go_to_stripe("Visa/Dankort")
    session = gone.session
    context.close()

    stripe.pay(session)

    demo.mail(to=RECEIPTS_GO_TO, subject=f"Kvittering for bestilling {number} ")
    assert buyer.balance() == before + CLIPS


def test_the_return_alone_is_enough_and_the_late_webhook_adds_nothing(buyer: CardBuyer, stripe: Simulator) -> None:
    before = buyer.balance()
    stripe.hold()
    number = buyer.order_and_go_to_stripe("Visa/Dankort")
    buyer.type_card(VISA)
    buyer.has_receipt(number)

    stripe.release()

    wait_for(lambda: not stripe.deliveries(), what="The end of the webhooks that waited")
    assert buyer.balance() == before + CLIPS


def test_the_sweep_finds_a_payment_that_nobody_told_of(demo: DemoServer, buyer: CardBuyer, stripe: Simulator) -> None:
    before = buyer.balance()
    stripe.hold()
    number = buyer.order_and_go_to_stripe("Visa/Dankort")
    session = buyer.session
    buyer.page.goto("about:blank")

    stripe.pay(session)

    mail = f"Kvittering for bestilling {number} "
    wait_for(lambda: [one for one in demo.mails() if one["Subject"].startswith(mail)], what="The receipt", seconds=90)
    assert stripe.deliveries()
    assert buyer.balance() == before + CLIPS
    expect(buyer.page.get_by_role("complementary")).to_contain_text("Din indkøbskurv er tom")


def test_the_member_is_told_that_stripe_does_not_answer_and_pays_later(buyer: CardBuyer, stripe: Simulator) -> None:
    number = buyer.order()
    stripe.fail_next("500", times=2, method="POST", path="/v1/checkout/sessions")
    buyer.page.get_by_label("Visa/Dankort").check()
    buyer.page.get_by_role("button", name="Gå til betaling").click()

    expect(buyer.page.get_by_role("alert")).to_contain_text("Vi kan ikke få forbindelse til betalingen lige nu")
    expect(buyer.page.get_by_role("alert")).to_contain_text("Vi har ikke modtaget nogen betaling")
    buyer.has_the_clips_in_the_cart()

    buyer.go_to_stripe("Visa/Dankort")
    buyer.type_card(VISA)
    buyer.has_receipt(number)
