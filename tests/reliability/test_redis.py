"""Redis refuses, or takes the connection and never answers: every page goes on, and waits a bounded time."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from celery import Celery
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from billing import tasks
from billing.models import Document, Order, OrderState, PaymentAttempt
from tests.factories import PASSWORD, StaffFactory, UserFactory, open_shop
from tests.simulator import Simulator
from tests.visitor import Visitor
from truelink_shop.celery import _configuration

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault(31)]

_MOMENT = 0.2


@contextmanager
def server_that_hangs() -> Iterator[int]:
    """Accept connections on a port, and never say a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    kept.append(listener.accept()[0])
                except OSError:
                    return

        thread = Thread(target=accept, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        assert kept, "nobody has tried to knock"
        for connection in kept:
            connection.close()


def app_for(broker: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Celery:
    """Return an app with production's configuration for the broker."""
    monkeypatch.delenv("CELERY_BROKER_URL")  # Celery would read it before what an app is told
    settings.CELERY_BROKER_URL = broker
    app = Celery("of_this_test", set_as_current=False)
    app.add_defaults(_configuration)
    return app


@pytest.fixture(params=["refuses", "hangs"])
def _redis_down(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shop knocks through an app whose Redis is of no use. So that the test is quick, it waits a moment for it."""

    def use(port: int) -> None:
        app = app_for(f"redis://127.0.0.1:{port}", settings, monkeypatch)
        app.conf.broker_transport_options = {**app.conf.broker_transport_options, "socket_timeout": _MOMENT}
        monkeypatch.setattr(sys.modules[__name__], "app_in_use", app, raising=False)
        settings.CELERY_APP = f"{__name__}.app_in_use"

    if request.param == "refuses":
        use(1)
        yield
        return
    with server_that_hangs() as port:
        use(port)
        yield


def test_waiting_for_redis_is_bounded_by_the_sockets_own_timeouts(
    redis_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What production's app gives to the library that opens the socket."""
    app = app_for(f"{redis_url}/15", settings, monkeypatch)
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        used = channel.client.connection_pool.connection_kwargs
    assert (used["socket_connect_timeout"], used["socket_timeout"]) == (2, 5)
    assert app.conf.broker_transport_options["max_retries"] == 1
    assert (app.conf.broker_connection_timeout, app.conf.task_publish_retry) == (2, False)


@pytest.mark.usefixtures("_redis_down")
def test_pages_answer_and_mails_leave_later(stripe: Simulator, mailoutbox: list[EmailMessage]) -> None:
    open_shop()
    user, staff = UserFactory.create(), StaffFactory.create()
    member = log_on(user.username)
    with capture_logs() as logs:
        order_clips(member, "Betal via kontooverførsel")
        assert member.heading == "Tak for din bestilling"
        pay_by_card(member, stripe)
        assert "Kvittering" in member.heading
        desk = log_on(staff.username).open("/admin/").click("Markér som betalt").press("Markér som betalt")
    assert (desk.status, "er registreret som betalt" in desk.text) == (200, True)
    assert [order.state for order in Order.objects.all()] == [OrderState.PAID] * 2
    assert [log["event"] for log in logs if log["event"] == "kick_failed"] == ["kick_failed"] * 3

    assert mailoutbox == []
    for document in Document.objects.all():
        tasks.render_document(document.pk)
    tasks.sweep_outbox()
    assert sorted(mail.subject.split()[0] for mail in mailoutbox) == ["Faktura", "Kvittering", "Vi"]


def log_on(name: str) -> Visitor:
    """Come in by the front door."""
    person = Visitor().open("/").click("Log på")
    person.fill("Brugernavn", name).fill("Kodeord", PASSWORD).press("Log på")
    assert person.status == 200
    return person


def order_clips(member: Visitor, way: str) -> None:
    """Buy 100 invoice clips."""
    member.open("/koeb/").fill("Antal", "100", inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
    member.click("Gå til kassen").choose(way).choose("Jeg accepterer TrueLinks salgsbetingelser")
    member.press("Afsend bestilling")


def pay_by_card(member: Visitor, stripe: Simulator) -> None:
    """Order, pay on Stripe's page, and come back."""
    order_clips(member, "Betal med betalingskort")
    member.choose("Visa/Dankort").press("Gå til betaling af 312,50\u00a0kr.")
    attempt = PaymentAttempt.objects.get(expires_at__gt=timezone.now())
    stripe.pay(str(attempt.session_id))
    member.open(f"/ordrer/{attempt.order_id}/betal/retur/?session={attempt.session_id}")
