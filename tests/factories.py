"""Invented companies, people, products and orders for tests."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import factory
from stdnum.dk import cvr

from accounts.models import Company, Role, User
from billing.models import Order, PaymentMethod, Seller, TermsOfSale
from billing.services.placing import Placed, Placement, RequestedLine, place_order
from billing.services.settling import Outcome, Received, settle_order, transfer_key
from catalog.models import ClipType, PriceTier, Product
from catalog.prices import current_price_list

PASSWORD = "klip-test-100"


def valid_cvr(n: int) -> str:
    """Return a CVR number with a valid check, another one for each `n`: there is one at least among twenty in a row."""
    twenty = range(20_000_000 + 20 * n, 20_000_020 + 20 * n)
    return next(str(number) for number in twenty if cvr.is_valid(str(number)))


class CompanyFactory(factory.django.DjangoModelFactory[Company]):
    """A company in Odense."""

    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Firma {n} ApS")
    cvr = factory.Sequence(valid_cvr)
    address = "Vestergade 12"
    postal_code = "5000"
    city = "Odense C"
    administrative_email = factory.Sequence(lambda n: f"kontor{n}@firma.example")
    invoice_email = factory.Sequence(lambda n: f"faktura{n}@firma.example")


class UserFactory(factory.django.DjangoModelFactory[User]):
    """An administrator of a company of their own, with the password PASSWORD."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"bruger{n}")
    email = factory.Sequence(lambda n: f"bruger{n}@firma.example")
    first_name = "Karen"
    last_name = "Holm"
    company: Any = factory.SubFactory(CompanyFactory)
    role = Role.ADMINISTRATOR
    password = factory.django.Password(PASSWORD)


class StaffFactory(UserFactory):
    """A member of staff who may do everything in admin."""

    company: Any = None
    is_staff = True
    is_superuser = True
    username = factory.Sequence(lambda n: f"kundecenter{n}")


class ClipTypeFactory(factory.django.DjangoModelFactory[ClipType]):
    """A clip type that lasts 12 months, 24 above 5,000."""

    class Meta:
        model = ClipType

    code = factory.Sequence(lambda n: f"klip-{n}")
    name = factory.Sequence(lambda n: f"Klip {n}")


class ProductFactory(factory.django.DjangoModelFactory[Product]):
    """Clips, at least 100 of them; give it tiers with `priced`."""

    class Meta:
        model = Product

    name = factory.Sequence(lambda n: f"Vare {n}")
    clip_type = factory.SubFactory(ClipTypeFactory)
    minimum_quantity = 100


class SellerFactory(factory.django.DjangoModelFactory[Seller]):
    """The seller, invented."""

    class Meta:
        model = Seller

    name = "TrueLink Test A/S"
    cvr = "13585628"
    address = "Havnegade 1"
    postal_code = "8000"
    city = "Aarhus C"
    email = "kundecenter@truelink.dk"
    phone = "70 00 00 00"
    bank_name = "Prøvebanken"
    bank_registration_number = "0040"
    bank_account_number = "0440116243"
    creditor_number = "89012345"
    payment_terms_days = 8


class TermsFactory(factory.django.DjangoModelFactory[TermsOfSale]):
    """A version of the terms of sale."""

    class Meta:
        model = TermsOfSale

    version = factory.Sequence(lambda n: f"2026-{n}")
    text = "# Salg\n\nKlip kan ikke fortrydes."


def priced(product: Product, **tiers: str) -> Product:
    """Give the product unit prices: `priced(product, t100="2.50", t1000="2.25")`."""
    for name, price in tiers.items():
        PriceTier.objects.create(product=product, from_quantity=int(name[1:]), unit_price=Decimal(price))
    return product


def invoice_clips(**fields: Any) -> Product:
    """Return the product "Fakturaklip": 2.50 kr. from 100, 2.25 kr. from 1,000."""
    clip_type = ClipTypeFactory.create(code="faktura", name="Fakturaklip")
    product = ProductFactory.create(name="Fakturaklip", clip_type=clip_type, position=1, **fields)
    return priced(product, t100="2.50", t1000="2.25")


def support(**fields: Any) -> Product:
    """Return a support product for 850 kr. an hour, without a minimum."""
    defaults = {
        "name": "B2B fakturamodtagersupport",
        "clip_type": None,
        "minimum_quantity": 1,
        "unit": "time",
    }
    return priced(ProductFactory.create(**{**defaults, **fields}), t1="850")


def open_shop() -> Product:
    """Set the shop up so that it can sell, and return "Fakturaklip"."""
    SellerFactory.create()
    TermsFactory.create()
    return invoice_clips()


def place(
    user: User,
    *wishes: tuple[Product, int],
    method: PaymentMethod = PaymentMethod.BANK_TRANSFER,
    **fields: Any,
) -> Placed:
    """Place an order at today's prices, as the checkout page does."""
    prices = current_price_list()
    lines = []
    for product, quantity in wishes:
        offer = prices.get(product.pk)
        assert offer is not None
        lines.append(RequestedLine(product.pk, quantity, offer.unit_price(quantity), offer.product.vat_rate))
    newest = TermsOfSale.objects.order_by("-published_at", "-pk").first()
    assert newest is not None
    fields = {"key": uuid4(), "terms_id": newest.pk, **fields}
    return place_order(Placement(user=user, lines=tuple(lines), payment_method=method, **fields))


def pay(order: Order, *, by: User | None = None, amount: Decimal | None = None) -> Outcome:
    """Register the bank transfer of an order, as staff do."""
    received = Received(
        method=PaymentMethod.BANK_TRANSFER,
        amount=order.total if amount is None else amount,
        received_on=date(2026, 11, 23),
        key=transfer_key(order),
        registered_by=by,
    )
    return settle_order(order_id=order.pk, received=received)
