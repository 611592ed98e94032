"""What reconciliation says of orders that are not as their state says."""

from decimal import Decimal

import pytest
from django.utils import timezone

from billing.models import Document, DocumentKind, Order, OrderEvent, OrderEventKind, OrderState, Payment
from tests.reconciliation.shop import Shop, again, change, differing, drop_constraint, remove

pytestmark = pytest.mark.django_db

ORE = Decimal("0.01")


def amounts(order: Order, *, net: Decimal, vat: Decimal) -> None:
    """Write other amounts, with the total that the database wants."""
    change(order, net=net, vat=vat, total=net + vat)


def test_a_net_that_is_not_the_sum_of_the_lines(shop: Shop) -> None:
    amounts(shop.card_untried, net=Decimal("250.01"), vat=Decimal("62.50"))
    assert differing() == {
        "orders.amounts": [
            f"Bestilling {shop.card_untried.pk}: 250,01\u00a0kr. + 62,50\u00a0kr. = 312,51\u00a0kr., "
            "og linjerne giver 250,00\u00a0kr. + 62,50\u00a0kr. = 312,50\u00a0kr."
        ]
    }


@pytest.mark.parametrize("off", [-ORE, ORE])
def test_a_vat_that_is_one_ore_off(shop: Shop, off: Decimal) -> None:
    amounts(shop.card_untried, net=Decimal("250.00"), vat=Decimal("62.50") + off)
    assert set(differing()) == {"orders.amounts"}


@pytest.mark.parametrize(("net", "vat", "differences"), [("0.02", "0.01", 0), ("0.02", "0.00", 1), ("0.02", "0.02", 1)])
def test_half_an_ore_of_vat_is_rounded_up(shop: Shop, net: str, vat: str, differences: int) -> None:
    """25 % of 2 øre: what is on the edge is judged by the shop's own arithmetic."""
    line = shop.card_untried.lines.get()
    change(line, quantity=100, unit_price=Decimal("0.0002"), net=Decimal(net))
    amounts(shop.card_untried, net=Decimal(net), vat=Decimal(vat))
    assert len(differing().get("orders.amounts", [])) == differences


def test_vat_of_several_rates_is_computed_for_each(shop: Shop) -> None:
    """The order of four products has two rates; it would be right in sum with the 25 % of them all."""
    order = shop.paid
    amounts(order, net=order.net, vat=(order.net / 4).quantize(ORE))
    assert "orders.amounts" in differing()


def test_an_order_without_lines(shop: Shop) -> None:
    remove(shop.card_untried.lines.get())
    [sentence] = differing().pop("orders.amounts")
    assert sentence.endswith("og linjerne giver 0,00\u00a0kr. + 0,00\u00a0kr. = 0,00\u00a0kr.")
    assert set(differing()) == {"orders.amounts"}


@pytest.mark.parametrize(
    ("quantity", "price", "net", "differences"),
    [
        (100, "2.5001", "250.01", 0),
        (100, "2.5001", "250.00", 1),
        (150, "0.0333", "5.00", 0),  # 4.995
        (150, "0.0333", "4.99", 1),
    ],
)
def test_a_line_that_is_not_quantity_times_price(
    shop: Shop, quantity: int, price: str, net: str, differences: int
) -> None:
    line = shop.card_untried.lines.get()
    fields = {"quantity": quantity, "unit_price": Decimal(price), "net": Decimal(net)}
    change(line, **fields)
    said = [each for each in differing().get("orders.amounts", []) if each.startswith(f"Bestillingslinje {line.pk}:")]
    assert len(said) == differences


def test_a_paid_order_without_its_payment(shop: Shop) -> None:
    remove(shop.paid_twice.payments.get(is_surplus=False))
    assert differing() == {
        "orders.payments": [f"Bestilling {shop.paid_twice.pk} er betalt, men har ingen indbetaling på 312.50 kr."]
    }


def test_a_payment_of_another_amount(shop: Shop) -> None:
    change(shop.paid_twice.payments.get(is_surplus=False), amount=Decimal("312.00"))
    assert differing() == {
        "orders.payments": [
            f"Bestilling {shop.paid_twice.pk} er betalt, men har ingen indbetaling på 312.50 kr.",
            f"Bestilling {shop.paid_twice.pk} har en indbetaling på 312.00 kr., som den ikke er betalt med.",
        ]
    }


@pytest.mark.parametrize("kind", ["awaited", "cancelled", "card_cancelled"])
def test_a_payment_of_an_order_that_is_not_paid(shop: Shop, kind: str) -> None:
    order: Order = getattr(shop, kind)
    day = timezone.localdate()
    Payment.objects.create(order=order, method="bank_transfer", amount=order.total, received_on=day, key="bank-line:9")
    assert differing() == {
        "orders.payments": [f"Bestilling {order.pk} har en indbetaling på 312.50 kr., som den ikke er betalt med."],
        "mails.owed_mails": [
            f"Bestilling {order.pk}: mailen »Bekræftelse på indbetaling« er aldrig sat i udbakken."
        ],
    }  # fmt: skip


def test_an_order_that_two_payments_have_paid_past_a_lost_constraint(shop: Shop) -> None:
    drop_constraint(Payment, "an_order_is_settled_by_one_payment")
    change(shop.paid_twice.payments.get(is_surplus=True), is_surplus=False)
    found = differing()
    assert found["orders.payments"] == [f"Bestilling {shop.paid_twice.pk} er betalt af flere indbetalinger."]
    assert set(found) == {"orders.payments", "orders.surplus_events", "payments.surplus"}


def test_an_order_that_became_paid_by_itself(shop: Shop) -> None:
    Order.objects.filter(pk=shop.card_untried.pk).update(state=OrderState.PAID, paid_at=timezone.now())
    assert set(differing()) == {"orders.payments", "orders.paid_events", "orders.invoices", "ledger.purchases"}


@pytest.mark.parametrize(
    ("state", "check", "orders"),
    [
        (OrderEventKind.PAID, "orders.paid_events", ("paid", "card_paid")),
        (OrderEventKind.CANCELLED, "orders.cancelled_events", ("cancelled", "card_cancelled")),
    ],
)
def test_a_history_that_leaves_out_invents_or_repeats(
    shop: Shop, state: OrderEventKind, check: str, orders: tuple[str, str]
) -> None:
    silent, loud = (getattr(shop, name) for name in orders)
    remove(silent.events.get(kind=state))
    again(loud.events.get(kind=state))
    OrderEvent.objects.create(order=shop.awaited, kind=state)
    word = {"paid": "betalt", "cancelled": "annulleret"}[state]
    assert differing() == {
        check: [
            f"Bestilling {silent.pk} er {word}, men historikken siger det ikke.",
            f"Bestilling {shop.awaited.pk} er ikke {word}, men historikken siger det.",
            f"Bestilling {loud.pk} er {word} flere gange ifølge historikken.",
        ]
    }


def test_surplus_money_that_the_history_leaves_out_or_invents(shop: Shop) -> None:
    remove(shop.paid_twice.events.get(kind=OrderEventKind.SURPLUS))
    OrderEvent.objects.create(order=shop.paid, kind=OrderEventKind.SURPLUS)
    assert differing() == {
        "orders.surplus_events": [
            f"Bestilling {shop.paid_twice.pk}: 1 overskydende indbetalinger, 0 hændelser.",
            f"Bestilling {shop.paid.pk}: 0 overskydende indbetalinger, 1 hændelser.",
        ]
    }


def test_a_paid_card_order_without_its_invoice_and_an_unpaid_one_with_it(shop: Shop) -> None:
    change(shop.card_paid.documents.get(), order=shop.card_untried)
    assert differing() == {
        "orders.invoices": [
            f"Bestilling {shop.card_paid.pk} mangler sin faktura.",
            f"Bestilling {shop.card_untried.pk} har en faktura, før kortet har betalt.",
        ]
    }


def test_a_transfer_without_its_invoice_and_one_with_two_past_a_lost_constraint(shop: Shop) -> None:
    drop_constraint(Document, "an_order_has_one_invoice")
    change(shop.awaited.documents.get(), order=shop.paid_twice)
    found = differing()
    assert found["orders.invoices"] == [
        f"Bestilling {shop.awaited.pk} mangler sin faktura.",
        f"Bestilling {shop.paid_twice.pk} har flere fakturaer.",
    ]
    assert found["documents.invoices"] == [f"Fakturaen for bestilling {shop.paid_twice.pk} har linje 1 flere gange."]
    assert set(found) == {"orders.invoices", "documents.invoices"}


def test_a_cancelled_order_whose_invoice_is_not_credited(shop: Shop) -> None:
    Order.objects.filter(pk=shop.awaited.pk).update(state=OrderState.CANCELLED, cancelled_at=timezone.now())
    OrderEvent.objects.create(order=shop.awaited, kind=OrderEventKind.CANCELLED)
    assert differing() == {
        "orders.credit_notes": [f"Bestilling {shop.awaited.pk} er annulleret, men fakturaen er ikke krediteret."]
    }


def test_a_credit_note_of_an_order_that_is_not_cancelled(shop: Shop) -> None:
    Order.objects.filter(pk=shop.cancelled.pk).update(state=OrderState.AWAITING_PAYMENT, cancelled_at=None)
    remove(shop.cancelled.events.get(kind=OrderEventKind.CANCELLED))
    assert differing() == {
        "orders.credit_notes": [
            f"Bestilling {shop.cancelled.pk} har en kreditnota, men er ikke annulleret med faktura."
        ]
    }


def test_an_invoice_that_is_credited_twice(shop: Shop) -> None:
    """Two credit notes with numbers in their series; the second one has no lines, which its own checks tell."""
    again(shop.cancelled.documents.get(kind=DocumentKind.CREDIT_NOTE), number=500002, issued_at=timezone.now())
    assert differing()["orders.credit_notes"] == [f"Bestilling {shop.cancelled.pk} har flere kreditnotaer."]
