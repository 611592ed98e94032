"""`manage.py afstem`, the nightly task, and what each run leaves behind."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from structlog.testing import capture_logs

from accounts.models import ClipAccount
from billing.models import Reconciliation, StripeAnswer
from billing.reconciliation.check import MOST_TOLD, found
from billing.reconciliation.running import CHECKS
from billing.tasks import reconcile_with_stripe
from tests.factories import CompanyFactory
from tests.reconciliation.shop import Shop, remove
from tests.simulator import Simulator
from truelink_shop.celery import app

pytestmark = pytest.mark.django_db(transaction=True)


def afstem(*options: str) -> tuple[int, list[str]]:
    """Run the command, and return its exit code and its lines."""
    out, code = io.StringIO(), 0
    try:
        call_command("afstem", *options, stdout=out)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, out.getvalue().splitlines()


def break_balances(number: int) -> None:
    """Make accounts whose balance comes from nowhere."""
    clip_type = ClipAccount.objects.all()[0].clip_type
    for _ in range(number):
        ClipAccount.objects.create(company=CompanyFactory.create(), clip_type=clip_type, balance=5)


def test_a_sound_shop_ends_with_a_table_and_zero(shop: Shop) -> None:
    code, lines = afstem("--stripe")
    assert code == 0
    assert lines[0].split() == ["Kontrol", "Set", "på", "Forskelle"]
    assert [line.rsplit(maxsplit=2)[0].rstrip() for line in lines[1 : len(CHECKS) + 1]] == [
        each.name for each in CHECKS
    ]
    assert len({len(line) for line in lines[: len(CHECKS) + 3]}) == 1
    assert lines[-1] == f"{len(CHECKS) + 2} kontroller, ingen forskelle."
    run = Reconciliation.objects.get()
    assert (run.checks, run.differences, run.stripe) == (len(CHECKS) + 2, 0, StripeAnswer.COMPARED)
    assert run.started_at <= run.finished_at
    assert [each["check"] for each in run.findings[: len(CHECKS)]] == [each.name for each in CHECKS]


def test_differences_are_listed_under_their_check_and_end_with_one(shop: Shop) -> None:
    break_balances(MOST_TOLD + 2)
    code, lines = afstem()
    assert code == 1
    told = lines[lines.index("Saldoen er summen af posteringerne:") + 1 : -2]
    assert len(told) == MOST_TOLD + 1
    assert told[0].endswith("saldoen er 5, posteringerne giver 0, og den sidste efterlod 0.")
    assert told[-1] == "  … og 2 til."
    assert lines[-1] == f"{len(CHECKS)} kontroller, {MOST_TOLD + 2} forskelle."
    run = Reconciliation.objects.get()
    assert (run.differences, run.stripe) == (MOST_TOLD + 2, StripeAnswer.NOT_ASKED)
    assert len(run.findings[0]["sentences"]) == MOST_TOLD


def test_stripe_that_is_down_ends_with_two_and_the_rest_is_checked(shop: Shop, stripe: Simulator) -> None:
    stripe.fail_next("500", times=3)
    code, lines = afstem("--stripe")
    assert code == 2
    assert lines[-1] == (
        f"{len(CHECKS)} kontroller, ingen forskelle. Stripe kunne ikke nås: kortbetalingerne er ikke sammenlignet."
    )
    assert Reconciliation.objects.get().stripe == StripeAnswer.NOT_REACHED


def test_a_difference_counts_more_than_stripe_that_is_down(shop: Shop, stripe: Simulator) -> None:
    break_balances(1)
    stripe.fail_next("500", times=3)
    assert afstem("--stripe")[0] == 1


def test_stripe_is_asked_from_the_day_that_is_named(shop: Shop, stripe: Simulator) -> None:
    """Payments since tomorrow: none."""
    remove(shop.card_paid.payments.get())
    tomorrow = timezone.localdate() + timedelta(days=2)
    _code, lines = afstem("--stripe", f"--since={tomorrow}")
    [at_stripe, at_the_shop] = [line.split()[-2:] for line in lines if "Stripe" in line and ":" not in line]
    assert (at_stripe, at_the_shop) == (["0", "0"], ["0", "0"])


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "1999-12-31", "2026-02-30", "i går", "9" * 30, ""])
def test_a_day_that_is_none_is_told_in_a_sentence(day: str) -> None:
    with pytest.raises(CommandError) as refusal:
        afstem("--stripe", f"--since={day}")
    assert str(refusal.value) == f"Error: argument --since: no day like 2026-11-24, or before 2000: {day!r}"
    assert not Reconciliation.objects.exists()


@pytest.mark.parametrize("day", ["2000-01-01", "9999-12-31"])
def test_a_day_long_ago_or_to_come_is_compared_from(shop: Shop, day: str) -> None:
    assert afstem("--stripe", f"--since={day}")[0] == 0


def test_the_nightly_task_compares_with_stripe_and_logs_an_error_for_the_alarm(shop: Shop) -> None:
    with capture_logs() as logs:
        reconcile_with_stripe()
        break_balances(1)
        reconcile_with_stripe()
    told = [(each["log_level"], each["event"], each.get("differences")) for each in logs]
    assert told == [("info", "reconciled", None), ("error", "reconciliation_differs", 1)]
    assert [run.stripe for run in Reconciliation.objects.all()] == [StripeAnswer.COMPARED] * 2


def test_the_nightly_task_without_stripe_warns(shop: Shop, stripe: Simulator) -> None:
    stripe.fail_next("500", times=3)
    with capture_logs() as logs:
        reconcile_with_stripe()
    assert [each["event"] for each in logs] == ["reconciliation_without_stripe", "reconciled"]


def test_beat_runs_it_once_a_night_in_copenhagen() -> None:
    entry = app.conf.beat_schedule["reconcile"]
    assert entry["task"] == reconcile_with_stripe.name
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({3}, {15})
    assert str(app.conf.timezone) == "Europe/Copenhagen"


def test_sentences_are_counted_beyond_those_that_are_kept() -> None:
    assert found(5, (str(number) for number in range(15)), ["a"] * 15).differences == 30
    assert len(found(5, ["a"] * 30).sentences) == MOST_TOLD
    assert found(5) == found(5, [], [])
