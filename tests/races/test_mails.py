"""Workers and staff who are about to send one mail at the same moment."""

from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import User
from billing.models import OutboxMail
from billing.outbox import send_queued
from tests.factories import StaffFactory, UserFactory, open_shop, pay, place
from tests.races.threads import at_once, met_before, without_row_locks

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mail() -> OutboxMail:
    """A confirmation, which waits for no PDF."""
    pay(place(UserFactory.create(), (open_shop(), 100)).order)
    return OutboxMail.objects.get(document=None)


@pytest.mark.fault(34)
def test_two_workers_send_a_mail_twice_without_the_lock(mail: OutboxMail, mailoutbox: list[EmailMessage]) -> None:
    with without_row_locks(), met_before("billing.models.OutboxMail.save", parties=2):
        answers = at_once(*[lambda: send_queued(mail.pk)] * 2)
    assert (answers, len(mailoutbox)) == ([True, True], 2)


@pytest.mark.fault(34)
def test_many_workers_send_a_mail_once(mail: OutboxMail, mailoutbox: list[EmailMessage]) -> None:
    answers = at_once(*[lambda: send_queued(mail.pk)] * 4)
    assert sorted(map(str, answers)) == ["False", "False", "False", "True"]
    assert [sent.extra_headers["Message-ID"] for sent in mailoutbox] == [mail.message_id]


# --- "Send nyt link", pressed twice -----------------------------------------------------------------------------------


def press_twice(user: User) -> list[Any]:
    staff = StaffFactory.create()

    def press() -> int:
        desk = Client()
        desk.force_login(staff)
        return desk.post(f"/admin/accounts/user/{user.pk}/nyt-link/").status_code

    return at_once(press, press)


def test_two_presses_at_once_send_two_links_without_the_lock() -> None:
    user = UserFactory.create()
    with without_row_locks(), met_before("accounts.admin.user.send_new_link", parties=2):
        answers = press_twice(user)
    assert (answers, OutboxMail.objects.count()) == ([302, 302], 2)


def test_two_presses_at_once_send_one_link() -> None:
    user = UserFactory.create()
    assert (press_twice(user), OutboxMail.objects.count()) == ([302, 302], 1)
