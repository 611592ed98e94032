"""Every task of the worker, delivered twice in a row and twice at the same moment: one effect."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery import Task
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.utils import timezone

from billing import tasks
from billing.models import ArchivePart, Document, DocumentArchive, OutboxMail, PaymentMethod
from tests.card.shop import open_page
from tests.factories import UserFactory, open_shop, pay, place
from tests.races.threads import at_once
from tests.simulator import Simulator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault(34)]

# What each task is asked to do. A task that is not here fails the test below.
CALLS: dict[str, Callable[[], object]] = {
    "billing.send_mail": lambda: tasks.send_mail(OutboxMail.objects.filter(document=None)[0].pk),
    "billing.render_document": lambda: tasks.render_document(Document.objects.order_by("pk")[0].pk),
    "billing.sweep_outbox": tasks.sweep_outbox,
    "billing.sweep_documents": tasks.sweep_documents,
    "billing.make_archive": lambda: tasks.make_one_archive(DocumentArchive.objects.latest("pk").pk),
    "billing.sweep_archives": tasks.sweep_archives,
    "billing.delete_old_archives": tasks.delete_archives,
    "billing.expire_clips": tasks.expire_clips,
    "billing.sweep_card_payments": tasks.sweep_card_payments,
    "billing.cancel_forgotten_card_orders": tasks.cancel_forgotten_orders,
    "billing.clear_sessions": tasks.clear_sessions,
}


@pytest.fixture(autouse=True)
def _something_for_every_task(stripe: Simulator) -> None:
    """Mails, PDFs, zip files and clips that are due, a card payment that nobody told of, and what is old and forgotten:
    an order, a session, a zip file.
    """
    fakturaklip, user = open_shop(), UserFactory.create()
    with time_machine.travel(timezone.now() - timedelta(days=800)):
        pay(place(user, (fakturaklip, 100)).order)
        place(user, (fakturaklip, 100), method=PaymentMethod.CARD)
        session = SessionStore()
        session.set_expiry(60)
        session.save()
    long_ago = timezone.now() - timedelta(days=8)
    asked = {"company": user.company, "year": Document.objects.get().issued_on.year}
    old = DocumentArchive.objects.create(
        **asked, status="ready", asked_at=long_ago, next_at=long_ago, made_at=long_ago, size=3
    )
    ArchivePart.objects.create(archive=old, position=0, content=b"zip")
    # It does not wait for the PDFs any more.
    an_hour_ago = timezone.now() - timedelta(hours=1)
    DocumentArchive.objects.create(**asked, asked_at=an_hour_ago, next_at=an_hour_ago)
    paid = place(user, (fakturaklip, 200), method=PaymentMethod.CARD).order
    with time_machine.travel(timezone.now() - timedelta(minutes=10)):
        stripe.pay(open_page(paid))


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return every row of the shop's tables, and of the sessions."""
    models = [model for room in ("accounts", "billing") for model in apps.get_app_config(room).get_models()]
    tables = [model for model in models if not model._meta.proxy] + [Session]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in tables}


def test_every_task_is_here() -> None:
    assert {*CALLS, "billing.reconcile"} == {task.name for task in vars(tasks).values() if isinstance(task, Task)}


@pytest.mark.parametrize("name", CALLS)
def test_twice_in_a_row_has_one_effect(name: str, mailoutbox: list[EmailMessage]) -> None:
    before = everything()
    CALLS[name]()
    once, mails = everything(), len(mailoutbox)
    CALLS[name]()
    assert once != before
    assert (everything(), len(mailoutbox)) == (once, mails)


def test_reconciling_twice_writes_down_two_runs_and_nothing_else() -> None:
    before = everything()
    tasks.reconcile_with_stripe()
    tasks.reconcile_with_stripe()
    after = everything()
    assert len(after.pop("billing.Reconciliation")) == len(before.pop("billing.Reconciliation")) + 2
    assert after == before


@pytest.mark.postgresql
@pytest.mark.parametrize("name", CALLS)
def test_twice_at_the_same_moment_has_one_effect(name: str, mailoutbox: list[EmailMessage]) -> None:
    """Afterwards a third delivery finds nothing to do; nothing was posted, issued or mailed a second time."""
    assert [answer for answer in at_once(CALLS[name], CALLS[name]) if answer is not None] == []
    after, mails = everything(), [mail.extra_headers["Message-ID"] for mail in mailoutbox]
    CALLS[name]()
    assert len(set(mails)) == len(mails) == len(mailoutbox)
    assert everything() == after
