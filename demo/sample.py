"""Sample data: an invented seller, price list, terms, and members with a history: a demo that can be walked through.

Names, numbers and prices are made up, and say so wherever they are shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from django.db import connection, models, transaction
from django.utils import timezone

from accounts.models import Company, Role, User
from billing.models import Seller, TermsOfSale
from catalog.models import ClipType, PriceTier, Product
from demo import clock, history

PASSWORD = "klip-demo-100"
_Row = TypeVar("_Row", bound=models.Model)
_TERMS = Path(__file__).with_name("sample_terms.txt")


class NotTheDemo(Exception):
    """The database is not the demo's own."""


@dataclass(frozen=True)
class _Clips:
    """A clip type with the product that sells it; `prices` by the quantity that they start from."""

    code: str
    name: str
    description: str
    prices: dict[int, str]


@dataclass(frozen=True)
class _Support:
    """A support product with one price for any quantity."""

    name: str
    description: str
    unit: str
    price: str


_CLIPS = (
    _Clips(
        "faktura",
        "Fakturaklip",
        "Ét klip bruges, hver gang du sender en faktura eller kreditnota. Eksempelpris.",
        {100: "2.25", 500: "1.95", 1000: "1.70", 5000: "1.45", 10000: "1.20"},
    ),
    _Clips(
        "gensendelse",
        "Gensendelsesklip",
        "Ét klip bruges, når en faktura sendes igen til modtageren. Eksempelpris.",
        {100: "1.10", 500: "0.95", 1000: "0.825", 5000: "0.70", 10000: "0.575"},
    ),
    _Clips(
        "ordre",
        "Ordreklip",
        "Ét klip bruges, når du modtager en elektronisk ordre. Eksempelpris.",
        {100: "1.75", 500: "1.50", 1000: "1.30", 5000: "1.10", 10000: "0.925"},
    ),
    _Clips(
        "modtagelse",
        "Modtageklip",
        "Ét klip bruges, når du modtager en e-faktura på dit EAN-nr. Eksempelpris.",
        {100: "1.95", 500: "1.70", 1000: "1.50", 5000: "1.25", 10000: "1.05"},
    ),
)
_SUPPORT = (
    _Support(
        "B2B fakturamodtagersupport",
        "Vi hjælper dine modtagere i gang med e-fakturaer. Eksempelpris.",
        "t.",
        "895",
    ),
    _Support(
        "TrueLink Nemhandel profilopsætning",
        "Vi opretter og afprøver din profil i Nemhandel. Eksempelpris.",
        "stk.",
        "1250",
    ),
    _Support("Systemopsæt", "Vi sætter dit økonomisystem op til TrueLink. Eksempelpris.", "t.", "995"),
    _Support(
        "Opsætning til Norge",
        "Vi sætter dig op til at sende e-fakturaer til norske modtagere. Eksempelpris.",
        "stk.",
        "2000",
    ),
)


def load(*, database: Path) -> None:
    """Load the sample data, once: a database with a seller in it is left as it is.

    `database` is the demo's SQLite file. Raises NotTheDemo when Django uses any other, since the sample log-ons have
    a password that everybody knows.
    """
    used = connection.settings_dict
    if used["ENGINE"] != "django.db.backends.sqlite3" or Path(used["NAME"]).resolve() != database.resolve():
        raise NotTheDemo(f"The sample log-ons are for {database} only.")
    with transaction.atomic():
        if not Seller.objects.exists():
            now = timezone.now()
            with clock.at(now - timedelta(days=history.OLDEST_DAY)):
                _add_seller()
                _add_products()
                _add_people()
            history.write(now)


def _add_seller() -> None:
    _save(
        Seller(
            name="TrueLink Demo A/S (opdigtet)",
            cvr="99999918",
            address="Eksempelvej 1",
            postal_code="8000",
            city="Aarhus C",
            email="kundecenter@truelink.dk",
            bank_name="Eksempelbanken (opdigtet)",
            bank_registration_number="9999",
            bank_account_number="0001234567",
            creditor_number="89012345",
            payment_terms_days=8,
        )
    )
    _save(TermsOfSale(version="Eksempel 1", text=_TERMS.read_text(encoding="utf-8")))


def _add_products() -> None:
    for position, clips in enumerate(_CLIPS, start=1):
        clip_type = _save(ClipType(code=clips.code, name=clips.name))
        product = _save(
            Product(
                name=clips.name,
                description=clips.description,
                clip_type=clip_type,
                minimum_quantity=100,
                position=position * 10,
            )
        )
        _add_prices(product, clips.prices)
    for position, support in enumerate(_SUPPORT, start=len(_CLIPS) + 1):
        product = _save(
            Product(
                name=support.name,
                description=support.description,
                unit=support.unit,
                maximum_quantity=100,
                position=position * 10,
            )
        )
        _add_prices(product, {1: support.price})


def _add_prices(product: Product, prices: dict[int, str]) -> None:
    for from_quantity, price in prices.items():
        _save(PriceTier(product=product, from_quantity=from_quantity, unit_price=Decimal(price)))


def _add_people() -> None:
    printer = _save(
        Company(
            name="Havnegadens Bogtryk ApS (eksempel)",
            cvr="99999926",
            address="Havnegade 100",
            postal_code="5000",
            city="Odense C",
            ean="5799999999901",
            administrative_email="kontor@bogtryk.example",
            invoice_email="faktura@bogtryk.example",
        )
    )
    neighbour = _save(
        Company(
            name="Nordlys Elteknik A/S (eksempel)",
            cvr="99999934",
            address="Nordre Strandvej 100",
            postal_code="9000",
            city="Aalborg",
            administrative_email="kontor@nordlys.example",
            invoice_email="bogholderi@nordlys.example",
        )
    )
    _add_users(
        [
            User(username="medlem", first_name="Mette", last_name="Eksempel", company=printer, role=Role.ADMINISTRATOR),
            User(username="indkoeber", first_name="Ib", last_name="Eksempel", company=printer, role=Role.BUYER),
            User(username="laeser", first_name="Lis", last_name="Eksempel", company=printer, role=Role.READER),
            User(username="nabo", first_name="Niels", last_name="Eksempel", company=neighbour, role=Role.ADMINISTRATOR),
            User(username="kundecenter", first_name="Kirsten", last_name="Eksempel", is_staff=True, is_superuser=True),
        ]
    )


def _add_users(users: Sequence[User]) -> None:
    for user in users:
        user.email = f"{user.username}@truelink.example"
        user.set_password(PASSWORD)
        _save(user)


def _save(row: _Row) -> _Row:
    """Save the row if it keeps all the rules that it would have to keep in admin."""
    row.full_clean()
    row.save()
    return row
