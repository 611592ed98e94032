"""A worker that dies when the mail server has the mail, and a mail server that takes nothing: over real SMTP."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import environ
import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from billing import tasks
from billing.models import MailStatus, OutboxMail
from billing.outbox import MAX_ATTEMPTS
from billing.services.rendering import make_pdf
from tests.browser.demo_server import pdf_of, wait_for
from tests.factories import StaffFactory, UserFactory, open_shop, place
from tests.reliability.mail_server import MailServer, mail_server
from tests.reliability.processes import start
from tests.visitor import Visitor
from truelink_shop.celery import app

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def mail() -> OutboxMail:
    """An invoice's mail, whose PDF is there."""
    invoice = place(UserFactory.create(), (open_shop(), 100)).invoice
    assert invoice is not None
    make_pdf(invoice.pk)
    return OutboxMail.objects.get()


# --- killed after the mail server accepted ----------------------------------------------------------------------------


class Worker:
    """Celery's worker as production starts it, but with one process to kill, on a broker in a file."""

    def __init__(self, folder: Path, server: MailServer) -> None:
        self._broker = f"sqlite:///{folder}/broker.sqlite3"
        self._process = start(
            *("-m", "celery", "--app=truelink_shop", "worker", "--pool=solo", "--loglevel=WARNING"),
            CELERY_BROKER_URL=self._broker,
            EMAIL_URL=server.url,
        )

    def kill(self) -> None:
        """End it where it stands."""
        self._process.kill()

    def was_killed(self) -> bool:
        """Wait for its end, and return whether it was the kill."""
        self._process.communicate(timeout=120)
        return self._process.returncode == -signal.SIGKILL

    def knock(self, task: str) -> None:
        """Send it a task."""
        with app.connection_for_write(self._broker, transport="truelink_shop.file_broker:Transport") as connection:
            app.send_task(task, connection=connection, queue="truelink", ignore_result=True)


@pytest.mark.fault(33)
def test_mail_of_a_worker_killed_after_the_server_took_it_comes_twice_at_most(
    mail: OutboxMail, server: MailServer, settings: Settings, tmp_path: Path
) -> None:
    first = Worker(tmp_path, server)
    server.once_taken = first.kill
    first.knock("billing.sweep_outbox")
    assert first.was_killed()
    mail.refresh_from_db()
    assert (mail.status, mail.attempts, server.message_ids) == (MailStatus.QUEUED, 1, [mail.message_id])

    second = Worker(tmp_path, server)
    server.once_taken = lambda: None
    try:
        OutboxMail.objects.update(lease_until=timezone.now())  # five minutes later
        second.knock("billing.sweep_outbox")
        wait_for(lambda: OutboxMail.objects.filter(status=MailStatus.SENT).exists(), what="The mail", seconds=120)
    finally:
        second.kill()
        second.was_killed()
    settings.OUTBOX_TRANSPORT = environ.Env.email_url_config(server.url)
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        tasks.sweep_outbox()
    assert server.message_ids == [mail.message_id] * 2
    assert pdf_of(server.taken[0]) == pdf_of(server.taken[1])


# --- a mail server that takes nothing ---------------------------------------------------------------------------------


@pytest.mark.fault(37)
@pytest.mark.parametrize(
    ("how", "said"),
    [("refuses", "SMTPSenderRefused: (451, b'try later'"), ("is away", "ConnectionRefusedError: [Errno 111]")],
)
def test_mail_server_that_is_down_is_tried_seldom_and_then_staff_see_it_and_send_again(
    mail: OutboxMail, server: MailServer, settings: Settings, how: str, said: str
) -> None:
    nowhere = "smtp://127.0.0.1:1"
    settings.OUTBOX_TRANSPORT = environ.Env.email_url_config(server.url if how == "refuses" else nowhere)
    server.refuses = True
    with time_machine.travel(timezone.now(), tick=False) as clock:
        waits = []
        while mail.status == MailStatus.QUEUED:
            tasks.sweep_outbox()
            mail.refresh_from_db()
            waits.append(mail.next_at - timezone.now())
            clock.move_to(mail.next_at)
        assert len(waits) == MAX_ATTEMPTS
        assert waits == sorted(waits)
        assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(hours=6))
        assert mail.last_error.startswith(said)

        desk = Visitor(StaffFactory.create()).open("/admin/")
        assert "Faktura 10001" in desk.text
        desk.open(f"/admin/billing/outboxmail/{mail.pk}/change/").press("Send igen")
        settings.OUTBOX_TRANSPORT = environ.Env.email_url_config(server.url)
        server.refuses = False
        tasks.sweep_outbox()
    mail.refresh_from_db()
    assert (mail.status, server.message_ids) == (MailStatus.SENT, [mail.message_id])
