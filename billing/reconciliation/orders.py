"""Orders: their amounts, and what must be there for the state that each is in."""

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q

from billing.models import (
    Document,
    DocumentKind,
    Order,
    OrderEvent,
    OrderEventKind,
    OrderLine,
    OrderState,
    Payment,
    PaymentMethod,
)
from billing.reconciliation.amounts import wrong_lines, wrong_sums
from billing.reconciliation.check import Check, Found, Rows, Side, found, one_to_one


def amounts(_now: datetime) -> Found:
    """Compare each order's amounts with its lines, and each line with its price."""
    return found(
        Order.objects.count(),
        (f"Bestilling {pk}: {difference}" for pk, difference in wrong_sums(Order.objects.all())),
        (f"Bestillingslinje {pk}: {difference}" for pk, difference in wrong_lines(OrderLine.objects.all())),
    )


def payments(_now: datetime) -> Found:
    """Look for a paid order without its payment, and for a payment of an order that is not paid by it."""
    paid = Side(Order.objects.filter(state=OrderState.PAID), "pk", "total")
    return found(
        paid.count(),
        one_to_one(
            paid,
            Side(Payment.objects.filter(is_surplus=False), "order_id", "amount"),
            missing="Bestilling {} er betalt, men har ingen indbetaling på {} kr.",
            extra="Bestilling {} har en indbetaling på {} kr., som den ikke er betalt med.",
            repeated="Bestilling {} er betalt af flere indbetalinger.",
        ),
    )


def paid_events(_now: datetime) -> Found:
    """Compare the paid orders with the events that say so."""
    return _told(OrderState.PAID, OrderEventKind.PAID, "betalt")


def cancelled_events(_now: datetime) -> Found:
    """Compare the cancelled orders with the events that say so."""
    return _told(OrderState.CANCELLED, OrderEventKind.CANCELLED, "annulleret")


def surplus_events(_now: datetime) -> Found:
    """Compare how many surplus payments each order has with how many events say so."""
    surplus = Payment.objects.filter(is_surplus=True)
    events = OrderEvent.objects.filter(kind=OrderEventKind.SURPLUS)
    came, told = _for_each_order(surplus), _for_each_order(events)
    return found(
        surplus.count(),
        (
            f"Bestilling {order}: {came.get(order, 0)} overskydende indbetalinger, {told.get(order, 0)} hændelser."
            for order in sorted(came.keys() | told.keys())
            if came.get(order) != told.get(order)
        ),
    )


def invoices(_now: datetime) -> Found:
    """Look for an order without the invoice that it must have by now, and for an invoice that should not be."""
    invoiced = Order.objects.filter(Q(state=OrderState.PAID) | Q(payment_method=PaymentMethod.BANK_TRANSFER))
    return found(
        Order.objects.count(),
        one_to_one(
            Side(invoiced, "pk"),
            Side(Document.objects.filter(kind=DocumentKind.INVOICE), "order_id"),
            missing="Bestilling {} mangler sin faktura.",
            extra="Bestilling {} har en faktura, før kortet har betalt.",
            repeated="Bestilling {} har flere fakturaer.",
        ),
    )


def credit_notes(_now: datetime) -> Found:
    """Look for a cancelled order whose invoice is not credited, and for a credit note that should not be."""
    invoiced = Document.objects.filter(kind=DocumentKind.INVOICE)
    cancelled = Order.objects.filter(state=OrderState.CANCELLED)
    owed = Side(cancelled.filter(Exists(invoiced.filter(order=OuterRef("pk")))), "pk")
    return found(
        owed.count(),
        one_to_one(
            owed,
            Side(Document.objects.filter(kind=DocumentKind.CREDIT_NOTE), "order_id"),
            missing="Bestilling {} er annulleret, men fakturaen er ikke krediteret.",
            extra="Bestilling {} har en kreditnota, men er ikke annulleret med faktura.",
            repeated="Bestilling {} har flere kreditnotaer.",
        ),
    )


def _told(state: OrderState, kind: OrderEventKind, word: str) -> Found:
    orders = Side(Order.objects.filter(state=state), "pk")
    return found(
        orders.count(),
        one_to_one(
            orders,
            Side(OrderEvent.objects.filter(kind=kind), "order_id"),
            missing=f"Bestilling {{}} er {word}, men historikken siger det ikke.",
            extra=f"Bestilling {{}} er ikke {word}, men historikken siger det.",
            repeated=f"Bestilling {{}} er {word} flere gange ifølge historikken.",
        ),
    )


def _for_each_order(rows: Rows) -> dict[int, int]:
    return dict(rows.order_by().values("order_id").annotate(times=Count("pk")).values_list("order_id", "times"))


CHECKS = (
    Check("Bestillingernes beløb og moms følger af linjerne", amounts),
    Check("En bestilling er betalt, netop når én indbetaling på beløbet har betalt den", payments),
    Check("Hver betalt bestilling har én hændelse om det", paid_events),
    Check("Hver annulleret bestilling har én hændelse om det", cancelled_events),
    Check("Hvert overskydende beløb har en hændelse", surplus_events),
    Check("Hver bestilling har den faktura, den skal have, og ikke flere", invoices),
    Check("Hver annulleret faktura er krediteret netop én gang, og ingen anden", credit_notes),
)
