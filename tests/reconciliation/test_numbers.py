"""What reconciliation says of numbers and dates, and which gaps it accepts."""

from datetime import timedelta

import pytest
from django.db.models import F

from billing.models import Document, DocumentKind, NumberGap, NumberSeries
from billing.reconciliation.numbers import _minus
from billing.services.numbers import payment_reference, skip_numbers
from tests.factories import UserFactory, open_shop, place
from tests.reconciliation.shop import Shop, again, change, differing, drop_constraint, remove

pytestmark = pytest.mark.django_db


def counted(kind: DocumentKind, by: int) -> None:
    NumberSeries.objects.filter(kind=kind).update(last_number=F("last_number") + by)


def test_a_counter_that_was_moved_without_a_reason(shop: Shop) -> None:
    counted(DocumentKind.INVOICE, 3)
    counted(DocumentKind.CREDIT_NOTE, 1)
    assert differing() == {
        "numbers.numbers": [
            "Faktura 10028 til 10030 findes ikke, og ingen har skrevet hvorfor.",
            "Kreditnota 500002 findes ikke, og ingen har skrevet hvorfor.",
        ]
    }


def test_a_gap_with_a_reason_is_accepted(shop: Shop) -> None:
    skip_numbers(kind=DocumentKind.INVOICE, to=10457, reason="Gendannet efter nedbrud")
    assert differing() == {}
    place(shop.user, (shop.fakturaklip, 100))
    assert differing() == {}


def test_a_gap_whose_reason_is_gone(shop: Shop) -> None:
    remove(NumberGap.objects.get())
    assert differing() == {
        "numbers.numbers": ["Faktura 10002 til 10020 findes ikke, og ingen har skrevet hvorfor."]
    }  # fmt: skip


def test_a_gap_that_explains_less_than_is_missing(shop: Shop) -> None:
    change(NumberGap.objects.get(), first=10005, last=10010)
    NumberGap.objects.create(kind=DocumentKind.INVOICE, first=10012, last=10020, reason="Mere")
    assert differing()["numbers.numbers"] == [
        "Faktura 10002 til 10004 findes ikke, og ingen har skrevet hvorfor.",
        "Faktura 10011 findes ikke, og ingen har skrevet hvorfor.",
    ]


def test_a_number_that_a_gap_leaves_out_and_a_document_has(shop: Shop) -> None:
    change(NumberGap.objects.get(), last=10022)
    assert differing() == {"numbers.numbers": ["Faktura 10021 til 10022 står som nummerhul, men er givet ud."]}


def test_a_gap_of_the_other_series_explains_nothing(shop: Shop) -> None:
    change(NumberGap.objects.get(), kind=DocumentKind.CREDIT_NOTE)
    assert set(differing()) == {"numbers.numbers"}


def test_a_document_that_is_missing_between_two_others(shop: Shop) -> None:
    """The last one has become the next one, and the counter has gone with it."""
    last = shop.card_surplus.documents.get()
    assert last.number == 10027
    change(last, number=10028, payment_reference=payment_reference(10028))
    counted(DocumentKind.INVOICE, 1)
    assert differing() == {"numbers.numbers": ["Faktura 10027 findes ikke, og ingen har skrevet hvorfor."]}


def test_a_document_that_the_counter_has_not_come_to(shop: Shop) -> None:
    counted(DocumentKind.INVOICE, -1)
    assert differing() == {"numbers.numbers": ["Faktura 10027 er højere end tælleren, der står på 10026."]}


def test_documents_without_a_counter(shop: Shop) -> None:
    NumberSeries.objects.filter(kind=DocumentKind.CREDIT_NOTE).delete()
    assert differing() == {"numbers.numbers": ["Kreditnota 500001 er højere end tælleren, der står på 0."]}


@pytest.mark.postgresql
def test_a_number_that_two_documents_have_past_a_lost_constraint(shop: Shop) -> None:
    drop_constraint(Document, "number_is_unique_in_its_series")
    again(shop.cancelled.documents.get(kind=DocumentKind.CREDIT_NOTE))
    assert differing()["numbers.numbers"] == ["Kreditnota 500001 findes flere gange."]


def test_a_series_that_goes_on_from_another_system_explains_the_numbers_between() -> None:
    fakturaklip, user = open_shop(), UserFactory.create()
    skip_numbers(kind=DocumentKind.INVOICE, to=20260000122, reason="Givet ud af det tidligere system")
    assert place(user, (fakturaklip, 100)).invoice.number == 20260000123  # type: ignore[union-attr]
    assert differing() == {}


def test_a_series_that_another_system_began_lower_begins_there() -> None:
    fakturaklip, user = open_shop(), UserFactory.create()
    NumberSeries.objects.create(kind=DocumentKind.INVOICE, last_number=500)
    skip_numbers(kind=DocumentKind.INVOICE, to=502, reason="To fakturaer skrevet i hånden")
    assert differing() == {}
    place(user, (fakturaklip, 100))
    assert differing() == {}


@pytest.mark.parametrize("earlier", [{"issued_at": timedelta(hours=1)}, {"issued_on": timedelta(days=1)}])
def test_a_document_that_was_issued_before_the_one_with_the_number_before(
    shop: Shop, earlier: dict[str, timedelta]
) -> None:
    invoice = shop.paid_twice.documents.get()
    change(invoice, **{column: getattr(invoice, column) - time for column, time in earlier.items()})
    assert differing() == {
        "numbers.dates": [f"Faktura {invoice.number} er udstedt før den, der har nummeret foran."]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("runs", "others", "left"),
    [
        ([(1, 9)], [], [(1, 9)]),
        ([(1, 9)], [(1, 9)], []),
        ([(1, 9)], [(3, 4), (6, 6)], [(1, 2), (5, 5), (7, 9)]),
        ([(1, 3), (7, 9)], [(2, 8)], [(1, 1), (9, 9)]),
        ([(1, 3), (7, 9)], [(4, 6)], [(1, 3), (7, 9)]),
        ([(5, 6)], [(1, 9)], []),
        ([(1, 9)], [(1, 5), (3, 8)], [(9, 9)]),
    ],
)
def test_runs_without_other_runs(
    runs: list[tuple[int, int]], others: list[tuple[int, int]], left: list[tuple[int, int]]
) -> None:
    assert list(_minus(runs, others)) == left
