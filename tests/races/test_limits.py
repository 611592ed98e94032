"""Nobody waits for ever: what members see when another session holds the number series, and who ends that session."""

from contextlib import ExitStack
from threading import Thread

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from accounts.models import User
from billing.models import Document, NumberSeries, Order, OrderState
from catalog.models import Product
from tests.factories import StaffFactory, UserFactory, open_shop, place
from tests.races.threads import at_once, connect_past_django, held, wait_for_waiting
from tests.visitor import Visitor

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

NOTHING_LOST = "Det, du sendte, blev ikke gennemført, og intet er gået tabt."


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def series(fakturaklip: Product) -> NumberSeries:
    """The row that each invoice takes its number from."""
    place(UserFactory.create(), (fakturaklip, 100))
    return NumberSeries.objects.get()


@pytest.fixture
def _impatient() -> None:
    """This test's own session waits a moment, and not as long as production does."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")


def limits() -> dict[str, str]:
    found = {}
    with connection.cursor() as cursor:
        for name in ("lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout"):
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    return found


def test_each_session_has_its_limits() -> None:
    assert at_once(limits) == [
        {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min", "statement_timeout": "5min"}
    ]


def at_the_last_button(user: User, product: Product) -> Visitor:
    """Fill the cart, and the checkout page."""
    visitor = Visitor(user)
    visitor.send("/koeb/laeg-i-kurv/", [("product", str(product.pk)), ("quantity", "100")])
    visitor.open("/kassen/").choose("Betal via kontooverførsel")
    return visitor.choose("Jeg accepterer TrueLinks salgsbetingelser")


@pytest.mark.usefixtures("_impatient")
def test_member_is_told_that_nothing_was_ordered_and_the_page_sent_again_is_one_order(
    user: User, fakturaklip: Product, series: NumberSeries
) -> None:
    visitor = at_the_last_button(user, fakturaklip)
    filled = visitor.page
    with held(series):
        visitor.press("Afsend bestilling")
        assert (visitor.status, visitor.response["Retry-After"]) == (503, "10")
        assert visitor.heading == "Der er travlt lige nu"
        assert NOTHING_LOST in visitor.text
        assert Order.objects.filter(company=user.company).count() == 0
    for _ in range(2):
        visitor.page, visitor.path = filled, "/kassen/"
        visitor.press("Afsend bestilling")
        assert visitor.heading == "Tak for din bestilling"
    assert Document.objects.get(order__company=user.company).number == 10002


@pytest.mark.usefixtures("_impatient")
def test_staff_are_told_that_nothing_was_registered() -> None:
    order = place(UserFactory.create(), (open_shop(), 100)).order
    desk = Visitor(StaffFactory.create()).open(f"/admin/billing/order/{order.pk}/betalt/")
    with held(order):
        desk.press("Markér som betalt")
    assert desk.status == 503
    assert NOTHING_LOST in desk.text
    order.refresh_from_db()
    assert (order.state, order.payments.count()) == (OrderState.AWAITING_PAYMENT, 0)


def test_other_errors_are_no_matter_of_patience(user: User, fakturaklip: Product, series: NumberSeries) -> None:
    """A bug stays a bug: 500, an error in the log, and the page for it."""
    visitor = at_the_last_button(user, fakturaklip)
    visitor.client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_numberseries RENAME TO elsewhere")
    try:
        visitor.press("Afsend bestilling")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO billing_numberseries")
    assert (visitor.status, visitor.heading) == (500, "Der skete en fejl hos os")
    assert series.last_number == 10001


# --- the session that holds everybody up ------------------------------------------------------------------------------

IDLE = "-c idle_in_transaction_session_timeout=%s"


@pytest.mark.usefixtures("_impatient")
def test_all_orders_wait_in_vain_while_a_session_idles_in_its_transaction(
    user: User, fakturaklip: Product, series: NumberSeries
) -> None:
    with held(series, options=IDLE % 0), pytest.raises(OperationalError, match="lock timeout"):
        place(user, (fakturaklip, 100))


def test_server_ends_a_session_that_idles_in_its_transaction(
    user: User, fakturaklip: Product, series: NumberSeries
) -> None:
    with ExitStack() as until_the_end:
        stuck = until_the_end.enter_context(held(series, options=IDLE % "300ms"))
        invoice = place(user, (fakturaklip, 100)).invoice
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            stuck.execute("SELECT 1")
    assert invoice is not None
    assert invoice.number == 10002


# --- migrations -------------------------------------------------------------------------------------------------------


def migrate_impatiently() -> str:
    """Migrate from a session that would not wait, were it a page."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    call_command("migrate", verbosity=0)
    return "migrated"


def test_migrate_waits_for_its_turn() -> None:
    """After a migrate the triggers are made anew, for which PostgreSQL needs the table to itself."""
    answers: list[str | Exception] = []
    with connect_past_django() as session:
        session.execute("LOCK TABLE billing_payment IN ROW EXCLUSIVE MODE")
        migrating = Thread(target=lambda: answers.extend(at_once(migrate_impatiently)))
        migrating.start()
        wait_for_waiting(1)
        migrating.join(1)  # longer than the session's own limit
        assert migrating.is_alive()
    migrating.join()
    assert answers == ["migrated"]
