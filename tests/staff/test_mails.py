"""Mails in admin: their text, their secrets, and sending them again."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import override_settings

from accounts.models import User
from billing.models import (
    MailStatus,
    Order,
    OutboxMail,
)
from billing.outbox import MAX_ATTEMPTS, send_queued
from tests.factories import StaffFactory, UserFactory
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


def secret_mail(**fields: Any) -> OutboxMail:
    Visitor().send("/glemt-kodeord/", [("email", UserFactory.create().email)])
    OutboxMail.objects.filter(secret=True).update(**fields)
    return OutboxMail.objects.get(secret=True)


def mail_page(mail: OutboxMail) -> str:
    return f"/admin/billing/outboxmail/{mail.pk}/change/"


def test_a_mails_page_shows_its_text(desk: Visitor, order: Order) -> None:
    desk.open(mail_page(order.mails.get()))
    assert "Faktura 10001" in desk.text
    assert "000000000100016" in desk.text


def test_a_mail_with_a_secret_keeps_it(desk: Visitor) -> None:
    mail = secret_mail()
    assert "/kodeord/" in mail.text
    for path in (mail_page(mail), "/admin/billing/outboxmail/"):
        assert b"/kodeord/" not in desk.open(path).content
    assert "Skjult, fordi mailen indeholder et link til et kodeord." in desk.open(mail_page(mail)).text


def test_a_mail_is_sent_again_once_and_who_did_it_is_logged(desk: Visitor, staff: User, order: Order) -> None:
    mail = order.mails.get()
    OutboxMail.objects.update(status=MailStatus.FAILED, attempts=12)
    desk.open(mail_page(mail)).press("Send igen")
    assert "Mailen sendes igen til faktura@bogtryk.example." in desk.text
    assert not desk.has_button("Send igen")
    desk.send(f"/admin/billing/outboxmail/{mail.pk}/send-igen/", [])
    assert "Mailen står allerede i kø." in desk.text
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == (MailStatus.QUEUED, 0)
    log = LogEntry.objects.get()
    assert (log.user, log.object_id, log.change_message) == (staff, str(mail.pk), "Sendt igen.")


def test_a_mail_with_a_secret_is_never_sent_again(desk: Visitor) -> None:
    mail = secret_mail(status=MailStatus.FAILED)
    assert not desk.open(mail_page(mail)).has_button("Send igen")
    desk.send(f"/admin/billing/outboxmail/{mail.pk}/send-igen/", [])
    assert "Mailen indeholder et link til et kodeord. Send brugeren et nyt link i stedet." in desk.text
    mail.refresh_from_db()
    assert (mail.status, LogEntry.objects.count()) == (MailStatus.FAILED, 0)


def test_several_mails_are_sent_again_at_once(desk: Visitor, others: list[Order]) -> None:
    secret_mail()
    OutboxMail.objects.update(status=MailStatus.FAILED)
    chosen = [("_selected_action", str(mail.pk)) for mail in OutboxMail.objects.all()]
    desk.send("/admin/billing/outboxmail/", [("action", "send_selected_again"), ("index", "0"), *chosen])
    assert "3 sendes igen. 1 blev sprunget over: de er i kø eller indeholder et link til et kodeord." in desk.text
    assert sorted(OutboxMail.objects.values_list("secret", "status")) == [
        (False, "queued"),
        (False, "queued"),
        (False, "queued"),
        (True, "failed"),
    ]


def test_sending_again_needs_the_permission_and_a_post(desk: Visitor, order: Order) -> None:
    path = f"/admin/billing/outboxmail/{order.mails.get().pk}/send-igen/"
    OutboxMail.objects.update(status=MailStatus.FAILED)
    assert desk.client.get(path).status_code == 405
    assert Visitor(StaffFactory.create(is_superuser=False)).client.post(path).status_code == 403
    assert order.mails.get().status == MailStatus.FAILED


@pytest.mark.parametrize("lookup", ["text__contains", "html__startswith", "headers__icontains", "text__regex"])
def test_what_a_mail_says_cannot_be_guessed_through_filters(desk: Visitor, lookup: str) -> None:
    """Letter by letter, the number of hits would tell the link for a password."""
    secret_mail()
    hits = desk.client.get("/admin/billing/outboxmail/", {lookup: "/kodeord/"})
    assert (hits.status_code, b"1 mail" in hits.content) == (400, False)


def test_a_secret_that_was_given_up_is_wiped() -> None:
    mail = secret_mail(attempts=MAX_ATTEMPTS - 1)
    with override_settings(OUTBOX_TRANSPORT={"EMAIL_BACKEND": "no.such.Backend"}):
        assert not send_queued(mail.pk)
    mail.refresh_from_db()
    assert (mail.status, mail.text, mail.html) == (MailStatus.FAILED, "", "")
