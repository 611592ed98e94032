"""Numbers of documents without a gap, and the payment references made from them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from billing.models import DocumentKind, NumberSeries
from billing.services.numbers import Taken, payment_reference, take_number
from tests.factories import UserFactory, open_shop, place

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        (10001, "000000000100016"),
        (20260000123, "000202600001236"),
        (12345678901234, "123456789012347"),
        (1, "000000000000018"),
        (2, "000000000000026"),
    ],
)
def test_payment_reference_of_the_worked_numbers(number: int, reference: str) -> None:
    """The numbers of danish-invoicing.md, "Payment references"."""
    assert payment_reference(number) == reference


def _weighted_digit_sum(reference: str) -> int:
    """Modulus 10 as banks describe it: every second digit from the right counts twice, as the sum of its digits."""
    digits = [int(digit) for digit in reversed(reference)]
    return sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])


def test_payment_reference_always_ends_in_its_check_digit() -> None:
    for number in [*range(1, 2000), *range(10**13, 10**13 + 2000)]:
        reference = payment_reference(number)
        assert len(reference) == 15
        assert int(reference[:-1]) == number
        assert _weighted_digit_sum(reference) % 10 == 0


def test_payment_reference_refuses_a_number_that_is_too_long() -> None:
    with pytest.raises(ValueError, match="123456789012345 does not fit into a payment reference"):
        payment_reference(123456789012345)


@pytest.mark.django_db
def test_take_number_counts_up_in_each_series_by_itself() -> None:
    kinds = (DocumentKind.INVOICE, DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)
    taken = [take_number(kind).number for kind in kinds]
    assert taken == [10001, 10002, 500001]
    assert take_number(DocumentKind.INVOICE).number == 10003
    assert dict(NumberSeries.objects.values_list("kind", "last_number")) == {"invoice": 10003, "credit_note": 500001}


@pytest.mark.django_db
def test_take_number_goes_on_where_staff_set_the_series() -> None:
    """A shop that takes over from another system continues its numbers."""
    NumberSeries.objects.create(kind=DocumentKind.INVOICE, last_number=20260000122)
    assert take_number(DocumentKind.INVOICE).number == 20260000123


@pytest.mark.django_db
def test_take_number_never_goes_back_in_time_with_the_clock() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = take_number(DocumentKind.INVOICE)
        clock.shift(-timedelta(days=1))
        second, other_series = take_number(DocumentKind.INVOICE), take_number(DocumentKind.CREDIT_NOTE)
        clock.shift(timedelta(days=1, microseconds=1))
        third = take_number(DocumentKind.INVOICE)
    assert (first, second) == (Taken(10001, NOON), Taken(10002, NOON))
    assert other_series == Taken(500001, NOON - timedelta(days=1))
    assert third == Taken(10003, NOON + timedelta(microseconds=1))
    assert NumberSeries.objects.get(kind=DocumentKind.INVOICE).last_issued_at == third.issued_at


@pytest.mark.django_db
def test_invoice_is_not_dated_before_its_predecessor() -> None:
    """The clock of one machine is wrong by a day, or is set back over midnight."""
    fakturaklip, user = open_shop(), UserFactory.create()
    with time_machine.travel(NOON, tick=False) as clock:
        first = place(user, (fakturaklip, 100)).invoice
        clock.shift(-timedelta(days=1))
        second = place(user, (fakturaklip, 100)).invoice
    assert first is not None
    assert second is not None
    assert (second.number, second.issued_at, second.issued_on) == (first.number + 1, NOON, first.issued_on)
    assert second.due_on == first.due_on


@pytest.mark.fault(21)
@pytest.mark.django_db(transaction=True)
def test_take_number_gives_the_number_back_on_a_rollback() -> None:
    taken = []

    class Crash(Exception):
        pass

    @transaction.atomic
    def take(*, crash: bool) -> None:
        taken.append(take_number(DocumentKind.INVOICE).number)
        if crash:
            raise Crash

    take(crash=False)
    for _ in range(2):
        with pytest.raises(Crash):
            take(crash=True)
    take(crash=False)
    assert taken == [10001, 10002, 10002, 10002]
    assert NumberSeries.objects.get().last_number == 10002


@pytest.mark.django_db(transaction=True)
def test_take_number_outside_a_transaction_is_refused() -> None:
    """Its lock would be gone before the document is written, and a crash in between would leave a gap."""
    with pytest.raises(RuntimeError, match="inside the transaction that uses it"):
        take_number(DocumentKind.INVOICE)
    assert not NumberSeries.objects.exists()
