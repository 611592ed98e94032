"""The tables on an order's page about its card payments and what they left for the office to decide."""

from billing.admin.links import button_link, link, moment, page_of
from billing.admin.stripe_words import explained, with_meaning
from billing.models import ActionItem, Order, PaymentAttempt, PaymentMethod, StripeEvent
from billing.services.fulfilling import Fulfilment
from catalog.staff_pages import Column, Panel

# What the shop found when it asked Stripe because of an event.
OUTCOMES = {
    Fulfilment.PAID.value: "Betalt",
    Fulfilment.SURPLUS.value: "Overskydende beløb",
    Fulfilment.OPEN.value: "Åben",
    Fulfilment.PENDING.value: "Afventer udfald",
    Fulfilment.EXPIRED.value: "Udløbet",
    Fulfilment.FAILED.value: "Mislykket",
    Fulfilment.SET_ASIDE.value: "Lagt til side: kræver handling",
    Fulfilment.UNKNOWN.value: "Betalte ikke noget",
}


def outcome_of(event: StripeEvent) -> str:
    """Return what an event led to, in words."""
    return OUTCOMES.get(event.outcome, event.outcome)


def state_of(attempt: PaymentAttempt) -> str:
    """Return how an attempt stands, and since when if that is for good."""
    state = attempt.get_state_display()
    return f"{state} {moment(attempt.closed_at)}" if attempt.closed_at else state


def handled(item: ActionItem) -> str:
    """Return by whom, when and how an item was handled; an empty text while it waits."""
    if item.handled_at is None:
        return ""
    return f"Håndteret {moment(item.handled_at)} af {item.handled_by}: {item.handled_note}"


def items_of(order: Order, *, may_act: bool) -> list[Panel]:
    """Return the table of the order's cases; none when there is nothing to decide and never was."""
    rows = [
        (
            link(item, item.get_kind_display()),
            item.what,
            moment(item.created_at),
            handled(item) or "Venter",
            button_link(page_of(item, path="handle"), "Markér som håndteret")
            if may_act and item.handled_at is None
            else "",
        )
        for item in order.action_items.select_related("handled_by").order_by("created_at", "pk")
    ]
    columns = (
        Column("Sag"), Column("Hvad", "long"), Column("Opstået"), Column("Status"), Column("Næste trin"),
    )  # fmt: skip
    return [Panel("Sager, der kræver handling", columns, rows)] if rows else []


def payments_by_card(order: Order) -> list[Panel]:
    """Return the tables of the order's attempts and of what Stripe told; none when a card never came into it."""
    attempts, events = _attempts(order), _events(order)
    by_card = order.payment_method == PaymentMethod.CARD or attempts.rows
    return [attempts, events] if by_card else []


def _attempts(order: Order) -> Panel:
    rows = [
        (
            link(attempt, attempt.get_card_type_display()),
            state_of(attempt),
            moment(attempt.created_at),
            str(attempt.started_by),
            moment(attempt.expires_at),
            " ".join(part for part in (attempt.session_id, attempt.payment_intent_id) if part),
            explained(attempt.stripe_said),
        )
        for attempt in order.attempts.select_related("started_by").order_by("created_at", "pk")
    ]
    columns = (
        Column("Korttype"), Column("Status"), Column("Påbegyndt"), Column("Af"), Column("Udløber"),
        Column("Stripes id", "code"), Column("Stripe svarede", "long"),
    )  # fmt: skip
    return Panel("Betalingsforsøg", columns, rows)


def _events(order: Order) -> Panel:
    rows = [
        (
            link(event, with_meaning(event.type)),
            moment(event.happened_at),
            moment(event.received_at),
            outcome_of(event),
            event.event_id,
        )
        for event in StripeEvent.objects.filter(attempt__order=order).order_by("happened_at", "pk")
    ]
    columns = (
        Column("Hændelse"), Column("Skete"), Column("Modtaget"), Column("Udfald"), Column("Stripes id", "code"),
    )  # fmt: skip
    return Panel("Hændelser fra Stripe", columns, rows)
