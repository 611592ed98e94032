"""The proof: what the shop has is held against what Stripe, the bank, the mailbox and the members know.

It is pure: evidence in, losses out. Each function answers one of the storm's questions with a sentence for each loss.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import UUID, uuid5

from tests.storm.evidence import Document, Evidence, Order

_LIVE = {"paid", "awaiting_payment"}
_UNDECIDED = {"creating", "open", "pending"}


class Loss(NamedTuple):
    """What went wrong: `kind` is lost, double, gap, stuck or untrue."""

    kind: str
    what: str


def losses(evidence: Evidence) -> list[Loss]:
    """Return everything that the storm has broken; nothing when the shop has kept its promise."""
    questions = (
        _money_at_stripe, _money_at_the_bank, _paid_without_money, _paid_once, _orders_of_fillings, _what_was_ordered,
        _clips_sold, _ledger, _numbers, _documents_owed, _mails_owed, _mails_delivered, _promises, _stuck,
    )  # fmt: skip
    return [loss for question in questions for loss in question(evidence)]


# --- money


def _money_at_stripe(evidence: Evidence) -> Iterator[Loss]:
    """Each paid session is one payment of its amount, and its order is paid (or the payment is surplus, for staff)."""
    known = {payment.key: payment for payment in evidence.payments}
    orders = {order.id: order for order in evidence.orders}
    items = {item.key for item in evidence.action_items}
    for session in evidence.sessions:
        if not session.is_paid or f"mismatch:{session.id}" in items:
            continue
        payment = known.get(f"stripe:{session.id}")
        if payment is None or (payment.order, payment.amount) != (session.order, session.amount):
            yield Loss("lost", f"Stripe has {session.amount} kr. for order {session.order} ({session.id}): {payment}")
        elif payment.is_surplus and f"surplus:{payment.key}" not in items:
            yield Loss("lost", f"surplus {session.id} of order {session.order} is in nobody's queue")
        elif not payment.is_surplus and orders[session.order].state != "paid":
            yield Loss("lost", f"order {session.order} is paid at Stripe and {orders[session.order].state}")


def _money_at_the_bank(evidence: Evidence) -> Iterator[Loss]:
    """Each transfer's order is paid, by it or by a card before it; staff were told then and send the money back."""
    orders = {order.id: order for order in evidence.orders}
    for transfer in evidence.transfers:
        order = orders.get(transfer.order)
        if order is None or order.state != "paid" or order.total != transfer.amount:
            yield Loss("lost", f"the bank has {transfer.amount} kr. for order {transfer.order}: {order}")


def _paid_without_money(evidence: Evidence) -> Iterator[Loss]:
    """No payment is recorded that neither Stripe nor the bank knows."""
    real = {f"stripe:{session.id}" for session in evidence.sessions if session.is_paid}
    real |= {f"transfer:{transfer.order}" for transfer in evidence.transfers}
    for payment in evidence.payments:
        if payment.key not in real:
            yield Loss("untrue", f"payment {payment.key} of order {payment.order} is no money that anybody has")


def _paid_once(evidence: Evidence) -> Iterator[Loss]:
    """An order is paid exactly when one payment settles it, with its total; all others are surplus."""
    settling = defaultdict(list)
    for payment in evidence.payments:
        if not payment.is_surplus:
            settling[payment.order].append(payment)
    for order in evidence.orders:
        amounts = [payment.amount for payment in settling[order.id]]
        if amounts != ([order.total] if order.state == "paid" else []):
            kind = "double" if len(amounts) > 1 else "lost"
            yield Loss(kind, f"order {order.id} is {order.state}, costs {order.total} and is settled by {amounts}")
    yield from _twice((payment.key for payment in evidence.payments), "payment")


# --- orders


def _orders_of_fillings(evidence: Evidence) -> Iterator[Loss]:
    """One filling of a cart is at most one order that is paid or awaited; and there is no order that nobody placed."""
    filling_of: dict[str, int] = {}
    for filling in evidence.fillings:
        for key in filling.keys:
            filling_of.setdefault(key, filling.number)
    by_key = {order.key: order for order in evidence.orders}
    live: Counter[int] = Counter()
    placed: set[int] = set()
    for key, filling_number in filling_of.items():
        chain = list(_chain(key, by_key))
        placed |= {order.id for order in chain}
        live[filling_number] += sum(order.state in _LIVE for order in chain)
    for filling_number, count in live.items():
        if count > 1:
            yield Loss("double", f"filling {filling_number} of a cart became {count} orders")
    for order in evidence.orders:
        if order.id not in placed:
            yield Loss("untrue", f"order {order.id} was placed by nobody")


def _chain(key: str, by_key: dict[str, Order]) -> Iterator[Order]:
    """Yield the orders of a filling: each that gave way handed on the key that follows from its own."""
    while (order := by_key.get(key)) is not None:
        yield order
        key = str(uuid5(UUID(key), "next"))


def _what_was_ordered(evidence: Evidence) -> Iterator[Loss]:
    """Each order whose number a member was told is there, with what the member asked for."""
    orders = {order.id: order for order in evidence.orders}
    bought = defaultdict(list)
    for line in evidence.lines:
        bought[line.order].append((line.product, line.quantity))
    for asked in evidence.asked.values():
        order = orders.get(asked.order)
        if order is None:
            yield Loss("lost", f"order {asked.order} was told to {asked.member} and is not there")
        elif (order.member, order.total, tuple(sorted(bought[order.id]))) != (
            asked.member,
            asked.total,
            asked.quantities,
        ):
            yield Loss("untrue", f"order {order.id} is not what {asked.member} asked for: {asked}, {bought[order.id]}")


def _promises(evidence: Evidence) -> Iterator[Loss]:
    """What a page told as done is done."""
    state = {order.id: order.state for order in evidence.orders}
    numbers = {(each.order, each.number) for each in evidence.documents if each.kind == "invoice"}
    registered = {payment.order for payment in evidence.payments if not payment.is_surplus}
    surplus = {payment.order for payment in evidence.payments if payment.is_surplus}
    kept = {
        "placed": lambda told: told.order in state,
        "invoice": lambda told: (told.order, told.number) in numbers,
        "receipt": lambda told: (told.order, told.number) in numbers and state.get(told.order) == "paid",
        "marked_paid": lambda told: told.order in registered and state.get(told.order) == "paid",
        "surplus": lambda told: told.order in surplus,
        "cancelled": lambda told: state.get(told.order) == "cancelled",
    }
    for promise in sorted(evidence.promises, key=lambda told: (told.order, told.kind)):
        if not kept[promise.kind](promise):
            yield Loss("lost", f"a page told {promise}, and order {promise.order} is {state.get(promise.order)}")


def _stuck(evidence: Evidence) -> Iterator[Loss]:
    """What is not at its end has somebody who will move it: the bank for a transfer, staff for a case of theirs."""
    cases = {item.order for item in evidence.action_items if item.kind == "mismatch" and not item.is_handled}
    for order in evidence.orders:
        if order.state == "awaiting_payment" and order.method == "card" and order.id not in cases:
            yield Loss("stuck", f"order {order.id} waits for a card that nobody is paying with")
    for attempt in evidence.attempts:
        if attempt.state in _UNDECIDED:
            yield Loss("stuck", f"an attempt at order {attempt.order} is {attempt.state} ({attempt.session})")
    for mail in evidence.mails:
        if mail.status != "sent":
            yield Loss("stuck", f"mail {mail.id} ({mail.kind} of order {mail.order}) is {mail.status}")


# --- clips


def _clips_sold(evidence: Evidence) -> Iterator[Loss]:
    """Each line of clips of a paid order is one purchase entry of its quantity, on the company's own account."""
    orders = {order.id: order for order in evidence.orders}
    accounts = {account.id: (account.company, account.clip_type) for account in evidence.accounts}
    posted = defaultdict(list)
    for entry in evidence.entries:
        if entry.kind == "purchase":
            posted[entry.key].append((accounts[entry.account], entry.delta))
    for line in evidence.lines:
        found = posted.pop(f"order-line:{line.id}", [])
        order = orders[line.order]
        owed = order.state == "paid" and line.clip_type is not None
        if found != ([((order.company, line.clip_type), line.quantity)] if owed else []):
            kind = "lost" if owed and not found else "double"
            yield Loss(
                kind, f"{line.quantity} {line.product} of order {order.id} ({order.state}) are posted as {found}"
            )
    for key, found in posted.items():
        yield Loss("double", f"entry {key} belongs to no order: {found}")


def _ledger(evidence: Evidence) -> Iterator[Loss]:
    """Balance = sum of all deltas = last balance after; entries are numbered from 1 without a hole."""
    entries = defaultdict(list)
    for entry in evidence.entries:
        entries[entry.account].append(entry)
    for account in evidence.accounts:
        balance = 0
        for place, entry in enumerate(entries[account.id], start=1):
            balance += entry.delta
            if (entry.seq, entry.balance_after) != (place, balance):
                yield Loss("gap", f"account {account.id}: entry {entry.seq} should be {place} with {balance} after it")
        if (account.balance, account.last_seq) != (balance, len(entries[account.id])):
            yield Loss("untrue", f"account {account.id} says {account.balance}, its entries add up to {balance}")


# --- documents


def _numbers(evidence: Evidence) -> Iterator[Loss]:
    """Numbers run from the first to the last without a gap, and the counter stands at the last."""
    for kind in ("invoice", "credit_note"):
        numbers = sorted(each.number for each in evidence.documents if each.kind == kind)
        if not numbers:
            continue
        missing = sorted(set(range(numbers[0], numbers[-1] + 1)) - set(numbers))
        if missing:
            yield Loss("gap", f"{kind} numbers are missing: {missing}")
        if evidence.last_numbers.get(kind) != numbers[-1]:
            yield Loss("gap", f"the counter of {kind} says {evidence.last_numbers.get(kind)}, not {numbers[-1]}")
        yield from _twice(map(str, numbers), kind)


def _documents_owed(evidence: Evidence) -> Iterator[Loss]:
    """A transfer, and a paid order, has one invoice; when it is cancelled also a credit note; and each has its PDF."""
    by_order: dict[int, list[Document]] = defaultdict(list)
    for document in evidence.documents:
        by_order[document.order].append(document)
        if document.stored_hash is None or document.stored_hash != document.true_hash:
            yield Loss("lost", f"{document.kind} {document.number} has no sound PDF")
    for order in evidence.orders:
        found = [document.kind for document in by_order[order.id]]
        owed = ["invoice"] if order.method == "bank_transfer" or order.state == "paid" else []
        if owed and order.state == "cancelled":
            owed.append("credit_note")
        if found != owed or any(document.total != order.total for document in by_order[order.id]):
            kind = "double" if len(found) > len(owed) else "lost"
            yield Loss(kind, f"order {order.id} ({order.method}, {order.state}) has {found}, not {owed}")


# --- mails


def _mails_owed(evidence: Evidence) -> Iterator[Loss]:
    """Each event that the members are told of by mail is one mail in the outbox: no more, no less."""
    settled = {payment.order: payment.method for payment in evidence.payments if not payment.is_surplus}
    owed: Counter[tuple[int | None, str]] = Counter()
    for document in evidence.documents:
        if document.kind == "credit_note":
            owed[document.order, "credit_note"] += 1
    for order in evidence.orders:
        if order.method == "bank_transfer":
            owed[order.id, "invoice"] += 1
    for order_id, method in settled.items():
        owed[order_id, "receipt" if method == "card" else "confirmation"] += 1
    queued = Counter((mail.order, mail.kind) for mail in evidence.mails)
    for (of_order, kind), count in (owed - queued).items():
        yield Loss("lost", f"{count} × mail {kind} of order {of_order} was never queued")
    for (of_order, kind), count in (queued - owed).items():
        yield Loss("double", f"{count} × mail {kind} of order {of_order} was queued and not owed")


def _mails_delivered(evidence: Evidence) -> Iterator[Loss]:
    """Each mail lies in the mailbox at least once, to the right address, with the PDF of its document."""
    hashes = {document.id: document.stored_hash for document in evidence.documents}
    arrived = {mail.message_id: mail for mail in evidence.mailbox}
    for mail in evidence.mails:
        copy = arrived.pop(mail.message_id, None)
        wanted = (mail.recipient, hashes.get(mail.document) if mail.document else None)
        if copy is None:
            yield Loss("lost", f"mail {mail.kind} of order {mail.order} never arrived")
        elif (copy.recipient, copy.pdf_hash) != wanted:
            yield Loss("untrue", f"mail {mail.kind} of order {mail.order} arrived as {copy}")
    for message_id in arrived:
        yield Loss("untrue", f"a mail arrived that nobody queued: {message_id}")


def duplicates(evidence: Evidence) -> int:
    """Return how many mails arrived once more than needed, with the same Message-ID."""
    return len(evidence.mailbox) - len({mail.message_id for mail in evidence.mailbox})


def _twice(names: Iterable[str], what: str) -> Iterator[Loss]:
    for name, count in Counter(names).items():
        if count > 1:
            yield Loss("double", f"{what} {name} is there {count} times")
