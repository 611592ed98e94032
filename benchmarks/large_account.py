"""Fill an account with 200,000 entries in two years, and measure its page and its file.

`measure` is called in a process whose settings name an empty database (`benchmarks/clip_account.py`). A second
account's entries lie between those of the first, as they do in a shop that is used.
"""

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.balance_history import balance_history
from accounts.models import ClipAccount, ClipEntry, Company
from tests.factories import ClipTypeFactory, UserFactory

ENTRIES = 200_000
BOUGHT_AT_ONCE = 5_000
AT_A_TIME = 10_000
RUNS = 9
YEARS = timedelta(days=730)
VALID_UNTIL = date(2099, 12, 31)


def measure() -> None:
    """Fill the database, and print what each look at the account takes."""
    user = UserFactory.create()
    account = _fill(user.company, UserFactory.create().company)
    client = Client()
    client.force_login(user)
    page = f"/egen-vedligeholdelse/konti/{account.pk}/"
    long_ago = timezone.localdate() - timedelta(days=700)
    old_month = f"fra={long_ago:%d.%m.%Y}&til={long_ago + timedelta(days=30):%d.%m.%Y}"
    today = timezone.localdate()
    _print("the balance's history alone", lambda: balance_history(account, today=today))
    for query in ("", f"side={ENTRIES // 25}", "art=purchase", "art=use&side=7000", old_month, f"art=use&{old_month}"):
        _print(f"page ?{query}", lambda query=query: client.get(f"{page}?{query}"))
    began = time.monotonic()
    size = _fetch(client, f"{page}bevaegelser.csv")
    print(f"file of {size / 1e6:.1f} MB: {time.monotonic() - began:.1f} s")
    tracemalloc.start()
    _fetch(client, f"{page}bevaegelser.csv")
    print(f"most memory that Python held for it: {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB")
    tracemalloc.stop()
    since = timezone.now() - timedelta(days=30)
    print(account.entries.filter(event_at__gte=since).order_by().explain())


def _fill(*companies: Company | None) -> ClipAccount:
    clip_type = ClipTypeFactory.create()
    accounts = [ClipAccount.objects.create(company=company, clip_type=clip_type) for company in companies]
    pending: list[ClipEntry] = []
    for seq, entries in enumerate(zip(*(_entries(account) for account in accounts), strict=True), start=1):
        pending += entries
        if seq % AT_A_TIME == 0:
            ClipEntry.objects.bulk_create(pending)
            pending = []
    for account in accounts:
        account.balance, account.last_seq, account.expires_on = _balance_after(ENTRIES), ENTRIES, VALID_UNTIL
        account.save()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return accounts[0]


def _entries(account: ClipAccount) -> Iterator[ClipEntry]:
    begins = timezone.now() - YEARS
    for seq in range(1, ENTRIES + 1):
        is_purchase = seq % (BOUGHT_AT_ONCE + 1) == 1
        yield ClipEntry(
            account=account,
            seq=seq,
            kind="purchase" if is_purchase else "use",
            delta=BOUGHT_AT_ONCE if is_purchase else -1,
            balance_after=_balance_after(seq),
            valid_until=VALID_UNTIL if is_purchase else None,
            key=f"{account.pk}:{seq}",
            event_at=begins + YEARS * seq / ENTRIES,
        )


def _balance_after(seq: int) -> int:
    return BOUGHT_AT_ONCE - (seq - 1) % (BOUGHT_AT_ONCE + 1)


def _print(what: str, look: Callable[[], object]) -> None:
    look()
    seconds = []
    for _ in range(RUNS):
        began = time.monotonic()
        look()
        seconds.append(time.monotonic() - began)
    best, median, worst = min(seconds), statistics.median(seconds), max(seconds)
    print(f"{what}: {median * 1000:.0f} ms (of {RUNS}: best {best * 1000:.0f}, worst {worst * 1000:.0f})")


def _fetch(client: Client, address: str) -> int:
    return sum(len(piece) for piece in client.get(address).streaming_content)
