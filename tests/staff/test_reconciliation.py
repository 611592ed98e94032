"""The last reconciliation on admin's front page, and the page of a run."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from billing.models import StripeAnswer
from tests.factories import StaffFactory
from tests.staff.clock import THURSDAY_NOON
from tests.staff.reconciliations import run_of
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db

# A quarter past three on Thursday and on the day before, in Copenhagen.
TONIGHT = datetime(2026, 11, 26, 2, 15, tzinfo=UTC)
LAST_NIGHT = TONIGHT - timedelta(days=1)


def alarms(desk: Visitor) -> list[str]:
    """Return what the front page says prominently."""
    return [text_of(each) for each in desk.open("/admin/").page.iter("p") if each.get("role") == "alert"]


def quiet(desk: Visitor) -> list[str]:
    """Return what it says by the way."""
    return [text_of(each) for each in desk.open("/admin/").page.iter("p") if each.get("class") == "staff-reconciled"]


def test_a_fresh_shop_has_never_run_one(desk: Visitor) -> None:
    assert (alarms(desk), quiet(desk)) == ([], ["Afstemning: ikke kørt endnu."])


def test_a_night_without_differences_is_told_quietly(desk: Visitor) -> None:
    run_of("En", at=LAST_NIGHT)
    run = run_of(at=TONIGHT)
    assert alarms(desk) == []
    assert quiet(desk) == ["Afstemning: ingen forskelle, 26. november kl. 03.15. Se afstemningen"]
    assert desk.click("Se afstemningen").path == f"/admin/billing/reconciliation/{run.pk}/change/"


def test_differences_are_told_prominently_and_lead_to_their_sentences(desk: Visitor) -> None:
    run = run_of("Klipkonto 4: saldoen er 7.", "Klipkonto 5: saldoen er 8.", at=TONIGHT)
    assert alarms(desk) == ["Afstemning: 2 forskelle, 26. november kl. 03.15. Se forskellene"]
    assert quiet(desk) == []
    desk.click("Se forskellene")
    assert desk.path == f"/admin/billing/reconciliation/{run.pk}/change/"
    assert desk.part("Forskelle 2") == (
        "Forskelle 2 Kontrol Forskel Saldoen er summen af posteringerne Klipkonto 4: saldoen er 7. "
        "Saldoen er summen af posteringerne Klipkonto 5: saldoen er 8."
    )
    assert desk.part("Kontroller 2") == (
        "Kontroller 2 Kontrol Set på Forskelle Saldoen er summen af posteringerne 2.000 2 "
        "Bilagenes datoer følger numrene 10.500 0"
    )


def test_one_difference_is_one(desk: Visitor) -> None:
    run_of("En", at=TONIGHT)
    assert alarms(desk) == ["Afstemning: 1 forskel, 26. november kl. 03.15. Se forskellene"]


@pytest.mark.parametrize(("minutes", "is_late"), [(-1, False), (1, True)])
def test_a_missed_night_is_told_prominently(staff: User, minutes: int, is_late: bool) -> None:
    run_of(at=TONIGHT)
    with time_machine.travel(TONIGHT + timedelta(hours=26, minutes=minutes), tick=False):
        desk = Visitor(staff)
        assert alarms(desk) == (["Afstemningen er ikke kørt siden 26. november kl. 03.15."] if is_late else [])
        assert quiet(desk) == ["Afstemning: ingen forskelle, 26. november kl. 03.15. Se afstemningen"]


def test_a_night_without_stripe_says_so(desk: Visitor) -> None:
    run_of(at=TONIGHT, stripe=StripeAnswer.NOT_REACHED)
    assert quiet(desk) == [
        "Afstemning: ingen forskelle, 26. november kl. 03.15. Stripe kunne ikke nås. "
        "Kortbetalingerne er aldrig sammenlignet med Stripe. Se afstemningen"
    ]


def test_a_run_without_stripe_does_not_hide_what_the_last_one_with_stripe_found(desk: Visitor) -> None:
    run_of("Bestilling 5: ingen indbetaling.", at=TONIGHT)
    run_of(at=THURSDAY_NOON, stripe=StripeAnswer.NOT_ASKED)
    assert alarms(desk) == ["Afstemning: 1 forskel, 26. november kl. 03.15. Se forskellene"]
    assert quiet(desk) == [
        "Afstemning: ingen forskelle, 26. november kl. 12.00. "
        "Kortbetalingerne er sidst 26. november kl. 03.15 sammenlignet med Stripe. Se afstemningen"
    ]


def test_a_run_that_found_less_than_the_one_before_is_all_that_counts(desk: Visitor) -> None:
    run_of("En", at=LAST_NIGHT)
    run_of(at=TONIGHT)
    run_of(at=THURSDAY_NOON, stripe=StripeAnswer.NOT_ASKED)
    assert alarms(desk) == []


def test_staff_see_reconciliations_only_when_they_may() -> None:
    run_of("En", at=TONIGHT)
    clerk = StaffFactory.create(is_superuser=False)
    assert alarms(Visitor(clerk)) == []
    assert "Afstemning" not in Visitor(clerk).open("/admin/").text
    clerk.user_permissions.set(Permission.objects.filter(codename="view_reconciliation"))
    assert len(alarms(Visitor(clerk))) == 1


def test_the_list_shows_when_how_many_and_whether_with_stripe(desk: Visitor) -> None:
    run_of("En", at=LAST_NIGHT)
    run_of(at=TONIGHT, stripe=StripeAnswer.NOT_REACHED)
    desk.open("/admin/billing/reconciliation/")
    [table] = [each for each in desk.page.iter("table") if each.get("id") == "result_list"]
    rows = [[text_of(cell) for cell in row] for row in table.iter("tr")]
    assert rows[1:] == [
        ["26.11.2026 03:15", "ingen forskelle", "Kunne ikke nås"],
        ["25.11.2026 03:15", "1 forskel", "Sammenlignet"],
    ]


def test_the_front_page_does_not_read_the_findings(desk: Visitor) -> None:
    """However many sentences a bad night has left."""
    run_of(*(str(number) for number in range(500)), at=TONIGHT)
    with CaptureQueriesContext(connection) as queries:
        desk.open("/admin/")
    [read] = [each["sql"] for each in queries if '"billing_reconciliation"' in each["sql"]]
    assert '"findings"' not in read
