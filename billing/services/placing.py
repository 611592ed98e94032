"""Placing an order: from what a member asked for and agreed to, to an order with its invoice."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.transactions import retried
from billing import mails
from billing.models import (
    Document,
    DocumentKind,
    Order,
    OrderLine,
    OrderState,
    PaymentMethod,
    Seller,
)
from billing.queue import kick_document
from billing.services.documents import issue_invoice
from catalog.money import line_net, totals_of
from catalog.prices import PriceList, current_price_list
from catalog.quantities import BadQuantity, check_quantity


@dataclass(frozen=True)
class RequestedLine:
    """What the member wants and agreed to pay: the unit price in kroner without VAT that the page showed."""

    product_id: int
    quantity: int
    agreed_unit_price: Decimal
    agreed_vat_rate: Decimal


@dataclass(frozen=True)
class Placement:
    """A member's request. The key is made with the page, so that the same page sent twice is one order."""

    user: User
    key: UUID
    lines: tuple[RequestedLine, ...]
    payment_method: PaymentMethod
    terms_id: int
    purchase_order_number: str = ""


class AgreementOutdated(Exception):
    """Prices, products or terms are no longer those that the member agreed to: show them again."""


class CheckoutClosed(Exception):
    """The shop cannot sell yet: seller, terms or prices are missing."""


class KeyBelongsToAnother(Exception):
    """The placement key was used by another company: the page must be made anew."""


@dataclass(frozen=True)
class Placed:
    """The order, its invoice (None while a card has not paid), and whether this very call placed it."""

    order: Order
    invoice: Document | None
    is_new: bool


def place_order(placement: Placement) -> Placed:
    """Place the order, and for a bank transfer issue its invoice and queue the mail, all in one transaction.

    A key that was used before returns the order that it placed. Raises PermissionDenied for a person who may not buy,
    CheckoutClosed, AgreementOutdated, BadQuantity, and KeyBelongsToAnother.
    """
    if not placement.user.may_buy:
        raise PermissionDenied
    try:
        return _place(placement)
    except (IntegrityError, AgreementOutdated, BadQuantity, CheckoutClosed):
        # A page that was sent before gets its order, whatever has changed since then.
        earlier = placed_before(user=placement.user, key=placement.key)
        if earlier is not None:
            return earlier
        if Order.objects.filter(placement_key=placement.key).exists():
            raise KeyBelongsToAnother from None
        raise


def placed_before(*, user: User, key: UUID) -> Placed | None:
    """Return the order that the user's company placed with this key, or None."""
    order = Order.objects.filter(placement_key=key, company=user.company).first()
    if order is None:
        return None
    return Placed(order, order.documents.filter(kind=DocumentKind.INVOICE).first(), is_new=False)


@retried
def _place(placement: Placement) -> Placed:
    with transaction.atomic():
        return _write(placement, timezone.now())


def _write(placement: Placement, now: datetime) -> Placed:
    seller = Seller.objects.current()
    prices = current_price_list()
    if seller is None or seller.current_terms_id is None or not prices:
        raise CheckoutClosed
    if seller.current_terms_id != placement.terms_id:
        raise AgreementOutdated
    lines = _priced_lines(placement.lines, prices)
    totals = totals_of((line.net, line.vat_rate) for line in lines)
    company = placement.user.company
    assert company is not None  # noqa: S101 (may_buy: the person has a company)
    order = Order.objects.create(
        company=company,
        placed_by=placement.user,
        placed_at=now,
        placement_key=placement.key,
        state=OrderState.AWAITING_PAYMENT,
        payment_method=placement.payment_method,
        purchase_order_number=placement.purchase_order_number,
        terms_id=placement.terms_id,
        net=totals.net,
        vat=totals.vat,
        total=totals.total,
    )
    for line in lines:
        line.order = order
    OrderLine.objects.bulk_create(lines)
    invoice = None
    if placement.payment_method == PaymentMethod.BANK_TRANSFER:
        invoice = issue_invoice(order=order, lines=lines, seller=seller)
        mails.queue_invoice(invoice, company, lines)
        kick_document(invoice)
    return Placed(order, invoice, is_new=True)


def _priced_lines(requested: tuple[RequestedLine, ...], prices: PriceList) -> list[OrderLine]:
    if not requested:
        raise AgreementOutdated
    lines = []
    for position, wish in enumerate(requested, start=1):
        offer = prices.get(wish.product_id)
        if offer is None:
            raise AgreementOutdated
        check_quantity(offer.product, wish.quantity)
        price = offer.unit_price(wish.quantity)
        if (price, offer.product.vat_rate) != (
            wish.agreed_unit_price,
            wish.agreed_vat_rate,
        ):
            raise AgreementOutdated
        lines.append(
            OrderLine(
                position=position,
                product=offer.product,
                clip_type=offer.product.clip_type,
                name=offer.product.name,
                unit=offer.product.unit,
                quantity=wish.quantity,
                minimum_quantity=offer.product.minimum_quantity,
                unit_price=price,
                vat_rate=offer.product.vat_rate,
                net=line_net(wish.quantity, price),
            )
        )
    return lines
