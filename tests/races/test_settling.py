"""Money that is registered, and orders that are cancelled, at the same moment."""

from datetime import date
from threading import Barrier, local

import pytest
from django.db import IntegrityError, OperationalError, transaction

from accounts.ledger import NewEntry, expire_account, lock_accounts, post_entry
from accounts.models import ClipAccount, ClipEntry, Company, EntryKind
from billing.models import Order, OrderState, OutboxMail, PaymentMethod
from billing.services.cancelling import NotCancellable, cancel_order
from billing.services.settling import Outcome, Received, settle_order
from catalog.models import ClipType, Product
from tests.factories import (
    ClipTypeFactory,
    CompanyFactory,
    ProductFactory,
    StaffFactory,
    UserFactory,
    open_shop,
    pay,
    place,
    priced,
)
from tests.races.threads import at_once, meet, met_before, without_retry, without_row_locks

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 4


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


def unpaid(product: Product) -> Order:
    return place(UserFactory.create(), (product, 100)).order


def bank_line(order: Order) -> Received:
    return Received(PaymentMethod.BANK_TRANSFER, order.total, date(2026, 11, 23), f"bank-line:{order.pk}")


def kinds(answers: list[Outcome | Exception]) -> list[str]:
    return sorted(answer.name if isinstance(answer, Outcome) else type(answer).__name__ for answer in answers)


def entries_add_up(account: ClipAccount) -> bool:
    entries = list(account.entries.order_by("seq"))
    running = 0
    for number, entry in enumerate(entries, start=1):
        running += entry.delta
        if (entry.seq, entry.balance_after) != (number, running):
            return False
    return account.balance == running and account.last_seq == len(entries)


# --- one order, two who register its money ---------------------------------------------------------------------------


@pytest.mark.fault(19)
def test_second_of_two_staff_meets_an_error_without_the_lock(fakturaklip: Product) -> None:
    order = unpaid(fakturaklip)
    first, second = StaffFactory.create(), StaffFactory.create()
    with without_row_locks(), met_before("billing.services.settling._record", parties=2):
        answers = at_once(lambda: pay(order, by=first), lambda: pay(order, by=second))
    assert kinds(answers) == ["IntegrityError", "SETTLED"]


@pytest.mark.fault(19)
def test_two_staff_at_once_settle_an_order_once_and_the_second_is_told(fakturaklip: Product) -> None:
    for _ in range(ROUNDS):
        order = unpaid(fakturaklip)
        first, second = StaffFactory.create(), StaffFactory.create()
        answers = at_once(lambda: pay(order, by=first), lambda: pay(order, by=second))  # noqa: B023 (run in this round)
        assert kinds(answers) == ["ALREADY", "SETTLED"]
        winner = first if answers[0] is Outcome.SETTLED else second
        assert [(payment.registered_by, payment.is_surplus) for payment in order.payments.all()] == [(winner, False)]
        assert ClipEntry.objects.filter(account__company=order.company).count() == 1
        assert OutboxMail.objects.filter(order=order, kind="confirmation").count() == 1


@pytest.mark.fault(19)
def test_bank_import_and_staff_at_once_meet_an_error_without_the_lock(fakturaklip: Product) -> None:
    order = unpaid(fakturaklip)
    with without_row_locks(), met_before("billing.services.settling._record", parties=2):
        answers = at_once(lambda: pay(order), lambda: settle_order(order_id=order.pk, received=bank_line(order)))
    assert kinds(answers) == ["IntegrityError", "SETTLED"]


@pytest.mark.fault(19)
def test_bank_import_and_staff_at_once_credit_once_and_keep_the_surplus(fakturaklip: Product) -> None:
    order = unpaid(fakturaklip)
    staff = StaffFactory.create()
    answers = at_once(
        lambda: pay(order, by=staff),
        lambda: settle_order(order_id=order.pk, received=bank_line(order)),
        lambda: pay(order, by=staff),
    )
    assert sorted(kinds(answers)) in (["ALREADY", "SETTLED", "SURPLUS"],)
    assert sorted(payment.is_surplus for payment in order.payments.all()) == [False, True]
    assert ClipAccount.objects.get().balance == 100


# --- paying against cancelling ---------------------------------------------------------------------------------------


def _cancel(order: Order) -> str:
    cancel_order(order_id=order.pk, actor=None, reason="Fortrudt")
    return "CANCELLED"


def test_paying_against_cancelling_meets_an_error_without_the_lock(fakturaklip: Product) -> None:
    order = unpaid(fakturaklip)
    with (
        without_row_locks(),
        met_before("billing.services.settling.OrderEvent.objects.create", parties=2),
    ):
        paid, cancelled = at_once(lambda: pay(order).name, lambda: _cancel(order))
    [refused] = [answer for answer in (paid, cancelled) if not isinstance(answer, str)]
    assert isinstance(refused, IntegrityError)
    assert "order_times_follow_its_state" in str(refused)


def test_paying_against_cancelling_is_one_or_the_other(fakturaklip: Product) -> None:
    for _ in range(ROUNDS):
        order = unpaid(fakturaklip)
        paid, cancelled = at_once(lambda: pay(order).name, lambda: _cancel(order))  # noqa: B023 (run in this round)
        order.refresh_from_db()
        credited = ClipEntry.objects.filter(account__company=order.company).count()
        documents = [document.kind for document in order.documents.order_by("pk")]
        if order.state == OrderState.PAID:
            assert isinstance(cancelled, NotCancellable)
            assert (paid, cancelled.state, credited, documents) == ("SETTLED", "paid", 1, ["invoice"])
        else:
            assert (paid, cancelled, credited) == ("SURPLUS", "CANCELLED", 0)
            assert documents == ["invoice", "credit_note"]
            assert order.payments.get().is_surplus


# --- one account, several who post -----------------------------------------------------------------------------------


def accounts_of(company: Company, clips: list[Product]) -> list[ClipAccount]:
    """Return the company's accounts for the clips, made when missing."""
    with transaction.atomic():
        return lock_accounts(company, [product.clip_type for product in clips if product.clip_type is not None])


def _two_orders_of_one_company(*products: Product) -> list[Order]:
    user = UserFactory.create()
    return [
        place(user, *((product, 100) for product in products)).order,
        place(user, *((product, 100) for product in reversed(products))).order,
    ]


def test_two_purchases_take_one_number_without_the_lock(fakturaklip: Product) -> None:
    first, second = _two_orders_of_one_company(fakturaklip)
    accounts_of(first.company, [fakturaklip])
    with without_row_locks(), met_before("accounts.ledger._append", parties=2):
        answers = at_once(lambda: pay(first), lambda: pay(second))
    assert kinds(answers) == ["IntegrityError", "SETTLED"]


def test_purchases_at_once_add_up(fakturaklip: Product) -> None:
    user = UserFactory.create()
    orders = [place(user, (fakturaklip, 100 * number)).order for number in range(1, 7)]
    answers = at_once(*(lambda order=order: pay(order) for order in orders))
    assert kinds(answers) == ["SETTLED"] * 6
    account = ClipAccount.objects.get()
    assert account.balance == 2100
    assert entries_add_up(account)


def test_expiry_jobs_at_once_expire_once(fakturaklip: Product) -> None:
    order = unpaid(fakturaklip)
    pay(order)
    account = ClipAccount.objects.get()
    later = order.placed_at.replace(year=order.placed_at.year + 2)
    answers = at_once(*[lambda: expire_account(account, now=later)] * 4)
    assert answers == [None] * 4
    account.refresh_from_db()
    assert account.balance == 0
    assert [entry.kind for entry in account.entries.order_by("seq")] == ["purchase", "expiry"]
    assert entries_add_up(account)


def test_expiry_against_a_purchase_takes_the_old_clips_only(fakturaklip: Product) -> None:
    for _ in range(ROUNDS):
        order = unpaid(fakturaklip)
        pay(order)
        account = ClipAccount.objects.get(company=order.company)
        later = order.placed_at.replace(year=order.placed_at.year + 2)
        bought = NewEntry(EntryKind.PURCHASE, 250, f"k{account.pk}", later, later.date())
        at_once(
            lambda: expire_account(account, now=later),  # noqa: B023 (run in this round)
            lambda: post_entry(account, bought),  # noqa: B023
        )
        account.refresh_from_db()
        assert account.balance == 250
        assert entries_add_up(account)


# --- two accounts, two orders ----------------------------------------------------------------------------------------


@pytest.fixture
def ordreklip(fakturaklip: Product) -> Product:
    assert fakturaklip.is_clips
    return priced(ProductFactory.create(name="Ordreklip", clip_type=ClipTypeFactory.create(name="Ordreklip")), t100="1")


@pytest.mark.fault(25)
def test_opposite_orders_deadlock_when_accounts_are_locked_as_they_come(
    fakturaklip: Product, ordreklip: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _two_orders_of_one_company(fakturaklip, ordreklip)
    accounts = accounts_of(first.company, [fakturaklip, ordreklip])
    both_hold_one = Barrier(2)
    turn = local()

    def lock_as_they_come(_company: Company, _clip_types: set[ClipType]) -> list[ClipAccount]:
        rows = ClipAccount.objects.select_related("clip_type").select_for_update(of=("self",))
        locked = []
        for account in turn.accounts:
            locked.append(rows.get(pk=account.pk))
            if len(locked) == 1:
                meet(both_hold_one)
        return locked

    def settle(order: Order, in_this_order: list[ClipAccount]) -> Outcome:
        turn.accounts = in_this_order
        return pay(order)

    monkeypatch.setattr("billing.services.settling.lock_accounts", lock_as_they_come)
    with without_retry():
        answers = at_once(lambda: settle(first, accounts), lambda: settle(second, accounts[::-1]))
    assert kinds(answers) == ["OperationalError", "SETTLED"]
    [refused] = [answer for answer in answers if isinstance(answer, OperationalError)]
    assert "deadlock detected" in str(refused)


@pytest.mark.fault(25)
@pytest.mark.parametrize("accounts_exist", [True, False])
def test_opposite_orders_at_once_are_both_settled(
    fakturaklip: Product, ordreklip: Product, accounts_exist: bool
) -> None:
    for _ in range(ROUNDS):
        first, second = _two_orders_of_one_company(fakturaklip, ordreklip)
        if accounts_exist:
            pay(place(first.placed_by, (fakturaklip, 100), (ordreklip, 100)).order)
        answers = at_once(lambda: pay(first), lambda: pay(second))  # noqa: B023 (run in this round)
        assert kinds(answers) == ["SETTLED", "SETTLED"]
        accounts = list(ClipAccount.objects.filter(company=first.company))
        assert [account.balance for account in accounts] == ([300, 300] if accounts_exist else [200, 200])
        assert all(entries_add_up(account) for account in accounts)


@pytest.mark.fault(25)
def test_missing_accounts_deadlock_when_they_are_made_as_they_come(fakturaklip: Product, ordreklip: Product) -> None:
    """Rows that two transactions insert in opposite orders wait for each other just like locks do."""
    company = CompanyFactory.create()
    both_made_one = Barrier(2)

    def make_as_they_come(*clips: Product) -> str:
        with transaction.atomic():
            for product in clips:
                account = ClipAccount(company=company, clip_type=product.clip_type)
                ClipAccount.objects.bulk_create([account], ignore_conflicts=True)
                if product == clips[0]:
                    meet(both_made_one)
        return "made"

    answers = at_once(
        lambda: make_as_they_come(fakturaklip, ordreklip), lambda: make_as_they_come(ordreklip, fakturaklip)
    )
    [refused] = [answer for answer in answers if answer != "made"]
    assert isinstance(refused, OperationalError)
    assert "deadlock detected" in str(refused)


@pytest.mark.fault(25)
def test_missing_accounts_are_made_at_once_in_whatever_order_they_are_named() -> None:
    clips = [ProductFactory.create() for _ in range(60)]
    for _ in range(ROUNDS):
        company = CompanyFactory.create()
        answers = at_once(
            lambda: len(accounts_of(company, clips)),  # noqa: B023 (run in this round)
            lambda: len(accounts_of(company, clips[::-1])),  # noqa: B023
        )
        assert answers == [60, 60]
