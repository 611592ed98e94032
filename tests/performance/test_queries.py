"""How many statements a page costs: literal numbers, the same for a new shop and for a big one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.ledger import lock_accounts
from accounts.models import ClipAccount, ClipEntry, User
from billing.models import ArchivePart, Document, DocumentArchive, DocumentLine, Order, OrderLine
from billing.services.numbers import payment_reference
from catalog.models import Product
from tests.factories import ClipTypeFactory, ProductFactory, UserFactory, open_shop, pay, place, priced, support
from tests.visitor import Visitor

AT_MOST = 10
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)

# What each page of a member costs with three lines in the cart. Each reads session and person (with the company), and
# the price list for the cart; products and account also how clips were used, which no member without clips is asked.
PAGES = {
    "/": 3,
    "/koeb/": 4,
    "/kurv/": 3,
    "/kassen/": 4,
    "/egen-vedligeholdelse/": 3,
    "/egen-vedligeholdelse/konti/": 4,
    "/egen-vedligeholdelse/konti/{account}/": 8,
    "/egen-vedligeholdelse/konti/{account}/?art=purchase&fra=01.01.2026&til=31.12.2026": 9,  # and their sum
    "/egen-vedligeholdelse/konti/{account}/bevaegelser.csv": 4,
    "/egen-vedligeholdelse/modtagelse-af-faktura/": 3,
    "/ordrer/": 9,
    "/ordrer/?soeg=faktura+10001&aar=2026&status=paid": 9,
    "/ordrer/bilag/{year}/": 5,
    "/ordrer/bilag/{year}/zip/": 4,
    "/ordrer/{order}/": 7,
    "/dokumenter/{document}/": 6,
    "/dokumenter/{document}/pdf/": 5,
    "/salgsbetingelser/": 4,
    "/salgsbetingelser/{terms}/": 4,
    "/skift-kodeord/": 3,
}
WITHOUT_LOG_ON = {"/": 0, "/log-paa/": 0, "/glemt-kodeord/": 0, "/salgsbetingelser/": 1}


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements of the block."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield found
    found += [query["sql"] for query in queries.captured_queries]


# --- a shop that has grown -------------------------------------------------------------------------------------------


def _more_products() -> None:
    for number in range(20):
        product = ProductFactory.create(name=f"Vare {number:02}", clip_type=ClipTypeFactory.create())
        priced(product, t100="2", t1000="1.5", t5000="1")


def _more_orders(order: Order) -> None:
    """200 orders like this one, each with its lines, its invoice and the invoice's lines."""
    days = [NOON - timedelta(days=number) for number in range(200)]
    sums = {"net": order.net, "vat": order.vat, "total": order.total}
    orders = Order.objects.bulk_create(
        Order(
            **sums,
            company=order.company,
            placed_by=order.placed_by,
            placed_at=day,
            placement_key=uuid4(),
            state=order.state,
            payment_method=order.payment_method,
            terms=order.terms,
            paid_at=order.paid_at,
        )
        for day in days
    )
    lines = list(order.lines.all())
    OrderLine.objects.bulk_create(_copy(line, OrderLine, order=each) for each in orders for line in lines)
    invoice = order.documents.get()
    invoices = Document.objects.bulk_create(
        _copy(invoice, Document, order=each, number=number, payment_reference=payment_reference(number))
        for number, each in enumerate(orders, start=20001)
    )
    own = list(invoice.lines.all())
    DocumentLine.objects.bulk_create(_copy(line, DocumentLine, document=each) for each in invoices for line in own)


Row = TypeVar("Row", OrderLine, Document, DocumentLine)


def _copy(row: Row, model: type[Row], **changes: object) -> Row:
    fields = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    for name in changes:
        fields.pop(f"{name}_id", None)
    return model(**{**fields, **changes})


def _more_entries(account: ClipAccount) -> None:
    first = account.last_seq + 1
    ClipEntry.objects.bulk_create(
        ClipEntry(
            account=account,
            seq=seq,
            kind="purchase",
            delta=1,
            balance_after=account.balance + number,
            valid_until=date(2027, 11, 23),
            key=f"k{seq}",
            event_at=NOON,
        )
        for number, seq in enumerate(range(first, first + 5000), start=1)
    )
    ClipAccount.objects.filter(pk=account.pk).update(balance=account.balance + 5000, last_seq=account.last_seq + 5000)


@pytest.fixture(params=["new", "big"])
def user(request: pytest.FixtureRequest, db: None) -> User:
    """A member with one paid order, in a new shop or in one that has grown."""
    fakturaklip = open_shop()
    user = UserFactory.create()
    order = place(user, (fakturaklip, 1000), (support(), 1)).order
    pay(order)
    archive = DocumentArchive(company=order.company, year=order.placed_at.year, status="ready", size=2)
    archive.asked_at = archive.next_at = archive.made_at = order.placed_at
    archive.save()
    ArchivePart.objects.create(archive=archive, position=0, content=b"PK")
    if request.param == "big":
        order.refresh_from_db()
        _more_products()
        _more_orders(order)
        _more_entries(ClipAccount.objects.get())
        lock_accounts(order.company, {ClipTypeFactory.create() for _ in range(20)})
        assert (Product.objects.count(), Order.objects.count(), ClipEntry.objects.count()) == (22, 201, 5001)
    return user


def _address(pattern: str, user: User) -> str:
    order = Order.objects.filter(company=user.company).latest("pk")
    return pattern.format(
        account=ClipAccount.objects.filter(company=user.company).earliest("pk").pk,
        order=order.pk,
        year=order.placed_at.year,
        document=order.documents.get().pk,
        terms=order.terms_id,
    )


def test_pages_of_a_member_cost_the_same_however_much_there_is(user: User) -> None:
    client = Client()
    client.force_login(user)
    for product in Product.objects.filter(tiers__isnull=False).distinct()[:3]:
        client.post("/koeb/laeg-i-kurv/", {"product": product.pk, "quantity": "100"})
    client.get("/")  # reads the seller, which every process keeps for half a minute
    asked = {}
    for pattern in PAGES:
        address = _address(pattern, user)
        with statements() as found:
            response = client.get(address)
            response.getvalue()  # what is streamed asks while it is read
        assert response.status_code in {200, 202}
        asked[pattern] = len(found)
    assert asked == PAGES
    assert max(asked.values()) <= AT_MOST


def test_pages_for_everybody_cost_next_to_nothing(user: User, client: Client) -> None:
    assert user.company is not None
    client.get("/")
    asked = {}
    for address in WITHOUT_LOG_ON:
        with statements() as found:
            assert client.get(address).status_code == 200
        asked[address] = len(found)
    assert asked == WITHOUT_LOG_ON


# --- from the product list to the placed order -----------------------------------------------------------------------

_CONTROL = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE SAVEPOINT)\b")


@pytest.mark.django_db(transaction=True)
def test_walk_from_the_product_list_to_the_placed_order_takes_6_requests_and_30_statements() -> None:
    """Counted are the statements that read or write, in a process that knows the seller (else a 31st, twice a minute).

    BEGIN and COMMIT are counted apart: two for the order, two for each of the two times that the session is saved.
    """
    open_shop()
    Visitor().open("/")
    visitor = Visitor(UserFactory.create())
    with statements() as asked:
        visitor.open("/koeb/")
        visitor.fill("Antal", "1000").press("Læg i kurv")
        visitor.click("Gå til kassen")
        visitor.choose("Betal via kontooverførsel").choose("Jeg accepterer TrueLinks salgsbetingelser")
        visitor.press("Afsend bestilling")
    assert visitor.heading == "Tak for din bestilling"
    assert Order.objects.get().net == Decimal("2250.00")
    document = f"/dokumenter/{Document.objects.get().pk}/?afsendt=1"
    assert visitor.requests == [
        "GET /koeb/",
        "POST /koeb/laeg-i-kurv/",
        "GET /koeb/",
        "GET /kassen/",
        "POST /kassen/",
        f"GET {document}",
    ]
    control = [sql for sql in asked if _CONTROL.match(sql)]
    assert len(asked) - len(control) == 30, asked
    assert len(control) == 6, control
