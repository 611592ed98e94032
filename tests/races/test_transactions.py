"""Transactions that PostgreSQL gives up for the sake of others: real deadlocks, real serialization failures."""

from threading import Barrier, Thread, local
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from structlog.testing import capture_logs

from accounts.models import ClipAccount, ClipEntry, Company
from accounts.transactions import MOST_RUNS, retried
from billing.models import Document, DocumentKind, NumberSeries, Order, OutboxMail
from billing.services.placing import Placed
from billing.services.settling import Outcome
from catalog.models import ClipType
from tests.factories import ClipTypeFactory, ProductFactory, UserFactory, open_shop, pay, place, priced
from tests.races.threads import at_once, held, meet, wait_for_waiting, without_retry

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

DEADLOCK, SERIALIZATION = "40P01", "40001"


def _repetitions(logs: list[Any]) -> list[tuple[str, str]]:
    return [(log["service"], log["sqlstate"]) for log in logs if log["event"] == "transaction_run_again"]


def _fail_with(sqlstate: str) -> None:
    """Have PostgreSQL itself end the statement with the code."""
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{sqlstate}'; END $$")


# --- deadlocks: two orders whose accounts are locked in opposite order ------------------------------------------------


@pytest.fixture
def two_orders() -> list[Order]:
    """Two unpaid orders of one company, each for the same two types of clips, of which the company has accounts."""
    fakturaklip = open_shop()
    other = priced(ProductFactory.create(name="Ordreklip", clip_type=ClipTypeFactory.create()), t100="1")
    user = UserFactory.create()
    pay(place(user, (fakturaklip, 100), (other, 100)).order)
    return [place(user, (fakturaklip, 100), (other, 100)).order for _ in range(2)]


@pytest.fixture
def _opposite_locks(monkeypatch: pytest.MonkeyPatch, two_orders: list[Order]) -> None:
    """Each thread locks its first account, waits until the other has done so too, and then asks for the other one.

    So it is once there are orders.
    """
    assert two_orders
    both_hold_one, turn, places = Barrier(2), local(), iter([1, -1])

    def lock_in_own_order(company: Company, _clip_types: set[ClipType]) -> list[ClipAccount]:
        if not hasattr(turn, "step"):
            turn.step = next(places)
        rows = ClipAccount.objects.filter(company=company).select_related("clip_type").order_by("pk")
        locked = []
        for account in list(rows)[:: turn.step]:
            locked.append(rows.select_for_update(of=("self",)).get(pk=account.pk))
            meet(both_hold_one)
        return locked

    monkeypatch.setattr("billing.services.settling.lock_accounts", lock_in_own_order)


@pytest.mark.fault(25)
@pytest.mark.usefixtures("_opposite_locks")
def test_deadlock_reaches_the_caller_without_the_retry(two_orders: list[Order]) -> None:
    first, second = two_orders
    with without_retry():
        answers = at_once(lambda: pay(first), lambda: pay(second))
    [refused] = [answer for answer in answers if answer is not Outcome.SETTLED]
    assert isinstance(refused, OperationalError)
    assert isinstance(refused.__cause__, psycopg.errors.DeadlockDetected)
    assert ClipEntry.objects.count() == 4


@pytest.mark.fault(25)
@pytest.mark.usefixtures("_opposite_locks")
def test_deadlock_is_run_again_and_has_one_effect(two_orders: list[Order]) -> None:
    first, second = two_orders
    with capture_logs() as logs:
        answers = at_once(lambda: pay(first), lambda: pay(second))
    assert answers == [Outcome.SETTLED, Outcome.SETTLED]
    assert _repetitions(logs) == [("settle_order", DEADLOCK)]
    assert [account.balance for account in ClipAccount.objects.all()] == [300, 300]
    for order in two_orders:
        assert order.payments.count() == 1
        assert order.events.count() == 1
        assert OutboxMail.objects.filter(order=order, kind="confirmation").count() == 1


# --- serialization failures: another isolation, as a careful operator might set it ------------------------------------


@pytest.fixture(params=[psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE])
def _isolated(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are opened from here on (each thread opens its own) see one state for a whole transaction."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "isolation_level", request.param)


def _let_two_register_one_transfer(order: Order) -> list[Outcome | Exception]:
    """Both have seen the order unpaid when the first one gets it."""
    answers: list[Outcome | Exception] = []
    with held(order):
        both = Thread(target=lambda: answers.extend(at_once(lambda: pay(order), lambda: pay(order))))
        both.start()
        wait_for_waiting(2)
    both.join()
    return answers


@pytest.mark.fault(26)
@pytest.mark.usefixtures("_isolated")
def test_serialization_failure_reaches_the_caller_without_the_retry() -> None:
    order = place(UserFactory.create(), (open_shop(), 100)).order
    with without_retry():
        answers = _let_two_register_one_transfer(order)
    [refused] = [answer for answer in answers if answer is not Outcome.SETTLED]
    assert isinstance(refused, OperationalError)
    assert isinstance(refused.__cause__, psycopg.errors.SerializationFailure)


@pytest.mark.fault(26)
@pytest.mark.usefixtures("_isolated")
def test_serialization_failure_is_run_again_and_has_one_effect() -> None:
    order = place(UserFactory.create(), (open_shop(), 100)).order
    with capture_logs() as logs:
        answers = _let_two_register_one_transfer(order)
    assert sorted(answer.name for answer in answers if isinstance(answer, Outcome)) == ["ALREADY", "SETTLED"]
    assert _repetitions(logs) == [("settle_order", SERIALIZATION)]
    assert (order.payments.count(), ClipEntry.objects.count()) == (1, 1)
    assert OutboxMail.objects.filter(order=order, kind="confirmation").count() == 1


@pytest.mark.fault(26)
@pytest.mark.usefixtures("_isolated")
def test_orders_that_meet_at_the_number_series_are_all_placed() -> None:
    fakturaklip = open_shop()
    place(UserFactory.create(), (fakturaklip, 100))
    users = [UserFactory.create() for _ in range(3)]
    answers: list[Placed | Exception] = []
    calls = [lambda user=user: place(user, (fakturaklip, 100)) for user in users]
    all_of_them = Thread(target=lambda: answers.extend(at_once(*calls)))
    with capture_logs() as logs:
        with held(NumberSeries.objects.get()):
            all_of_them.start()
            wait_for_waiting(3)
        all_of_them.join()
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert set(_repetitions(logs)) == {("_place", SERIALIZATION)}
    numbers = Document.objects.filter(kind=DocumentKind.INVOICE).order_by("number").values_list("number", flat=True)
    assert list(numbers) == [10001, 10002, 10003, 10004]


# --- what the retry leaves alone --------------------------------------------------------------------------------------


@pytest.fixture
def runs() -> list[str]:
    return []


@pytest.fixture
def committed() -> list[str]:
    return []


@pytest.mark.parametrize("sqlstate", [DEADLOCK, SERIALIZATION])
def test_what_waits_for_the_commit_happens_once(runs: list[str], committed: list[str], sqlstate: str) -> None:
    @retried
    def service() -> str:
        with transaction.atomic():
            runs.append("run")
            transaction.on_commit(lambda: committed.append("kick"))
            if len(runs) == 1:
                _fail_with(sqlstate)
        return "done"

    assert service() == "done"
    assert (runs, committed) == (["run", "run"], ["kick"])


def test_the_last_run_lets_the_error_up(runs: list[str], committed: list[str]) -> None:
    @retried
    def service() -> None:
        with transaction.atomic():
            runs.append("run")
            transaction.on_commit(lambda: committed.append("kick"))
            _fail_with(DEADLOCK)

    with capture_logs() as logs, pytest.raises(OperationalError, match="on purpose"):
        service()
    assert (len(runs), committed) == (MOST_RUNS, [])
    assert [sorted(log) for log in logs] == [["event", "log_level", "run", "service", "sqlstate"]] * (MOST_RUNS - 1)


@pytest.mark.parametrize("sqlstate", ["55P03", "57014", "53300"])
def test_other_errors_are_not_run_again(runs: list[str], sqlstate: str) -> None:
    """Who has waited too long once should not wait again."""

    @retried
    def service() -> None:
        runs.append("run")
        _fail_with(sqlstate)

    with pytest.raises(OperationalError, match="on purpose"):
        service()
    assert runs == ["run"]


def test_inside_another_transaction_the_error_goes_up(runs: list[str]) -> None:
    """What the outer transaction did before is lost too, so running the inner service again would do half."""

    @retried
    def service() -> None:
        runs.append("run")
        _fail_with(DEADLOCK)

    with pytest.raises(OperationalError, match="on purpose"), transaction.atomic():
        service()
    assert runs == ["run"]
