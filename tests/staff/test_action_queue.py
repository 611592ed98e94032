"""The queue "Kræver handling" on admin's front page."""

from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import User
from billing.models import ActionItem, ActionKind, Document, MailStatus, Order, OutboxMail, PaymentMethod, RenderFailure
from billing.services.rendering import make_pdf
from billing.services.settling import Received, settle_order
from tests.factories import CompanyFactory, StaffFactory, UserFactory, pay
from tests.staff.cards import item_of
from tests.staff.clock import MONDAY_NOON, THURSDAY_NOON
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

MAILS = "Mails, der ikke er leveret"
HEAD = "Sag Hvad Medlem Bestilling Alder Næste trin"


@pytest.fixture
def quiet(order: Order) -> Order:
    """An order of which everything came through."""
    OutboxMail.objects.update(status=MailStatus.SENT, sent_at=timezone.now())
    assert make_pdf(order.documents.get().pk)
    return order


def test_nothing_waits_when_all_went_well(desk: Visitor, quiet: Order) -> None:
    assert desk.open("/admin/").part("Kræver handling 0") == "Kræver handling 0 Intet venter."


def test_surplus_money_waits_with_its_order_and_age(staff: User, quiet: Order) -> None:
    with time_machine.travel(MONDAY_NOON + timedelta(days=1), tick=False):
        pay(quiet)
        OutboxMail.objects.update(status=MailStatus.SENT, sent_at=timezone.now())
        again = Received(PaymentMethod.BANK_TRANSFER, quiet.total, timezone.localdate(), "bank-line:2")
        settle_order(order_id=quiet.pk, received=again)
    desk = Visitor(staff).open("/admin/")
    assert desk.part("Kræver handling 1") == (
        f"Kræver handling 1 {HEAD} Overskydende beløb 2.812,50\u00a0kr. er modtaget ud over det, som bestillingen "
        f"koster. Havnegadens Bogtryk ApS Bestilling {quiet.pk} 2 dage Markér som håndteret "
        "Se hele listen: Sager om penge (1)"
    )
    desk.click(f"Bestilling {quiet.pk}", inside="Kræver handling 1")
    assert desk.path == f"/admin/billing/order/{quiet.pk}/change/"


def test_surplus_from_before_the_queue_waits_in_it_as_old_as_it_is(staff: User, quiet: Order) -> None:
    pay(quiet)
    again = Received(PaymentMethod.BANK_TRANSFER, quiet.total, timezone.localdate(), "bank-line:2")
    settle_order(order_id=quiet.pk, received=again)
    as_settled = ActionItem.objects.values("order", "kind", "key", "what").get()
    ActionItem.objects.all().delete()
    with time_machine.travel(MONDAY_NOON + timedelta(days=9), tick=False):
        import_module("billing.migrations.0003_card_payments").keep_surplus_in_the_queue(apps, None)
    assert ActionItem.objects.values("order", "kind", "key", "what").get() == as_settled
    assert ActionItem.objects.get().created_at == THURSDAY_NOON


@pytest.mark.parametrize("kind", ActionKind.values)
def test_each_kind_of_case_waits_until_it_is_handled(desk: Visitor, quiet: Order, kind: str) -> None:
    item = item_of(quiet, kind=kind)
    queue = desk.open("/admin/").part("Kræver handling 1")
    assert f"{item.get_kind_display()} {item.what} Havnegadens Bogtryk ApS" in queue
    desk.click("Markér som håndteret").fill("Hvad blev der gjort?", "Ringede").press("Markér som håndteret")
    assert "Intet venter." in desk.open("/admin/").part("Kræver handling 0")


def is_undelivered(staff: User, **state: object) -> bool:
    OutboxMail.objects.update(**state)
    return Visitor(staff).open("/admin/").has_link("Se mailen")


def test_mails_that_did_not_come_through_wait(staff: User, order: Order) -> None:
    now = timezone.now()
    assert not is_undelivered(staff, next_at=now, attempts=0)
    assert not is_undelivered(staff, next_at=now + timedelta(hours=1), attempts=2)
    assert is_undelivered(staff, next_at=now + timedelta(hours=1), attempts=3)
    assert is_undelivered(staff, next_at=now - timedelta(minutes=11), attempts=0)
    assert is_undelivered(staff, status=MailStatus.FAILED, attempts=12, last_error="SMTPServerDisconnected")
    assert not is_undelivered(staff, status=MailStatus.SENT, sent_at=now)


def test_an_undelivered_mail_is_shown_with_its_error_and_can_be_sent_again(desk: Visitor, quiet: Order) -> None:
    OutboxMail.objects.update(
        status=MailStatus.FAILED, sent_at=None, attempts=12, last_error="ConnectionRefusedError: 111"
    )
    subject = OutboxMail.objects.get().subject
    assert desk.open("/admin/").part(f"{MAILS} 1") == (
        f"{MAILS} 1 Mail Til Hvad Medlem Bestilling Alder Næste trin {subject} faktura@bogtryk.example "
        f"Kunne ikke sendes, 12 forsøg, ConnectionRefusedError: 111 Havnegadens Bogtryk ApS Bestilling {quiet.pk} "
        "3 dage Se mailen Se hele listen"
    )
    assert "Kræver handling 0" in desk.text
    desk.click("Se mailen").press("Send igen")
    assert "Mailen sendes igen til faktura@bogtryk.example." in desk.text
    assert f"{MAILS} 0" in desk.open("/admin/").text


def test_a_mail_about_no_order_waits_too(desk: Visitor, quiet: Order) -> None:
    OutboxMail.objects.update(status=MailStatus.FAILED, sent_at=None, order=None, company=None)
    assert "forsøg 3 dage Se mailen" in desk.open("/admin/").part(f"{MAILS} 1")


def test_documents_without_a_pdf_wait_when_it_failed_or_takes_too_long(staff: User, order: Order) -> None:
    OutboxMail.objects.update(status=MailStatus.SENT, sent_at=timezone.now())
    document = Document.objects.get()
    with time_machine.travel(MONDAY_NOON + timedelta(minutes=5), tick=False):
        visitor = Visitor(staff)
        assert "Kræver handling 0" in visitor.open("/admin/").text
        failure = RenderFailure.objects.create(
            document=document, attempts=4, next_at=timezone.now(), last_error="OSError: disk full"
        )
        assert visitor.open("/admin/").part("Kræver handling 1") == (
            f"Kræver handling 1 {HEAD} PDF mangler Faktura 10001: 4 forsøg, OSError: disk full Havnegadens Bogtryk ApS "
            f"Bestilling {order.pk} i dag Se bilaget Se hele listen: Bilag uden PDF (1)"
        )
        assert visitor.click("Se bilaget").path == f"/admin/billing/invoice/{document.pk}/change/"
        failure.delete()
    assert "Faktura 10001: PDF'en er endnu ikke forsøgt dannet" in Visitor(staff).open("/admin/").part(
        "Kræver handling 1"
    )
    assert make_pdf(document.pk)
    assert "Kræver handling 0" in Visitor(staff).open("/admin/").text


def test_what_has_waited_longest_comes_first_whatever_it_is(staff: User, order: Order) -> None:
    for days in (-1, 1):
        with time_machine.travel(MONDAY_NOON + timedelta(days=days), tick=False):
            item_of(order, what=f"Dag {days}")
    queue = Visitor(staff).open("/admin/").part("Kræver handling 3")
    assert queue.index("Dag -1") < queue.index("PDF mangler") < queue.index("Dag 1")
    assert "Se hele listen: Sager om penge (2) · Bilag uden PDF (1)" in queue


def test_many_mails_leave_room_for_money(desk: Visitor, quiet: Order) -> None:
    mail = OutboxMail.objects.get()
    for number in range(25):
        mail.pk, mail.message_id, mail.status, mail.sent_at = None, f"<{number}@x>", MailStatus.FAILED, None
        mail.save()
    item_of(quiet)
    assert desk.open("/admin/").part(f"{MAILS} 25").count("Se mailen") == 20
    desk.click("Se hele listen (25)")
    assert (desk.path, desk.status) == ("/admin/billing/outboxmail/?leveret=nej", 200)
    desk.open("/admin/").click("Sager om penge (1)")
    assert desk.path == "/admin/billing/actionitem/?venter=ja"


def test_staff_see_of_the_queue_what_they_may_look_at(quiet: Order) -> None:
    OutboxMail.objects.update(status=MailStatus.FAILED, sent_at=None)
    item_of(quiet)
    clerk = StaffFactory.create(is_superuser=False)
    visitor = Visitor(clerk)
    assert ("Kræver handling" in visitor.open("/admin/").text, MAILS in visitor.text) == (False, False)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_actionitem"))
    queue = visitor.open("/admin/").part("Kræver handling 1")
    assert (MAILS in visitor.text, "Markér som håndteret" in queue) == (False, False)


@pytest.mark.fault(57)
def test_markup_in_the_queue_is_shown_as_text(desk: Visitor, quiet: Order) -> None:
    evil = "<script>alert(1)</script>"
    UserFactory.create(company=CompanyFactory.create(name=evil))
    item_of(quiet, what=evil)
    OutboxMail.objects.update(status=MailStatus.FAILED, sent_at=None, last_error=evil)
    assert desk.open("/admin/").part("Kræver handling 1").count(evil) == 1
    assert desk.part(f"{MAILS} 1").count(evil) == 1
    assert b"<script>alert" not in desk.content
