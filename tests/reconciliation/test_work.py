"""What reconciliation says of mails, and of work that lies still: only what nobody knows of is a difference."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from billing.models import (
    ActionItem,
    ActionKind,
    ArchiveStatus,
    Document,
    DocumentArchive,
    MailKind,
    MailStatus,
    OutboxMail,
    PaymentAttempt,
    RenderFailure,
)
from billing.reconciliation import work
from billing.services.archiving import ask_for_archive
from tests.reconciliation.shop import Shop, differing

pytestmark = pytest.mark.django_db

_BEFORE, _AFTER = timedelta(hours=1, minutes=59), timedelta(hours=2, minutes=1)


@pytest.mark.parametrize(
    ("kind", "order", "words"),
    [
        (MailKind.INVOICE, "awaited", "Faktura"),
        (MailKind.RECEIPT, "card_paid", "Kvittering"),
        (MailKind.CONFIRMATION, "paid", "Bekræftelse på indbetaling"),
        (MailKind.CREDIT_NOTE, "cancelled", "Kreditnota"),
    ],
)
def test_a_mail_that_was_never_queued(shop: Shop, kind: MailKind, order: str, words: str) -> None:
    pk = getattr(shop, order).pk
    OutboxMail.objects.get(order=pk, kind=kind).delete()
    assert differing() == {
        "mails.owed_mails": [f"Bestilling {pk}: mailen »{words}« er aldrig sat i udbakken."]
    }  # fmt: skip


def test_an_attempt_that_nobody_asks_about(shop: Shop) -> None:
    attempt = shop.card_open.attempts.get()
    now = attempt.next_look_at
    assert work.attempts(now + _BEFORE).differences == 0
    assert work.attempts(now + _AFTER).sentences == (
        f"Betalingsforsøg {attempt.pk} på bestilling {shop.card_open.pk} bliver der ikke spurgt om.",
    )


def test_a_decided_attempt_is_not_asked_about(shop: Shop) -> None:
    PaymentAttempt.objects.undecided().update(state="expired", closed_at=timezone.now())
    assert work.attempts(timezone.now() + timedelta(days=9)).differences == 0


def test_a_mail_that_nobody_sends(shop: Shop) -> None:
    """Those that wait for their PDF are told of by the missing PDF."""
    now, ready = timezone.now(), OutboxMail.objects.filter(status=MailStatus.QUEUED, document=None).order_by("pk")
    assert work.mails(now + _BEFORE).differences == 0
    assert work.mails(now + _AFTER).sentences == tuple(f"Mail {mail.pk} ligger stille i udbakken." for mail in ready)
    assert ready.count() == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"status": MailStatus.FAILED},  # in staff's queue
        {"status": MailStatus.SENT, "sent_at": datetime.fromisoformat("2026-11-25T12:00:00+01:00")},
        {"next_at": datetime.fromisoformat("2999-01-01T00:00:00+00:00")},  # is tried again
        {"lease_until": datetime.fromisoformat("2999-01-01T00:00:00+00:00")},  # is being sent
    ],
)
def test_a_mail_that_somebody_works_on_or_knows_of(shop: Shop, fields: dict[str, object]) -> None:
    OutboxMail.objects.filter(status=MailStatus.QUEUED).update(**fields)
    assert work.mails(timezone.now() + _AFTER).differences == 0


def test_a_document_whose_file_nobody_makes(shop: Shop) -> None:
    now = timezone.now()
    missing = Document.objects.without_file()
    assert work.missing_files(now + _BEFORE).differences == 0
    said = work.missing_files(now + _AFTER)
    assert said.sentences == tuple(
        f"Bilag {each.pk} (nr. {each.number}) mangler sin PDF, og ingen danner den." for each in missing
    )
    assert said.differences == missing.count() == 8


def test_a_file_that_fails_is_known_as_long_as_it_is_tried_again(shop: Shop) -> None:
    now = timezone.now()
    for document in Document.objects.without_file():
        RenderFailure.objects.create(document=document, attempts=9, next_at=now + timedelta(hours=3), last_error="?")
    assert work.missing_files(now + _AFTER).differences == 0
    assert work.missing_files(now + timedelta(hours=5, minutes=1)).differences == 8


def test_a_zip_file_that_is_not_made_for_hours(shop: Shop) -> None:
    archive = _asked_for(shop)
    assert work.archives(archive.asked_at + _BEFORE).differences == 0
    assert work.archives(archive.asked_at + _AFTER).sentences == (
        f"Bilagssamling {archive.pk} ({archive.year}) bliver ikke dannet.",
    )
    DocumentArchive.objects.update(status=ArchiveStatus.READY, made_at=archive.asked_at)
    assert work.archives(archive.asked_at + _AFTER).differences == 0


def test_a_zip_file_that_was_given_up_and_not_asked_for_again(shop: Shop) -> None:
    archive = _asked_for(shop)
    DocumentArchive.objects.update(status=ArchiveStatus.FAILED, last_error="OSError: disk")
    assert work.archives(archive.asked_at).sentences == (
        f"Bilagssamling {archive.pk} ({archive.year}) bliver ikke dannet. OSError: disk",
    )
    _asked_for(shop)
    assert work.archives(archive.asked_at).differences == 0


def _asked_for(shop: Shop) -> DocumentArchive:
    assert shop.user.company is not None
    return ask_for_archive(company=shop.user.company, year=timezone.localdate().year)


def test_a_card_order_that_nobody_pays_or_cancels(shop: Shop) -> None:
    """One has an open attempt, and one waits for staff."""
    placed = shop.card_untried.placed_at
    assert work.card_orders(placed + timedelta(hours=25, minutes=59)).differences == 0
    late = placed + timedelta(hours=26, minutes=1)
    assert work.card_orders(late).sentences == (
        f"Bestilling {shop.card_untried.pk} venter stadig på et kort, som ingen betaler med.",
    )
    shop.card_open.attempts.update(state="expired", closed_at=placed + timedelta(hours=1))
    assert work.card_orders(late).differences == 1
    assert work.card_orders(late + timedelta(hours=1)).differences == 2
    ActionItem.objects.filter(kind=ActionKind.MISMATCH).delete()
    assert work.card_orders(late + timedelta(hours=1)).differences == 3
