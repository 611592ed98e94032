"""Many who write to one SQLite file at the same moment: each waits for the others, and nobody gets an error."""

import pytest
from django.db import OperationalError, connection

from billing.models import Document, Order, OutboxMail
from billing.services.settling import Outcome
from catalog.models import Product
from tests.factories import StaffFactory, UserFactory, open_shop, pay, place
from tests.races.threads import at_once, met_before
from tests.reliability.processes import start
from tests.visitor import Visitor

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.fault(27),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not the file"),
]

WRITERS = 12


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


def numbers() -> list[int]:
    return list(Document.objects.order_by("number").values_list("number", flat=True))


def test_writers_are_lost_when_transactions_are_deferred(fakturaklip: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    """All have read the prices when the first one writes: SQLite tells the others at once that their turn is over."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "transaction_mode", "DEFERRED")
    users = [UserFactory.create() for _ in range(WRITERS)]
    with met_before("billing.services.placing._priced_lines", parties=WRITERS):
        answers = at_once(*(lambda user=user: place(user, (fakturaklip, 100)) for user in users))
    lost = [answer for answer in answers if isinstance(answer, OperationalError)]
    assert {str(error) for error in lost} == {"database is locked"}
    assert Order.objects.count() == WRITERS - len(lost)


def test_orders_at_once_are_all_placed(fakturaklip: Product) -> None:
    users = [UserFactory.create() for _ in range(WRITERS)]
    answers = at_once(*(lambda user=user: place(user, (fakturaklip, 100)) for user in users))
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert numbers() == list(range(10001, 10001 + WRITERS))


def test_pages_at_once_answer_all_without_an_error(fakturaklip: Product) -> None:
    """Members order while the office registers the transfers of others."""
    visitors = [at_the_last_button(fakturaklip) for _ in range(8)]
    unpaid = [place(UserFactory.create(), (fakturaklip, 100)).order for _ in range(4)]
    office = [Visitor(StaffFactory.create()).open(f"/admin/billing/order/{order.pk}/betalt/") for order in unpaid]
    answers = at_once(
        *(lambda member=member: member.press("Afsend bestilling").heading for member in visitors),
        *(lambda desk=desk: str(desk.press("Markér som betalt").status) for desk in office),
    )
    assert answers == ["Tak for din bestilling"] * 8 + ["200"] * 4
    assert numbers() == list(range(10001, 10013))
    assert Order.objects.filter(state="paid").count() == 4
    assert OutboxMail.objects.count() == 12 + 4


def at_the_last_button(product: Product) -> Visitor:
    """Fill a cart, and the checkout page."""
    visitor = Visitor(UserFactory.create())
    visitor.send("/koeb/laeg-i-kurv/", [("product", str(product.pk)), ("quantity", "100")])
    visitor.open("/kassen/").choose("Betal via kontooverførsel")
    return visitor.choose("Jeg accepterer TrueLinks salgsbetingelser")


def test_processes_and_this_one_write_side_by_side(fakturaklip: Product) -> None:
    """Three processes place orders as fast as they can, while this one settles what they have placed."""
    children = [
        start("-m", "tests.reliability.child", "place", str(UserFactory.create().pk), str(fakturaklip.pk))
        for _ in range(3)
    ]
    try:
        for _ in range(10):
            for child in children:
                assert child.stdout is not None
                order = Order.objects.get(pk=int(child.stdout.readline()))
                assert pay(order) is Outcome.SETTLED
        assert [child.poll() for child in children] == [None] * 3
    finally:
        for child in children:
            child.kill()
            child.communicate()
    found = numbers()
    assert found == list(range(10001, 10001 + len(found)))
    assert Order.objects.filter(state="paid").count() == 30
