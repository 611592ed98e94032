"""The table at the end, for the terminal and for docs/reliability.md."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.storm.evidence import Evidence
from tests.storm.journal import Journal
from tests.storm.kills import KINDS
from tests.storm.proof import Loss, duplicates

_MOST_LOSSES_SHOWN = 40
_WEBHOOKS = ("delayed", "reordered", "duplicated")


@dataclass(frozen=True)
class Result:
    """A storm that has passed."""

    title: str
    journal: Journal
    evidence: Evidence
    losses: list[Loss]
    seconds: dict[str, float]
    dropped: int
    events: int
    found_by_the_sweep_alone: int
    ended_by_themselves: dict[str, int]
    checks: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing was lost and nobody met a page that made no sense."""
        return not self.losses and not self.journal.surprises and all(not said for said in self.checks.values())


def as_markdown(result: Result) -> str:
    """Return the table as Markdown, with the verdict and every loss below it."""
    rows = "\n".join(f"| {what} | {how_many} |" for what, how_many in _rows(result))
    return f"{result.title}\n\n| what | how many |\n|---|---|\n{rows}\n\n{verdict(result)}\n"


def verdict(result: Result) -> str:
    """Return the last sentences: nothing lost, or what was."""
    kinds = Counter(loss.kind for loss in result.losses)
    lines = [f"**{kinds['lost']} lost, {kinds['double']} double, {kinds['gap']} gaps**"]
    lines[0] += f", {kinds['stuck']} stuck, {kinds['untrue']} untrue, {len(result.journal.surprises)} surprises"
    lines += [f"- {loss.kind}: {loss.what}" for loss in result.losses[:_MOST_LOSSES_SHOWN]]
    lines += [f"- … and {len(result.losses) - _MOST_LOSSES_SHOWN} more"] * (len(result.losses) > _MOST_LOSSES_SHOWN)
    lines += [f"- surprise: {what}" for what in result.journal.surprises]
    lines += [f"- {what}: {said}" for what, said in result.checks.items() if said]
    return "\n".join(lines)


def _rows(result: Result) -> Iterator[tuple[str, str]]:
    yield from _rows_of_orders(result)
    yield from _rows_of_kills(result)
    yield from _rows_of_webhooks(result)
    yield from _rows_of_money(result.evidence)
    yield "paid sessions that no webhook told of and nobody came back from", str(result.found_by_the_sweep_alone)
    yield from _rows_of_documents(result.evidence)
    yield from ((what, "yes" if not said else "NO") for what, said in result.checks.items())
    yield "duration", ", ".join(f"{part} {seconds:.0f} s" for part, seconds in result.seconds.items())


def _rows_of_orders(result: Result) -> Iterator[tuple[str, str]]:
    outcomes = Counter((order.method, order.state) for order in result.evidence.orders)
    yield "orders", str(len(result.evidence.orders))
    for method in ("card", "bank_transfer"):
        found = {state: count for (own, state), count in sorted(outcomes.items()) if own == method}
        yield f"orders by {method.replace('_', ' ')}", _list(found)
    yield "of them to be paid at the bank some day", str(outcomes["bank_transfer", "awaiting_payment"])
    for what in sorted(result.journal.counts):
        if not what.startswith("webhooks"):
            yield what, str(result.journal.counts[what])


def _rows_of_kills(result: Result) -> Iterator[tuple[str, str]]:
    kinds = Counter(kill.what for kill in result.journal.kills)
    yield "kills (-9)", f"{kinds.total()}: {_list({kind: kinds[kind] for kind in KINDS if kinds[kind]})}"
    ended = {name: count for name, count in result.ended_by_themselves.items() if count}
    yield "programs that ended by themselves and were started again", _list(ended)


def _rows_of_webhooks(result: Result) -> Iterator[tuple[str, str]]:
    counts = {kind: result.journal.counts.get(f"webhooks {kind}", 0) for kind in _WEBHOOKS}
    yield "events of Stripe's", f"{result.events}: {_list({'dropped': result.dropped, **counts})}"


def _rows_of_money(evidence: Evidence) -> Iterator[tuple[str, str]]:
    paid_sessions = [session for session in evidence.sessions if session.is_paid]
    settled = [payment for payment in evidence.payments if not payment.is_surplus]
    paid = [order for order in evidence.orders if order.state == "paid"]
    by_card = {session.order for session in paid_sessions}
    both = sum(transfer.order in by_card for transfer in evidence.transfers)
    yield "paid at Stripe, at the bank", f"{len(paid_sessions)}, {len(evidence.transfers)} ({both} at both)"
    yield "orders PAID, payments that settle one", f"{len(paid)}, {len(settled)}"
    yield "surplus payments, in staff's queue", str(sum(payment.is_surplus for payment in evidence.payments))
    yield "payments set aside", str(sum(item.kind == "mismatch" for item in evidence.action_items))
    sold = _clips_of(evidence, {order.id for order in paid})
    entries = [entry for entry in evidence.entries if entry.kind == "purchase"]
    yield "clips sold, clips credited", f"{sold}, {sum(entry.delta for entry in entries)} in {len(entries)} entries"


def _clips_of(evidence: Evidence, orders: set[int]) -> int:
    return sum(line.quantity for line in evidence.lines if line.order in orders and line.clip_type is not None)


def _rows_of_documents(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for kind, name in (("invoice", "invoices"), ("credit_note", "credit notes")):
        numbers = [document.number for document in evidence.documents if document.kind == kind]
        span = f"{len(numbers)}: {min(numbers)}–{max(numbers)}, {_gaps(numbers)} gaps" if numbers else "0"
        yield name, span
    yield (
        "mails owed, delivered, of them duplicates",
        (f"{len(evidence.mails)}, {len(evidence.mailbox)}, {duplicates(evidence)}"),
    )


def _gaps(numbers: list[int]) -> int:
    return max(numbers) - min(numbers) + 1 - len(set(numbers))


def _list(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items()) or "none"
