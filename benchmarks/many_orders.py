"""A company with 10,000 orders among 200,000 of others, and how long its page of orders takes.

Called in a process whose settings name the database (`benchmarks/orders_page.py`).
"""

import statistics
import time
from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Company, User
from benchmarks.repeating import repeat, uuid_of_i
from billing.models import Document, Order
from billing.services.searching import orders_matching
from tests.factories import UserFactory, open_shop, pay, place

OWN, OTHERS, COMPANIES = 10_000, 200_000, 200
# Every so many orders one is the company's own.
EVERY = (OWN + OTHERS) // OWN
# Far from the rows of the one order.
APART = 1000
RUNS = 15
PAGES = {
    "first page": "",
    "page 250": "side=250",
    "last page": "side=500",
    "one year": "aar={year}",
    "one year and a state": "aar={year}&status=paid",
    "one state, page 400": "status=paid&side=400",
    "a state without orders": "status=cancelled",
    "invoice number": "soeg=52001",
    "payment line": "soeg=%2B71%3C000000000520010%2B89012345%3C",
    "amount (of every order)": "soeg=312,50",
    "amount (of none)": "soeg=4.612,50",
    "purchase order number": "soeg=po-77",
    "four words": "soeg=po+1+312,50+x",
}


def fill() -> None:
    """Sell once through the shop, and repeat the order: 10,000 times for its company, 200,000 times for others.

    The company's orders are four hours apart, and reach back four and a half years.
    """
    own = place(UserFactory.create(username="regnskab"), (open_shop(), 100)).order
    pay(own)
    ident, number = f"i + {APART}", "(10001 + i)"
    repeat(Company, COMPANIES, id=ident, cvr=f"'' || (20000000 + {ident})")
    repeat(
        Order,
        OWN + OTHERS,
        id=ident,
        placement_key=uuid_of_i(),
        placed_at=_hours_ago(f"(4 * (i / {EVERY}))"),
        company_id=f"CASE WHEN i % {EVERY} = 0 THEN {own.company_id} ELSE {APART} + 1 + i % {COMPANIES} END",
        purchase_order_number=f"'PO-' || (i % {OWN})",
    )
    repeat(
        Document,
        OWN + OTHERS,
        id=ident,
        order_id=ident,
        number=number,
        # Not with its true check digit, but one of its own.
        payment_reference=f"SUBSTR('00000000000000' || {number}, LENGTH('' || {number}) + 1) || '0'",
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(*, plans: bool) -> None:
    """Ask for every page as a browser would, and print how long it took in the process."""
    user = User.objects.get(username="regnskab")
    client = Client()
    client.force_login(user)
    print(f"{'page':<26}{'median':>9}{'longest':>9}  in ms, of {RUNS}")
    for name, query in PAGES.items():
        address = f"/ordrer/?{query.format(year=timezone.localdate().year - 2)}"
        times = sorted(_milliseconds(lambda address=address: client.get(address)) for _ in range(RUNS))
        print(f"{name:<26}{statistics.median(times):>9.0f}{times[-1]:>9.0f}", flush=True)
    if plans:
        _print_plans(user)


def _hours_ago(hours: str) -> str:
    now = f"{timezone.now():%Y-%m-%d %H:%M:%S}"
    if connection.vendor == "postgresql":
        return f"'{now}+00'::timestamptz - {hours} * interval '1 hour'"
    return f"datetime('{now}', '-' || {hours} || ' hours')"


def _milliseconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def _print_plans(user: User) -> None:
    assert user.company is not None
    own = Order.objects.of_company(user.company)
    options = {"analyze": True} if connection.vendor == "postgresql" else {}
    for name, orders in {
        "last page": own[OWN - 20 : OWN],
        "one year": own.filter(placed_at__year=timezone.localdate().year - 2)[:20],
        "invoice number": orders_matching(own, "52001")[:20],
    }.items():
        print(f"--- {name}\n{orders.explain(**options)}")
