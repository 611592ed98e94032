"""The outbox: nothing is lost, nothing goes out twice, and what cannot be delivered is tried again and then shown."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from queue import Empty

import pytest
import time_machine
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as MemoryBackend
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from billing import tasks
from billing.models import (
    Document,
    DocumentFile,
    MailKind,
    MailStatus,
    Order,
    OrderState,
    OutboxMail,
    PaymentMethod,
)
from billing.outbox import MAX_ATTEMPTS, due_mail_ids, queue_mail, send_again, send_queued
from tests.factories import UserFactory, open_shop, pay, place
from truelink_shop.celery import app

pytestmark = pytest.mark.django_db

_MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class ServerDown(BaseEmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Refuse."""
        raise ConnectionRefusedError(111, "Connection refused")


class KilledBefore(BaseEmailBackend):
    """The worker is killed before the mail server has the mail: nothing after this runs."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Die."""
        raise SystemExit


class KilledAfter(MemoryBackend):
    """The worker is killed when the mail server has the mail: it cannot note that any more."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """Deliver and die."""
        super().send_messages(messages)
        raise SystemExit


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The morning of a day, which passes only when the test says so."""
    with time_machine.travel(_MORNING, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def through(settings: Settings) -> Callable[[type[BaseEmailBackend]], None]:
    """A function that has the worker send through this transport."""

    def use(transport: type[BaseEmailBackend]) -> None:
        settings.OUTBOX_TRANSPORT = {"EMAIL_BACKEND": f"{transport.__module__}.{transport.__name__}"}

    return use


@pytest.fixture
def invoice() -> Document:
    """A placed order's invoice, whose mail waits in the outbox for the PDF."""
    placed = place(UserFactory.create(), (open_shop(), 100))
    assert placed.invoice is not None
    return placed.invoice


def a_mail(**fields: object) -> OutboxMail:
    """A queued mail without a document."""
    defaults = {
        "kind": MailKind.CONFIRMATION,
        "sender": "TrueLink <kundecenter@truelink.dk>",
        "recipients": ["kontor@firma.example"],
        "subject": "Emne",
        "text": "Tekst",
        "html": "<p>Tekst</p>",
    }
    return queue_mail(OutboxMail(**{**defaults, **fields}))


def knocks() -> list[tuple[str, list[int]]]:
    """Take what was sent to the worker from the broker: tasks with their arguments."""
    taken: list[tuple[str, list[int]]] = []
    with app.connection_for_read() as connection, closing(connection.SimpleQueue("truelink")) as queue:
        while True:
            try:
                message = queue.get(block=False)
            except Empty:
                return taken
            taken.append((message.headers["task"], message.payload[0]))
            message.ack()


# --- sending ----------------------------------------------------------------------------------------------------------


def test_sends_what_was_queued(mailoutbox: list[EmailMultiAlternatives]) -> None:
    mail = a_mail(headers={"Auto-Submitted": "auto-generated"})

    assert send_queued(mail.pk) is True

    (sent,) = mailoutbox
    assert sent.from_email == "TrueLink <kundecenter@truelink.dk>"
    assert sent.to == ["kontor@firma.example"]
    assert (sent.subject, sent.body) == ("Emne", "Tekst")
    assert [tuple(part) for part in sent.alternatives] == [("<p>Tekst</p>", "text/html")]
    assert sent.extra_headers == {"Auto-Submitted": "auto-generated", "Message-ID": mail.message_id}
    mail.refresh_from_db()
    assert (mail.status, mail.sent_at, mail.attempts, mail.lease_until) == (MailStatus.SENT, _MORNING, 1, None)


@pytest.mark.fault(34)
def test_sends_a_mail_once(mailoutbox: list[EmailMessage]) -> None:
    mail = a_mail()

    assert [send_queued(mail.pk), send_queued(mail.pk)] == [True, False]

    assert len(mailoutbox) == 1


def test_makes_the_message_id_when_queued_in_the_senders_domain() -> None:
    first, second = a_mail(), a_mail()

    assert first.message_id.endswith("@truelink.dk>")
    assert first.message_id != second.message_id


def test_gives_out_due_mails_the_oldest_first(clock: time_machine.Traveller) -> None:
    mails = [a_mail().pk for _ in range(3)]
    OutboxMail.objects.filter(pk=mails[1]).update(next_at=_MORNING + timedelta(seconds=1))

    assert due_mail_ids() == [mails[0], mails[2]]
    clock.shift(1)
    assert due_mail_ids() == mails
    assert due_mail_ids(limit=2) == mails[:2]


# --- waiting for the PDF ----------------------------------------------------------------------------------------------


def test_waits_for_the_pdf(invoice: Document, mailoutbox: list[EmailMessage]) -> None:
    mail = OutboxMail.objects.get()
    assert due_mail_ids() == []
    assert send_queued(mail.pk) is False

    tasks.render_document(invoice.pk)

    (sent,) = mailoutbox
    (attachment,) = sent.attachments
    pdf = bytes(DocumentFile.objects.get().content)
    assert tuple(attachment) == ("Faktura 10001.pdf", pdf, "application/pdf")
    mail.refresh_from_db()
    assert mail.status == MailStatus.SENT


@pytest.mark.fault(36)
def test_keeps_waiting_while_the_pdf_cannot_be_made(
    invoice: Document, mailoutbox: list[EmailMessage], settings: Settings
) -> None:
    templates = settings.TEMPLATES
    settings.TEMPLATES = [{**templates[0], "DIRS": []}]

    tasks.render_document(invoice.pk)
    tasks.sweep_outbox()

    mail = OutboxMail.objects.get()
    assert (mailoutbox, mail.status, mail.attempts) == ([], MailStatus.QUEUED, 0)
    settings.TEMPLATES = templates
    tasks.render_document(invoice.pk)
    assert len(mailoutbox) == 1


# --- the transaction that caused it -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_knocks_after_the_commit() -> None:
    knocks()

    with transaction.atomic():
        mail = a_mail()
        assert knocks() == []

    assert knocks() == [("billing.send_mail", [mail.pk])]


@pytest.mark.django_db(transaction=True)
def test_knocks_for_the_document_when_the_mail_waits_for_one() -> None:
    user, clips = UserFactory.create(), open_shop()
    knocks()

    invoice = place(user, (clips, 100)).invoice

    assert invoice is not None
    assert knocks() == [("billing.render_document", [invoice.pk])]


@pytest.mark.fault(35)
@pytest.mark.django_db(transaction=True)
def test_leaves_no_mail_and_no_task_after_a_rollback() -> None:
    user, clips = UserFactory.create(), open_shop()
    knocks()

    with transaction.atomic():
        pay(place(user, (clips, 100)).order)
        a_mail()
        assert OutboxMail.objects.count() == 3
        transaction.set_rollback(True)

    assert not OutboxMail.objects.exists()
    assert not Order.objects.exists()
    assert knocks() == []


@pytest.mark.fault(30)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker_down")
def test_places_orders_while_the_broker_is_down(mailoutbox: list[EmailMessage], clock: time_machine.Traveller) -> None:
    user, clips = UserFactory.create(), open_shop()

    with capture_logs() as logs:
        invoice = place(user, (clips, 100)).invoice

    assert invoice is not None
    assert [(log["event"], log["task"], log["pk"]) for log in logs] == [
        ("kick_failed", "billing.render_document", invoice.pk)
    ]
    assert Order.objects.get().state == OrderState.AWAITING_PAYMENT
    assert mailoutbox == []
    clock.shift(15)
    tasks.sweep_documents()
    assert [mail.subject for mail in mailoutbox] == ["Faktura 10001 fra TrueLink Test A/S"]


@pytest.mark.fault(30)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker_down")
def test_settles_orders_while_the_broker_is_down(mailoutbox: list[EmailMessage]) -> None:
    order = place(UserFactory.create(), (open_shop(), 100)).order

    with capture_logs() as logs:
        pay(order)

    assert [log["event"] for log in logs] == ["kick_failed"]
    tasks.sweep_outbox()
    assert [mail.subject for mail in mailoutbox] == ["Vi har registreret din indbetaling af faktura 10001"]


# --- workers that die -------------------------------------------------------------------------------------------------


@pytest.mark.fault(32)
def test_sends_after_the_lease_of_a_worker_that_was_killed(
    through: Callable[[type[BaseEmailBackend]], None],
    mailoutbox: list[EmailMessage],
    clock: time_machine.Traveller,
) -> None:
    mail = a_mail()
    through(KilledBefore)
    with pytest.raises(SystemExit):
        send_queued(mail.pk)
    through(MemoryBackend)

    clock.shift(timedelta(minutes=5) - timedelta(seconds=1))
    tasks.sweep_outbox()
    assert mailoutbox == []
    clock.shift(1)
    tasks.sweep_outbox()

    assert [sent.extra_headers["Message-ID"] for sent in mailoutbox] == [mail.message_id]
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (MailStatus.SENT, 2)


@pytest.mark.fault(33)
def test_repeats_at_most_once_and_with_the_same_message_id(
    through: Callable[[type[BaseEmailBackend]], None],
    mailoutbox: list[EmailMessage],
    clock: time_machine.Traveller,
) -> None:
    mail = a_mail()
    through(KilledAfter)
    with pytest.raises(SystemExit):
        send_queued(mail.pk)
    through(MemoryBackend)

    for _ in range(3):
        clock.shift(timedelta(minutes=5))
        tasks.sweep_outbox()

    assert [sent.extra_headers["Message-ID"] for sent in mailoutbox] == [mail.message_id] * 2


@pytest.mark.fault(32)
def test_leaves_a_mail_to_the_worker_that_has_its_lease(mailoutbox: list[EmailMessage]) -> None:
    mail = a_mail()
    OutboxMail.objects.update(lease_until=_MORNING + timedelta(seconds=1))

    assert send_queued(mail.pk) is False
    assert due_mail_ids() == []
    assert mailoutbox == []


# --- servers that are down --------------------------------------------------------------------------------------------


@pytest.mark.fault(37)
def test_puts_a_mail_off_longer_each_time(
    through: Callable[[type[BaseEmailBackend]], None], clock: time_machine.Traveller
) -> None:
    mail = a_mail()
    through(ServerDown)

    waits = []
    while mail.status == MailStatus.QUEUED:
        tasks.sweep_outbox()
        mail.refresh_from_db()
        waits.append((mail.next_at - timezone.now()) // timedelta(minutes=1))
        tasks.sweep_outbox()  # not before its time
        clock.move_to(mail.next_at)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]
    assert (mail.status, mail.attempts, mail.sent_at) == (MailStatus.FAILED, MAX_ATTEMPTS, None)
    assert mail.last_error == "ConnectionRefusedError: [Errno 111] Connection refused"
    assert due_mail_ids() == []


@pytest.mark.fault(37)
def test_delivers_when_the_server_is_back(
    through: Callable[[type[BaseEmailBackend]], None],
    mailoutbox: list[EmailMessage],
    clock: time_machine.Traveller,
) -> None:
    mail = a_mail()
    through(ServerDown)
    tasks.sweep_outbox()
    through(MemoryBackend)
    clock.shift(60)

    tasks.sweep_outbox()

    assert [sent.extra_headers["Message-ID"] for sent in mailoutbox] == [mail.message_id]
    mail.refresh_from_db()
    assert (mail.status, mail.last_error) == (MailStatus.SENT, "")


@pytest.mark.parametrize("status", [MailStatus.SENT, MailStatus.FAILED])
def test_sends_again_when_staff_ask(status: MailStatus, mailoutbox: list[EmailMessage]) -> None:
    mail = a_mail()
    sent_at = _MORNING if status == MailStatus.SENT else None
    OutboxMail.objects.update(status=status, sent_at=sent_at, attempts=MAX_ATTEMPTS)

    assert send_again(mail) is True
    assert send_again(mail) is False  # a double click
    tasks.sweep_outbox()

    assert len(mailoutbox) == 1
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (MailStatus.SENT, 1)


# --- mails of Django and of libraries ---------------------------------------------------------------------------------


def test_queues_what_libraries_mail(mailoutbox: list[EmailMessage]) -> None:
    send_mail("Emne", "Tekst", None, ["karen@firma.example"], html_message="<p>Tekst</p>")

    assert mailoutbox == []
    mail = OutboxMail.objects.get()
    assert (mail.kind, mail.secret, mail.recipients) == (MailKind.ACCOUNT, True, ["karen@firma.example"])
    assert (mail.sender, mail.subject) == ("TrueLink <kundecenter@truelink.dk>", "Emne")
    assert (mail.text, mail.html) == ("Tekst", "<p>Tekst</p>")


def test_refuses_attachments_that_it_would_lose() -> None:
    message = EmailMessage("Emne", "Tekst", to=["karen@firma.example"])
    message.attach("fil.txt", "indhold")

    with pytest.raises(ValueError, match="attachments"):
        message.send()

    assert not OutboxMail.objects.exists()


def test_wipes_secrets_once_they_are_sent(mailoutbox: list[EmailMessage]) -> None:
    mail = a_mail(secret=True, text="hemmeligt link", html="<a>hemmeligt link</a>")

    send_queued(mail.pk)

    assert mailoutbox[0].body == "hemmeligt link"
    mail.refresh_from_db()
    assert (mail.status, mail.text, mail.html) == (MailStatus.SENT, "", "")


def test_keeps_secrets_until_they_are_sent(through: Callable[[type[BaseEmailBackend]], None]) -> None:
    mail = a_mail(secret=True, text="hemmeligt link")
    through(ServerDown)

    send_queued(mail.pk)

    mail.refresh_from_db()
    assert (mail.status, mail.text) == (MailStatus.QUEUED, "hemmeligt link")


def test_never_sends_secrets_again() -> None:
    mail = a_mail(secret=True)
    send_queued(mail.pk)

    assert send_again(mail) is False

    mail.refresh_from_db()
    assert mail.status == MailStatus.SENT


def test_keeps_what_is_no_secret() -> None:
    mail = a_mail()

    send_queued(mail.pk)

    mail.refresh_from_db()
    assert (mail.text, mail.html) == ("Tekst", "<p>Tekst</p>")


def test_mails_nothing_for_an_unpaid_card_order() -> None:
    place(UserFactory.create(), (open_shop(), 100), method=PaymentMethod.CARD)

    assert not OutboxMail.objects.exists()


class SlowerThanTheLease(MemoryBackend):
    """The mail server takes its time: meanwhile the lease passes, and another worker claims the mail."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """Deliver at last."""
        OutboxMail.objects.update(lease_until=timezone.now() + timedelta(hours=1))
        return super().send_messages(messages)


@pytest.mark.django_db
def test_notes_what_the_mail_server_took_though_the_lease_had_passed(
    through: Callable[[type[BaseEmailBackend]], None],
) -> None:
    mail = a_mail()
    through(SlowerThanTheLease)

    assert send_queued(mail.pk)

    mail.refresh_from_db()
    assert (mail.status, mail.lease_until) == (MailStatus.SENT, None)
