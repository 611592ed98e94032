"""The storm's proof can fail: each of the losses that it looks for, made by hand, is found."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from tests.storm.evidence import (
    Account,
    ActionItem,
    Attempt,
    Delivered,
    Document,
    Entry,
    Evidence,
    Line,
    Mail,
    Order,
    Payment,
    Session,
)
from tests.storm.journal import Asked, BankTransfer, Filling, Promise
from tests.storm.kills import KINDS, plan
from tests.storm.proof import Loss, duplicates, losses

KEY = [
    "8f0f2c5e-4d3b-4a51-9a6b-0d8f3c1e2a01",
    "8f0f2c5e-4d3b-4a51-9a6b-0d8f3c1e2a02",
    "8f0f2c5e-4d3b-4a51-9a6b-0d8f3c1e2a03",
]
TOTAL = Decimal("312.50")
PDF = hashlib.sha256(b"%PDF").hexdigest()


def sound() -> Evidence:
    """Return a shop in order: order 1 paid by transfer, 2 by card, 3 (a transfer) cancelled, all told and sent."""
    state = ("paid", "paid", "cancelled")
    method = ("bank_transfer", "card", "bank_transfer")
    invoice = [Document(n, "invoice", 10000 + n, n, None, TOTAL, PDF, PDF) for n in (1, 2, 3)]
    mails = [("invoice", 1, 1), ("confirmation", 1, None), ("receipt", 2, 2), ("invoice", 3, 3), ("credit_note", 3, 4)]
    return Evidence(
        orders=[Order(n, "ida", 7, state[n - 1], method[n - 1], TOTAL, KEY[n - 1]) for n in (1, 2, 3)],
        lines=[Line(n, n, "Fakturaklip", 5, 100) for n in (1, 2, 3)],
        accounts=[Account(9, 7, 5, 200, 2)],
        entries=[Entry(9, n, "purchase", 100, 100 * n, f"order-line:{n}") for n in (1, 2)],
        payments=[
            Payment(1, "bank_transfer", TOTAL, "transfer:1", is_surplus=False),
            Payment(2, "card", TOTAL, "stripe:cs_2", is_surplus=False),
        ],
        documents=[*invoice, Document(4, "credit_note", 500001, 3, 3, TOTAL, PDF, PDF)],
        last_numbers={"invoice": 10003, "credit_note": 500001},
        mails=[
            Mail(place, f"<{place}@x>", kind, order, document, "sent", "ida@x.example")
            for place, (kind, order, document) in enumerate(mails)
        ],
        attempts=[Attempt(2, "paid", "cs_2")],
        sessions=[Session("cs_2", 2, TOTAL, is_paid=True)],
        transfers=[BankTransfer(1, "ida", TOTAL)],
        mailbox=[
            Delivered(f"<{place}@x>", "ida@x.example", PDF if document else None)
            for place, (_kind, _order, document) in enumerate(mails)
        ],
        fillings=[Filling(n, "ida", [KEY[n - 1]]) for n in (1, 2, 3)],
        asked={n: Asked(n, "ida", n, "", "card", (("Fakturaklip", 100),), TOTAL) for n in (1, 2, 3)},
        promises={
            Promise("placed", 1), Promise("invoice", 1, 10001), Promise("marked_paid", 1),
            Promise("receipt", 2, 10002), Promise("cancelled", 3),
        },
    )  # fmt: skip


def kinds(evidence: Evidence) -> set[str]:
    """Return the kinds of losses that the proof finds."""
    return {loss.kind for loss in losses(evidence)}


def test_a_sound_shop_has_lost_nothing() -> None:
    assert losses(sound()) == []


def test_a_card_payment_that_the_shop_does_not_know_is_lost() -> None:
    evidence = sound()
    evidence.sessions.append(Session("cs_9", 3, TOTAL, is_paid=True))

    assert [loss.what[:38] for loss in losses(evidence)] == ["Stripe has 312.50 kr. for order 3 (cs_"]


def test_a_transfer_whose_order_is_not_paid_is_lost() -> None:
    evidence = sound()
    evidence.transfers.append(BankTransfer(3, "ida", TOTAL))

    assert [loss.kind for loss in losses(evidence)] == ["lost"]


def test_surplus_that_nobody_has_to_handle_is_lost() -> None:
    evidence = sound()
    evidence.sessions.append(Session("cs_9", 1, TOTAL, is_paid=True))
    evidence.payments.append(Payment(1, "card", TOTAL, "stripe:cs_9", is_surplus=True))
    assert losses(evidence) == [Loss("lost", "surplus cs_9 of order 1 is in nobody's queue")]

    evidence.action_items.append(ActionItem(1, "surplus", "surplus:stripe:cs_9", is_handled=False))
    assert losses(evidence) == []


def test_money_that_nobody_has_is_untrue() -> None:
    evidence = sound()
    evidence.transfers.clear()

    assert [loss.what for loss in losses(evidence)] == ["payment transfer:1 of order 1 is no money that anybody has"]


Spoil = Callable[[Evidence], object]


def _state(evidence: Evidence, order: int, state: str) -> None:
    evidence.orders[order - 1] = evidence.orders[order - 1]._replace(state=state)


SPOILT: dict[str, tuple[str, Spoil]] = {
    "an order that is paid at Stripe waits": ("lost", lambda all_: _state(all_, 2, "awaiting_payment")),
    "two payments settle one order": ("double", lambda all_: all_.payments.append(all_.payments[0])),
    "a purchase is not in the ledger": ("lost", lambda all_: all_.entries.pop()),
    "a purchase is in the ledger twice": (
        "double",
        lambda all_: all_.entries.append(Entry(9, 3, "purchase", 100, 300, "order-line:2")),
    ),
    "clips of a cancelled order are credited": (
        "double",
        lambda all_: all_.entries.append(Entry(9, 3, "purchase", 100, 300, "order-line:3")),
    ),
    "an entry's number is missing": ("gap", lambda all_: all_.entries.append(Entry(9, 4, "expiry", -1, 199, "e"))),
    "a balance is not the sum of its entries": (
        "untrue",
        lambda all_: all_.accounts.append(all_.accounts.pop()._replace(balance=300)),
    ),
    "an invoice's number is missing": (
        "gap",
        lambda all_: all_.documents.append(all_.documents.pop(2)._replace(number=10005)),
    ),
    "the counter is ahead of the invoices": ("gap", lambda all_: all_.last_numbers.update(invoice=10004)),
    "an order has two invoices": (
        "double",
        lambda all_: all_.documents.append(all_.documents[0]._replace(id=5, number=10004)),
    ),
    "a PDF is missing": ("lost", lambda all_: all_.documents.append(all_.documents.pop()._replace(stored_hash=None))),
    "a PDF is not what was stored": (
        "lost",
        lambda all_: all_.documents.append(all_.documents.pop()._replace(true_hash="0")),
    ),
    "a mail never arrived": ("lost", lambda all_: all_.mailbox.pop()),
    "a mail was never queued": ("lost", lambda all_: all_.mails.pop()),
    "a mail was queued twice": (
        "double",
        lambda all_: all_.mails.append(all_.mails[0]._replace(id=99, message_id="<99@x>")),
    ),
    "a mail arrived at another's": (
        "untrue",
        lambda all_: all_.mailbox.append(all_.mailbox.pop()._replace(recipient="bo@y.example")),
    ),
    "a mail waits for ever": ("stuck", lambda all_: all_.mails.append(all_.mails.pop()._replace(status="queued"))),
    "an attempt is never decided": ("stuck", lambda all_: all_.attempts.append(Attempt(2, "open", "cs_3"))),
    "a promised receipt has another number": ("lost", lambda all_: all_.promises.add(Promise("receipt", 2, 10009))),
    "a receipt was shown for an unpaid order": ("lost", lambda all_: all_.promises.add(Promise("receipt", 3, 10003))),
    "staff were told of a payment that is gone": ("lost", lambda all_: all_.promises.add(Promise("marked_paid", 3))),
    "a placed order is gone": ("lost", lambda all_: all_.promises.add(Promise("placed", 4))),
    "an order holds something else": (
        "untrue",
        lambda all_: all_.asked.update({2: replace(all_.asked[2], quantities=(("Fakturaklip", 200),))}),
    ),
    "an order was placed by nobody": ("untrue", lambda all_: all_.fillings.clear()),
    "one filling became two orders": ("double", lambda all_: all_.fillings[0].keys.append(KEY[1])),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_each_loss_is_found(name: str) -> None:
    kind, spoil = SPOILT[name]
    evidence = sound()
    spoil(evidence)

    assert kind in kinds(evidence)


def test_an_order_that_gave_way_and_its_successor_are_one_filling() -> None:
    evidence = sound()
    successor = str(uuid5(UUID(KEY[2]), "next"))
    evidence.orders[0] = evidence.orders[0]._replace(key=successor)
    evidence.fillings[0] = Filling(1, "ida", [])
    assert losses(evidence) == []

    _state(evidence, 3, "awaiting_payment")
    assert Loss("double", "filling 3 of a cart became 2 orders") in losses(evidence)


def test_an_unpaid_card_order_is_stuck_unless_staff_have_a_case() -> None:
    evidence = Evidence(orders=[Order(1, "ida", 7, "awaiting_payment", "card", TOTAL, KEY[0])])
    assert Loss("stuck", "order 1 waits for a card that nobody is paying with") in losses(evidence)

    evidence.action_items.append(ActionItem(1, "mismatch", "mismatch:cs_1", is_handled=False))
    assert "stuck" not in kinds(evidence)


def test_a_mail_that_arrived_twice_is_counted_and_no_loss() -> None:
    evidence = sound()
    evidence.mailbox.append(evidence.mailbox[0])

    assert (losses(evidence), duplicates(evidence)) == ([], 1)


def test_a_seed_repeats_what_is_killed_and_every_kind_comes() -> None:
    blows = plan(random.Random("5:kills"), kills=20, orders=1000)

    assert blows == plan(random.Random("5:kills"), kills=20, orders=1000)
    assert blows != plan(random.Random("6:kills"), kills=20, orders=1000)
    assert len(blows) >= 20
    assert {blow.what for blow in blows} == set(KINDS)
    assert all(0 < blow.after_orders < 1000 for blow in blows)
