"""Placing an order: what was agreed to, once, and nothing else."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from accounts.models import ClipAccount, Role
from billing.models import (
    Document,
    NumberSeries,
    Order,
    OrderLine,
    OrderState,
    OutboxMail,
    PaymentMethod,
    Seller,
    TermsOfSale,
)
from billing.services.placing import (
    AgreementOutdated,
    CheckoutClosed,
    KeyBelongsToAnother,
    Placement,
    RequestedLine,
    place_order,
    placed_before,
)
from catalog.models import PriceTier, Product
from catalog.quantities import BadQuantity
from tests.factories import (
    SellerFactory,
    TermsFactory,
    UserFactory,
    invoice_clips,
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


def agreed(product: Product, quantity: int, price: str, rate: str = "25.00") -> RequestedLine:
    return RequestedLine(product.pk, quantity, Decimal(price), Decimal(rate))


def nothing_was_written() -> bool:
    kept = (Order, OrderLine, Document, OutboxMail, NumberSeries)
    return not any(model._default_manager.exists() for model in kept)


def test_place_order_writes_what_was_agreed(fakturaklip: Product) -> None:
    user, terms, key = UserFactory.create(), TermsOfSale.objects.get(), uuid4()
    hour = support()
    with time_machine.travel(NOON, tick=False):
        placed = place_order(
            Placement(
                user=user,
                key=key,
                lines=(agreed(fakturaklip, 1000, "2.25"), agreed(hour, 2, "850")),
                payment_method=PaymentMethod.BANK_TRANSFER,
                terms_id=terms.pk,
                purchase_order_number="PO 77",
            )
        )
    order = Order.objects.get()
    assert (placed.order, placed.invoice, placed.is_new) == (order, Document.objects.get(), True)
    assert (order.company, order.placed_by, order.placed_at) == (user.company, user, NOON)
    assert (order.placement_key, order.state, order.payment_method) == (key, "awaiting_payment", "bank_transfer")
    assert (order.terms, order.purchase_order_number) == (terms, "PO 77")
    assert (order.net, order.vat, order.total) == (Decimal("3950.00"), Decimal("987.50"), Decimal("4937.50"))
    assert (order.paid_at, order.cancelled_at) == (None, None)
    copied = ("position", "product", "clip_type", "name", "unit", "quantity", "minimum_quantity", "unit_price", "net")
    assert list(order.lines.order_by("position").values_list(*copied)) == [
        (
            *(1, fakturaklip.pk, fakturaklip.clip_type_id, "Fakturaklip", "stk.", 1000, 100),
            *(Decimal("2.2500"), Decimal("2250.00")),
        ),
        (
            *(2, hour.pk, None, "B2B fakturamodtagersupport", "time", 2, 1),
            *(Decimal("850.0000"), Decimal("1700.00")),
        ),
    ]
    assert set(order.lines.values_list("vat_rate", "credited_quantity")) == {(Decimal("25.00"), 0)}


def test_place_order_by_transfer_mails_the_invoice_and_credits_nothing(fakturaklip: Product) -> None:
    user = UserFactory.create()
    placed = place(user, (fakturaklip, 100))
    mail = OutboxMail.objects.get()
    assert user.company is not None
    assert (mail.kind, mail.recipients, mail.document) == ("invoice", [user.company.invoice_email], placed.invoice)
    assert (mail.order, mail.company, mail.status, mail.secret) == (placed.order, user.company, "queued", False)
    assert not ClipAccount.objects.exists()


def test_place_order_by_card_issues_nothing_yet(fakturaklip: Product) -> None:
    placed = place(UserFactory.create(), (fakturaklip, 100), method=PaymentMethod.CARD)
    assert placed.invoice is None
    assert (placed.order.state, placed.order.payment_method) == (OrderState.AWAITING_PAYMENT, PaymentMethod.CARD)
    assert (Document.objects.count(), OutboxMail.objects.count(), NumberSeries.objects.count()) == (0, 0, 0)


# --- the same page sent twice ----------------------------------------------------------------------------------------


@pytest.mark.fault(28)
def test_place_order_with_a_known_key_returns_the_first_order(fakturaklip: Product) -> None:
    user, key = UserFactory.create(), uuid4()
    first = place(user, (fakturaklip, 100), key=key)
    second = place(user, (fakturaklip, 100), key=key)
    assert (second.order, second.invoice, second.is_new) == (first.order, first.invoice, False)
    assert (Order.objects.count(), Document.objects.count(), OutboxMail.objects.count()) == (1, 1, 1)
    assert NumberSeries.objects.get().last_number == 10001


@pytest.mark.fault(28)
def test_place_order_with_a_known_key_returns_the_first_order_for_a_colleague(fakturaklip: Product) -> None:
    user, key = UserFactory.create(), uuid4()
    first = place(user, (fakturaklip, 100), key=key)
    colleague = UserFactory.create(company=user.company, role=Role.BUYER)
    assert place(colleague, (fakturaklip, 100), key=key).order == first.order


@pytest.mark.parametrize("change", ["price", "terms", "withdrawn", "seller"])
def test_place_order_with_a_known_key_returns_the_first_order_whatever_changed_since(
    fakturaklip: Product, change: str
) -> None:
    """The second of two clicks must not be told that nothing was ordered, only because a price changed in between."""
    user, terms = UserFactory.create(), TermsOfSale.objects.get()
    placement = Placement(
        user=user,
        key=uuid4(),
        lines=(agreed(fakturaklip, 100, "2.50"),),
        payment_method=PaymentMethod.BANK_TRANSFER,
        terms_id=terms.pk,
    )
    first = place_order(placement)
    if change == "price":
        PriceTier.objects.update(unit_price=Decimal(9))
    elif change == "terms":
        TermsFactory.create()
    elif change == "withdrawn":
        Product.objects.update(is_active=False)
    else:
        Seller.objects.all().delete()
    again = place_order(placement)
    assert (again.order, again.invoice, again.is_new) == (first.order, first.invoice, False)
    assert Order.objects.count() == 1


def test_place_order_with_a_key_of_another_company_is_refused(fakturaklip: Product) -> None:
    key = uuid4()
    place(UserFactory.create(), (fakturaklip, 100), key=key)
    with pytest.raises(KeyBelongsToAnother):
        place(UserFactory.create(), (fakturaklip, 100), key=key)
    assert (Order.objects.count(), NumberSeries.objects.get().last_number) == (1, 10001)


def test_placed_before_finds_the_companys_own_order_only(fakturaklip: Product) -> None:
    user, key = UserFactory.create(), uuid4()
    placed = place(user, (fakturaklip, 100), key=key)
    found = placed_before(user=user, key=key)
    assert found is not None
    assert (found.order, found.invoice, found.is_new) == (placed.order, placed.invoice, False)
    assert placed_before(user=UserFactory.create(), key=key) is None
    assert placed_before(user=user, key=uuid4()) is None


# --- what was not agreed to ------------------------------------------------------------------------------------------


@pytest.mark.fault(29)
@pytest.mark.parametrize("price", ["2.49", "2.51", "0", "2.25"])
def test_place_order_at_another_price_than_todays_is_refused(fakturaklip: Product, price: str) -> None:
    with pytest.raises(AgreementOutdated):
        place_order(
            Placement(
                user=UserFactory.create(),
                key=uuid4(),
                lines=(agreed(fakturaklip, 100, price),),
                payment_method=PaymentMethod.BANK_TRANSFER,
                terms_id=TermsOfSale.objects.get().pk,
            )
        )
    assert nothing_was_written()


@pytest.mark.fault(29)
def test_place_order_at_another_vat_rate_than_todays_is_refused(fakturaklip: Product) -> None:
    with pytest.raises(AgreementOutdated):
        place_order(
            Placement(
                user=UserFactory.create(),
                key=uuid4(),
                lines=(agreed(fakturaklip, 100, "2.50", rate="0"),),
                payment_method=PaymentMethod.BANK_TRANSFER,
                terms_id=TermsOfSale.objects.get().pk,
            )
        )
    assert nothing_was_written()


def test_place_order_on_older_terms_is_refused(fakturaklip: Product) -> None:
    accepted = TermsOfSale.objects.get()
    newest = TermsFactory.create()
    with pytest.raises(AgreementOutdated):
        place(UserFactory.create(), (fakturaklip, 100), terms_id=accepted.pk)
    assert nothing_was_written()
    assert place(UserFactory.create(), (fakturaklip, 100)).order.terms == newest


@pytest.mark.parametrize("gone", ["withdrawn", "without price", "unknown"])
def test_place_order_of_what_is_not_for_sale_is_refused(fakturaklip: Product, gone: str) -> None:
    hour = support()
    line = agreed(hour, 1, "850")
    if gone == "withdrawn":
        Product.objects.filter(pk=hour.pk).update(is_active=False)
    elif gone == "without price":
        hour.tiers.all().delete()
    else:
        line = agreed(Product(pk=987654), 1, "850")
    with pytest.raises(AgreementOutdated):
        place_order(
            Placement(
                user=UserFactory.create(),
                key=uuid4(),
                lines=(agreed(fakturaklip, 100, "2.50"), line),
                payment_method=PaymentMethod.BANK_TRANSFER,
                terms_id=TermsOfSale.objects.get().pk,
            )
        )
    assert nothing_was_written()


def test_place_order_of_nothing_is_refused(fakturaklip: Product) -> None:
    assert fakturaklip.is_clips
    with pytest.raises(AgreementOutdated):
        place(UserFactory.create())
    assert nothing_was_written()


@pytest.mark.fault(41)
@pytest.mark.parametrize("quantity", [-1, 0, 99, 1_000_001])
def test_place_order_of_a_quantity_that_is_not_sold_is_refused(fakturaklip: Product, quantity: int) -> None:
    with pytest.raises(BadQuantity):
        place(UserFactory.create(), (fakturaklip, quantity))
    assert nothing_was_written()


@pytest.mark.fault(46)
def test_place_order_by_a_reader_is_refused(fakturaklip: Product) -> None:
    with pytest.raises(PermissionDenied):
        place(UserFactory.create(role=Role.READER), (fakturaklip, 100))
    assert nothing_was_written()


@pytest.mark.parametrize("missing", ["seller", "terms", "prices"])
def test_place_order_in_a_shop_that_is_not_set_up_is_refused(missing: str) -> None:
    fakturaklip = invoice_clips()
    if missing != "seller":
        SellerFactory.create()
    terms = TermsFactory.build(pk=1) if missing == "terms" else TermsFactory.create()
    if missing == "prices":
        PriceTier.objects.all().delete()
    with pytest.raises(CheckoutClosed):
        place_order(
            Placement(
                user=UserFactory.create(),
                key=uuid4(),
                lines=(agreed(fakturaklip, 100, "2.50"),),
                payment_method=PaymentMethod.BANK_TRANSFER,
                terms_id=terms.pk,
            )
        )
    assert nothing_was_written()


# --- what was sold stays as it was -----------------------------------------------------------------------------------


def test_order_does_not_change_with_the_catalogue(fakturaklip: Product) -> None:
    order = place(UserFactory.create(), (fakturaklip, 100)).order
    before = list(order.lines.values())
    Product.objects.update(name="Nyt", unit="klip", vat_rate=0, minimum_quantity=500, is_active=False, clip_type=None)
    PriceTier.objects.update(unit_price=99)
    assert list(order.lines.values()) == before
    pay(order)
    account = ClipAccount.objects.get()
    assert (account.clip_type.name, account.balance) == ("Fakturaklip", 100)


def test_order_lines_stand_in_the_order_of_the_page(fakturaklip: Product) -> None:
    products = [fakturaklip, support(), priced(support(name="Katalog"), t5="700")]
    order = place(UserFactory.create(), (products[2], 5), (products[0], 100), (products[1], 1)).order
    assert [line.product for line in order.lines.order_by("position")] == [products[2], products[0], products[1]]
    assert [line.position for line in order.lines.order_by("position")] == [1, 2, 3]
    assert order.net == Decimal("4600.00")  # 5 × 700 + 250 + 850
