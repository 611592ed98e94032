"""Everything that the shop knows about its orders' money, read in one go."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from accounts.models import ClipEntry
from billing.models import ActionItem, Document, Order, OutboxMail, Payment, PaymentAttempt


@dataclass(frozen=True)
class Snapshot:
    """By order where nothing else is said; lists are sorted, payments as they came."""

    states: dict[int, str]
    payments: dict[int, list[tuple[str, bool]]]
    documents: dict[int, list[str]]
    mails: dict[int, list[str]]
    items: dict[int, list[str]]
    waiting: set[str]
    tried: set[int]
    clips: int
    numbers: dict[str, list[int]]

    def waits_for_staff(self, order: int) -> bool:
        """Whether money that does not fit has come for the order, and nobody has decided about it."""
        return any(key in self.waiting for key in self.items[order] if key.startswith("mismatch:"))


def read() -> Snapshot:
    """Read the shop as it is now."""
    documents = list(Document.objects.order_by("pk").values_list("order_id", "kind", "number"))
    items = list(ActionItem.objects.order_by("key").values_list("order_id", "key", "handled_at"))
    return Snapshot(
        states=dict(Order.objects.order_by("pk").values_list("pk", "state")),
        payments=_by_order((order, (key, surplus)) for order, key, surplus in _payments()),
        documents=_by_order(sorted((order, kind) for order, kind, _ in documents)),
        mails=_by_order(OutboxMail.objects.order_by("kind").values_list("order_id", "kind")),
        items=_by_order((order, key) for order, key, _ in items),
        waiting={key for _, key, handled_at in items if handled_at is None},
        tried=set(PaymentAttempt.objects.undecided().values_list("order_id", flat=True)),
        clips=sum(ClipEntry.objects.values_list("delta", flat=True)),
        numbers=_by_order((kind, number) for _, kind, number in documents),
    )


def _payments() -> Any:
    return Payment.objects.order_by("pk").values_list("order_id", "key", "is_surplus")


def _by_order(pairs: Any) -> dict[Any, list[Any]]:
    found = defaultdict(list)
    for order, fact in pairs:
        found[order].append(fact)
    return found
