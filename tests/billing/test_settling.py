"""The one door through which an order becomes paid."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction

from accounts.models import ClipAccount, ClipEntry
from billing.models import (
    Document,
    DocumentKind,
    MailKind,
    Order,
    OrderEvent,
    OrderState,
    OutboxMail,
    Payment,
    PaymentMethod,
    Seller,
)
from billing.services.cancelling import cancel_order
from billing.services.documents import SellerMissing
from billing.services.settling import AmountDiffers, Outcome, Received, settle_order, transfer_key
from catalog.models import Product
from tests.factories import (
    ClipTypeFactory,
    ProductFactory,
    StaffFactory,
    UserFactory,
    open_shop,
    pay,
    place,
    priced,
    support,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


def card(order: Order, key: str = "stripe:pi_1", amount: Decimal | None = None) -> Received:
    return Received(PaymentMethod.CARD, amount or order.total, date(2026, 11, 23), key)


def balances(order: Order) -> list[tuple[str, int, date | None]]:
    accounts = ClipAccount.objects.filter(company=order.company).order_by("clip_type__name")
    return [(account.clip_type.name, account.balance, account.expires_on) for account in accounts]


def mails_of(order: Order) -> list[tuple[str, list[str]]]:
    return [(mail.kind, mail.recipients) for mail in order.mails.order_by("pk")]


def test_settle_order_records_credits_and_confirms(fakturaklip: Product) -> None:
    user, staff = UserFactory.create(), StaffFactory.create()
    order = place(user, (fakturaklip, 1000), (support(), 2)).order
    with time_machine.travel(NOON, tick=False):
        received = Received(
            method=PaymentMethod.BANK_TRANSFER,
            amount=Decimal("4937.50"),
            received_on=date(2026, 11, 20),
            key=transfer_key(order),
            registered_by=staff,
            note="Kontoudtog 47",
        )
        assert settle_order(order_id=order.pk, received=received) is Outcome.SETTLED
    order.refresh_from_db()
    assert (order.state, order.paid_at, order.cancelled_at) == (OrderState.PAID, NOON, None)
    payment = order.payments.get()
    assert (payment.method, payment.amount, payment.received_on) == (
        "bank_transfer",
        Decimal("4937.50"),
        date(2026, 11, 20),
    )
    assert (payment.key, payment.is_surplus, payment.registered_by, payment.note, payment.created_at) == (
        f"transfer:{order.pk}",
        False,
        staff,
        "Kontoudtog 47",
        NOON,
    )
    event = order.events.get()
    assert (event.kind, event.actor, event.note, event.created_at) == ("paid", staff, "Kontoudtog 47", NOON)
    entry = ClipEntry.objects.get()
    line = order.lines.get(clip_type__isnull=False)
    assert (entry.seq, entry.kind, entry.delta, entry.balance_after) == (1, "purchase", 1000, 1000)
    assert (entry.key, entry.event_at, entry.valid_until) == (f"order-line:{line.pk}", NOON, date(2027, 11, 23))
    assert (entry.actor, entry.note) == (staff, f"Bestilling {order.pk}")
    assert balances(order) == [("Fakturaklip", 1000, date(2027, 11, 23))]
    assert user.company is not None
    assert mails_of(order) == [
        ("invoice", [user.company.invoice_email]),
        ("confirmation", [user.company.administrative_email]),
    ]
    confirmation = order.mails.get(kind=MailKind.CONFIRMATION)
    assert confirmation.document is None
    assert Document.objects.count() == 1


def test_settle_order_answers_already_to_the_same_payment(fakturaklip: Product) -> None:
    order = place(UserFactory.create(), (fakturaklip, 100)).order
    assert [pay(order), pay(order, by=StaffFactory.create())] == [Outcome.SETTLED, Outcome.ALREADY]
    assert (order.payments.count(), order.events.count(), ClipEntry.objects.count()) == (1, 1, 1)
    assert OutboxMail.objects.filter(kind=MailKind.CONFIRMATION).count() == 1


def test_settle_order_records_more_money_as_surplus_and_credits_nothing(fakturaklip: Product) -> None:
    order = place(UserFactory.create(), (fakturaklip, 100)).order
    pay(order)
    twice = Received(PaymentMethod.BANK_TRANSFER, Decimal("312.50"), date(2026, 11, 24), "bank-line:9")
    assert settle_order(order_id=order.pk, received=twice) is Outcome.SURPLUS
    assert settle_order(order_id=order.pk, received=twice) is Outcome.ALREADY
    assert list(order.payments.order_by("pk").values_list("amount", "is_surplus", "key")) == [
        (Decimal("312.50"), False, f"transfer:{order.pk}"),
        (Decimal("312.50"), True, "bank-line:9"),
    ]
    assert [event.kind for event in order.events.all()] == ["paid", "surplus"]
    assert balances(order) == [("Fakturaklip", 100, ClipAccount.objects.get().expires_on)]
    assert len(mails_of(order)) == 2


@pytest.mark.parametrize("amount", ["312.49", "312.51", "250.00", "0.01", "625.00"])
def test_settle_order_refuses_another_amount_and_records_nothing(fakturaklip: Product, amount: str) -> None:
    order = place(UserFactory.create(), (fakturaklip, 100)).order
    with pytest.raises(AmountDiffers) as refusal:
        pay(order, amount=Decimal(amount))
    assert refusal.value.expected == Decimal("312.50")
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert (Payment.objects.count(), OrderEvent.objects.count(), ClipEntry.objects.count()) == (0, 0, 0)
    assert pay(order) is Outcome.SETTLED


def test_settle_order_of_a_cancelled_order_is_surplus(fakturaklip: Product) -> None:
    """Real money is never lost, and never credited for what was called off."""
    order = place(UserFactory.create(), (fakturaklip, 100)).order
    cancel_order(order_id=order.pk, actor=StaffFactory.create(), reason="Fortrudt")
    assert pay(order) is Outcome.SURPLUS
    assert pay(order, amount=Decimal("1.00")) is Outcome.ALREADY
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert order.payments.get().is_surplus
    assert not ClipEntry.objects.exists()
    assert [kind for kind, _ in mails_of(order)] == ["invoice", "credit_note"]


def test_settle_order_by_card_issues_the_invoice_and_queues_the_receipt(fakturaklip: Product) -> None:
    user = UserFactory.create()
    placed = place(user, (fakturaklip, 100), method=PaymentMethod.CARD)
    order = placed.order
    assert (placed.invoice, order.documents.count(), mails_of(order)) == (None, 0, [])
    with time_machine.travel(NOON, tick=False):
        assert settle_order(order_id=order.pk, received=card(order)) is Outcome.SETTLED
    invoice = order.documents.get()
    assert (invoice.kind, invoice.number, invoice.total) == ("invoice", 10001, Decimal("312.50"))
    assert (invoice.issued_at, invoice.due_on, invoice.payment_method) == (NOON, date(2026, 11, 23), "card")
    assert [line.name for line in invoice.lines.all()] == ["Fakturaklip"]
    assert user.company is not None
    assert mails_of(order) == [("receipt", [user.company.administrative_email])]
    assert order.mails.get().document == invoice
    assert balances(order) == [("Fakturaklip", 100, date(2027, 11, 23))]
    assert settle_order(order_id=order.pk, received=card(order)) is Outcome.ALREADY


@pytest.mark.fault(16)
def test_settle_order_by_card_and_by_bank_credits_once_and_keeps_the_surplus(fakturaklip: Product) -> None:
    order = place(UserFactory.create(), (fakturaklip, 100)).order
    assert settle_order(order_id=order.pk, received=card(order)) is Outcome.SETTLED
    assert pay(order) is Outcome.SURPLUS
    assert list(order.payments.order_by("pk").values_list("method", "is_surplus")) == [
        ("card", False),
        ("bank_transfer", True),
    ]
    assert order.documents.count() == 1
    assert ClipEntry.objects.count() == 1


def test_settle_order_without_a_seller_records_nothing(fakturaklip: Product) -> None:
    """A card order needs its invoice: without a seller there is none, so the money waits outside and comes again."""
    order = place(UserFactory.create(), (fakturaklip, 100), method=PaymentMethod.CARD).order
    Seller.objects.all().delete()
    with pytest.raises(SellerMissing), transaction.atomic():
        settle_order(order_id=order.pk, received=card(order))
    order.refresh_from_db()
    assert order.state == OrderState.AWAITING_PAYMENT
    assert (Payment.objects.count(), ClipEntry.objects.count()) == (0, 0)


# --- how long the clips last -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantities", "last_day"),
    [
        ([5000], date(2027, 11, 23)),
        ([5001], date(2028, 11, 23)),
        ([2500, 2500], date(2027, 11, 23)),
        ([2500, 2501], date(2028, 11, 23)),  # two products, one type, one order
    ],
)
def test_clips_last_24_months_above_5000_of_a_type_in_one_order(
    fakturaklip: Product, quantities: list[int], last_day: date
) -> None:
    package = priced(ProductFactory.create(clip_type=fakturaklip.clip_type), t100="2")
    wishes = zip([fakturaklip, package], quantities, strict=False)
    order = place(UserFactory.create(), *wishes).order
    with time_machine.travel(NOON, tick=False):
        pay(order)
    assert balances(order) == [("Fakturaklip", sum(quantities), last_day)]
    assert {entry.valid_until for entry in ClipEntry.objects.all()} == {last_day}


def test_clips_of_two_orders_do_not_add_up_to_24_months(fakturaklip: Product) -> None:
    user = UserFactory.create()
    orders = [place(user, (fakturaklip, 3000)).order for _ in range(2)]
    with time_machine.travel(NOON, tick=False):
        for order in orders:
            pay(order)
    assert balances(orders[0]) == [("Fakturaklip", 6000, date(2027, 11, 23))]


def test_clips_of_two_types_are_counted_apart(fakturaklip: Product) -> None:
    other = priced(ProductFactory.create(clip_type=ClipTypeFactory.create(name="Ordreklip")), t100="1")
    order = place(UserFactory.create(), (other, 3000), (fakturaklip, 5001)).order
    with time_machine.travel(NOON, tick=False):
        pay(order)
    assert balances(order) == [("Fakturaklip", 5001, date(2028, 11, 23)), ("Ordreklip", 3000, date(2027, 11, 23))]


@pytest.mark.parametrize(
    ("paid_at", "last_day"),
    [
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2027, 12, 31)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2028, 1, 1)),  # midnight in Copenhagen, in winter
        (datetime(2027, 6, 30, 21, 59, tzinfo=UTC), date(2028, 6, 30)),
        (datetime(2027, 6, 30, 22, 0, tzinfo=UTC), date(2028, 7, 1)),  # and in summer
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), date(2029, 2, 28)),
    ],
)
def test_clips_last_from_the_day_in_copenhagen_on_which_they_were_credited(
    fakturaklip: Product, paid_at: datetime, last_day: date
) -> None:
    order = place(UserFactory.create(), (fakturaklip, 100)).order
    with time_machine.travel(paid_at, tick=False):
        pay(order)
    assert balances(order) == [("Fakturaklip", 100, last_day)]


def test_settle_order_expires_old_clips_before_it_credits_new_ones(fakturaklip: Product) -> None:
    user = UserFactory.create()
    old, new = (place(user, (fakturaklip, 100)).order for _ in range(2))
    with time_machine.travel(NOON, tick=False):
        pay(old)
    with time_machine.travel(NOON.replace(year=2027, day=24), tick=False):
        pay(new)
    assert balances(new) == [("Fakturaklip", 100, date(2028, 11, 24))]
    assert list(ClipEntry.objects.order_by("seq").values_list("kind", "delta")) == [
        ("purchase", 100),
        ("expiry", -100),
        ("purchase", 100),
    ]


def test_invoice_issued_at_settling_takes_the_next_number(fakturaklip: Product) -> None:
    card_order = place(UserFactory.create(), (fakturaklip, 100), method=PaymentMethod.CARD).order
    transfer = place(UserFactory.create(), (fakturaklip, 100)).invoice
    settle_order(order_id=card_order.pk, received=card(card_order))
    assert transfer is not None
    numbers = Document.objects.filter(kind=DocumentKind.INVOICE).values_list("order_id", "number")
    assert dict(numbers) == {transfer.order_id: 10001, card_order.pk: 10002}
