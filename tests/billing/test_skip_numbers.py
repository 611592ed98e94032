"""Leaving out numbers, with a reason that stays."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from billing.models import DocumentKind, NumberGap, NumberSeries
from billing.services.numbers import NumberPassed, skip_numbers, take_number
from tests.races.threads import at_once

REASON = "Gendannet efter nedbrud 25.11.2026"


def skip(kind: str, to: int, reason: str = REASON) -> str:
    out = io.StringIO()
    call_command("skip_numbers", kind, f"--to={to}", f"--reason={reason}", stdout=out)
    return out.getvalue().strip()


def gaps() -> list[tuple[str, int, int, str]]:
    return list(NumberGap.objects.order_by("pk").values_list("kind", "first", "last", "reason"))


@pytest.mark.django_db
def test_the_next_document_comes_after_the_numbers_that_are_left_out() -> None:
    take_number(DocumentKind.INVOICE)
    assert skip("invoice", 10457) == "invoice: 10002 to 10457 are left out. The next document has 10458."
    assert gaps() == [("invoice", 10002, 10457, REASON)]
    assert take_number(DocumentKind.INVOICE).number == 10458
    assert take_number(DocumentKind.CREDIT_NOTE).number == 500001


@pytest.mark.django_db
def test_a_series_that_has_given_out_nothing_is_left_out_from_its_first_number() -> None:
    skip("credit_note", 500003)
    assert gaps() == [("credit_note", 500001, 500003, REASON)]
    assert take_number(DocumentKind.CREDIT_NOTE).number == 500004


@pytest.mark.django_db
@pytest.mark.parametrize("to", [-1, 0, 1, 10001, 10002])
def test_a_series_never_goes_back(to: int) -> None:
    for _ in range(2):
        take_number(DocumentKind.INVOICE)
    with pytest.raises(CommandError, match="invoice stands at 10002, and a series never goes back"):
        skip("invoice", to)
    assert gaps() == []
    assert take_number(DocumentKind.INVOICE).number == 10003


@pytest.mark.django_db
def test_a_refusal_leaves_a_fresh_series_as_it_was() -> None:
    with pytest.raises(NumberPassed):
        skip_numbers(kind=DocumentKind.INVOICE, to=500, reason=REASON)
    assert not NumberSeries.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_gap_needs_a_reason_that_fits(reason: str) -> None:
    with pytest.raises(CommandError, match="a reason of 1 to 200 characters"):
        skip("invoice", 10457, reason)
    assert gaps() == []


@pytest.mark.django_db
def test_a_number_is_refused_when_the_next_fits_into_no_payment_reference() -> None:
    with pytest.raises(CommandError, match="does not fit into a payment reference"):
        skip("invoice", 10**14 - 1)
    assert (gaps(), take_number(DocumentKind.INVOICE).number) == ([], 10001)


@pytest.mark.django_db
def test_an_unknown_series_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        skip("reminder", 10457)


def _take() -> int:
    with transaction.atomic():
        return take_number(DocumentKind.INVOICE).number


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_documents_that_are_issued_meanwhile_get_no_number_of_the_gap() -> None:
    answers = at_once(
        *[_take] * 5, lambda: skip_numbers(kind=DocumentKind.INVOICE, to=10100, reason=REASON).first, *[_take] * 5
    )
    [*taken] = [answer for place, answer in enumerate(answers) if place != 5]
    first = answers[5]
    assert isinstance(first, int)
    assert sorted(taken) == [*range(10001, first), *range(10101, 10101 + 10 - (first - 10001))]  # type: ignore[type-var]
