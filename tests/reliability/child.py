"""`python -m tests.reliability.child …`: a process of the shop's, upon the database of a test, that is to be killed.

- `settle ORDER MOMENT [torn]` settles a card order, and kills itself with SIGKILL at the moment. `torn` takes the
  transaction away.
- `archive ARCHIVE MOMENT` makes a zip file in the same way.
- `place USER PRODUCT` places orders without end, and writes each one's number on a line as soon as it is committed.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402 (models can be imported only after setup)
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.db.models import QuerySet  # noqa: E402
from django.db.models.signals import post_save  # noqa: E402

from accounts.models import ClipEntry, User  # noqa: E402
from billing.models import ArchivePart, Document, Order, OutboxMail, Payment, PaymentMethod  # noqa: E402
from billing.services.archiving import make_archive  # noqa: E402
from billing.services.settling import Received, settle_order  # noqa: E402
from catalog.models import Product  # noqa: E402
from tests.factories import place  # noqa: E402

# What has just been written when the process dies.
ROWS = {"payment": Payment, "entry": ClipEntry, "invoice": Document, "mail": OutboxMail}
PARTS = {"first part": 0, "second part": 1, "last part": 2}


def die(*_: Any, **__: Any) -> None:
    """End as a power cut would: nothing after this runs, nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(moment: str) -> None:
    """Prepare the death: after a row of ROWS has been written, "before commit", or "after commit"."""
    if moment in ROWS:
        post_save.connect(die, sender=ROWS[moment], weak=False)
        return
    commit: Callable[[BaseDatabaseWrapper], None] = vars(BaseDatabaseWrapper)["_commit"]

    def commit_and_die(wrapper: BaseDatabaseWrapper) -> None:
        if moment == "after commit":
            commit(wrapper)
        die()

    BaseDatabaseWrapper._commit = commit_and_die  # type: ignore[attr-defined]


def tear_the_transaction() -> None:
    """Let each statement be committed by itself."""
    transaction.atomic = lambda *_, **__: nullcontext()  # type: ignore[assignment]
    QuerySet.select_for_update = lambda rows, **_: rows  # type: ignore[method-assign]


def settle(order_id: str, moment: str, torn: str = "") -> None:
    """Settle, or die trying."""
    order = Order.objects.get(pk=order_id)
    if torn:
        tear_the_transaction()
    die_at(moment)
    settle_order(
        order_id=order.pk,
        received=Received(PaymentMethod.CARD, order.total, date(2026, 11, 23), f"stripe:cs_{order.pk}"),
    )


def archive(archive_id: str, moment: str) -> None:
    """Make the zip file, or die trying: after a part of PARTS has been written, before or after the first commit."""

    def die_after(instance: ArchivePart, **_: Any) -> None:
        if instance.position == PARTS[moment]:
            die()

    if moment in PARTS:
        post_save.connect(die_after, sender=ArchivePart, weak=False)
    else:
        die_at(moment)
    make_archive(int(archive_id))


def place_for_ever(user_id: str, product_id: str) -> None:
    """Order until the end."""
    user, product = User.objects.get(pk=user_id), Product.objects.get(pk=product_id)
    while True:
        print(place(user, (product, 100)).order.pk, flush=True)


if __name__ == "__main__":
    verbs: dict[str, Callable[..., None]] = {"settle": settle, "archive": archive, "place": place_for_ever}
    verbs[sys.argv[1]](*sys.argv[2:])
