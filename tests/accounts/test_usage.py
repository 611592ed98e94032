"""How long clips last: figures worked out by hand, and what is told on the pages."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from accounts.ledger import NewEntry, expire_account, lock_accounts, post_entry, reverse_purchase, use_clips
from accounts.models import ClipAccount, Company, EntryKind, Role
from accounts.usage import Usage, usage_of_company
from catalog.models import ClipType, PriceTier, Product
from catalog.prices import Offer, PriceList, current_price_list
from tests.factories import ClipTypeFactory, CompanyFactory, UserFactory, invoice_clips
from tests.visitor import Visitor, text_of

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
A_YEAR_AHEAD = date(2027, 11, 23)


def usage(
    used: int, *, days: int = 365, balance: int = 0, expires_on: date | None = A_YEAR_AHEAD, offer: Offer | None = None
) -> Usage:
    return Usage(used, days, TODAY, balance, expires_on, offer)


# --- arithmetic ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "days", "month"),
    [
        (3400, 365, 283),  # 3,400 / 12 = 283.33
        (3402, 365, 284),  # 283.5
        (12, 365, 1),
        (6, 365, 1),  # half a clip
        (5, 365, 0),
        (100, 73, 42),  # 500 a year: 41.67
        (100, 28, 109),  # 1,303.57 a year: 108.63
    ],
)
def test_per_month_is_a_twelfth_of_a_years_use(used: int, days: int, month: int) -> None:
    assert usage(used, days=days).per_month == month


@pytest.mark.parametrize(
    ("balance", "months", "until"),
    [
        (640, 2, date(2027, 1, 30)),  # 640 / 3,400 of 365 days = 68.7 days; 2.26 months
        (425, 2, date(2027, 1, 7)),  # 45.6 days; 1.5 months
        (424, 1, date(2027, 1, 7)),  # 45.5 days; 1.496 months
        (141, 0, date(2026, 12, 8)),  # 15.1 days; 0.498 months
        (3400, 12, A_YEAR_AHEAD),  # 365 days: to the very day on which they expire
        (3409, 12, A_YEAR_AHEAD),  # 365.97 days
        (3410, 12, None),  # 366.07 days
        (6941, 24, None),  # 24.498 months
        (6942, 25, None),  # 24.501 months
        (1_000_000_000, 25, None),
        (0, 0, TODAY),
    ],
)
def test_balance_lasts_for_its_share_of_a_years_use_until_it_expires(
    balance: int, months: int, until: date | None
) -> None:
    told = usage(3400, balance=balance)
    assert (told.months_left, told.lasts_until) == (months, until)
    assert told.lasts_for_years == (months > 24)


def test_balance_without_a_last_day_is_told_no_day() -> None:
    assert usage(3400, balance=640, expires_on=None).lasts_until is None


@pytest.mark.parametrize(
    ("used", "days", "year"),
    [
        (3400, 365, 3400),
        (3412, 365, 3500),
        (3401, 365, 3500),
        (9901, 365, 10_000),
        (12_345, 365, 13_000),
        (101, 365, 110),
        (99, 365, 99),
        (7, 365, 7),
        (100, 73, 500),  # 365 / 73 = 5
        (101, 73, 510),  # 505
        (100, 30, 1300),  # 1,216.67
    ],
)
def test_a_year_is_rounded_up_to_two_digits_that_count(used: int, days: int, year: int) -> None:
    assert usage(used, days=days).a_year == year


def offer(**fields: int) -> Offer:
    product = Product(name="Fakturaklip", **{"minimum_quantity": 100, "maximum_quantity": 10_000, **fields})
    prices = {100: "2.25", 1000: "1.45"}
    return Offer(product, tuple(PriceTier(from_quantity=start, unit_price=Decimal(p)) for start, p in prices.items()))


@pytest.mark.parametrize(
    ("used", "balance", "expires_on", "missing", "net"),
    [
        # A year is 3,412 → 3,500.
        (3412, 0, A_YEAR_AHEAD, 3500, "5075.00"),  # × 1.45
        (3412, 0, None, 3500, "5075.00"),
        (3412, 640, A_YEAR_AHEAD, 2900, "4205.00"),  # 2,860 × 1.45
        (3412, 640, date(2026, 12, 1), 2900, "4205.00"),  # buying makes the 640 last as long as the new ones
        (3412, 2900, A_YEAR_AHEAD, 600, "1350.00"),  # 600 × 2.25
        (3412, 2953, A_YEAR_AHEAD, 550, "1237.50"),  # 547 × 2.25
        (3412, 3399, A_YEAR_AHEAD, 110, "247.50"),  # 101
        (3412, 3400, A_YEAR_AHEAD, 100, "225.00"),
        (1988, 1450, A_YEAR_AHEAD, 550, "1237.50"),  # 2,000 - 1,450
    ],
)
def test_refill_is_what_the_balance_lacks_of_a_year_at_todays_price(
    used: int, balance: int, expires_on: date | None, missing: int, net: str
) -> None:
    told = usage(used, balance=balance, expires_on=expires_on, offer=offer())
    assert told.refill is not None
    assert (told.missing, told.refill.quantity, told.refill.totals.net) == (missing, missing, Decimal(net))
    assert not told.covers_a_year


def test_refill_is_what_can_be_bought() -> None:
    few, too_many = usage(3412, balance=3470, offer=offer()), usage(10_001, offer=offer())
    assert few.refill is not None
    assert (few.missing, few.refill.quantity, few.refill.totals.net) == (30, 100, Decimal("225.00"))
    assert (too_many.missing, too_many.refill, usage(3412).refill) == (11_000, None, None)


@pytest.mark.parametrize(
    ("balance", "expires_on", "covers"),
    [
        (3500, A_YEAR_AHEAD, True),
        (3499, A_YEAR_AHEAD, False),
        (9000, A_YEAR_AHEAD, True),
        (9000, A_YEAR_AHEAD - timedelta(days=1), False),  # what is left then expires within the year
        (9000, None, False),
    ],
)
def test_balance_covers_a_year_when_it_is_as_much_and_lasts_as_long(
    balance: int, expires_on: date | None, *, covers: bool
) -> None:
    told = usage(3412, balance=balance, expires_on=expires_on, offer=offer())
    assert told.covers_a_year == covers
    assert (told.refill is None) == (balance >= 3500)


# --- what the ledger says --------------------------------------------------------------------------------------------


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Holm ApS")


def account_of(company: Company, clip_type: ClipType, *, bought: int, days_ago: int) -> ClipAccount:
    """An account whose first purchase was so many days ago."""
    [account] = lock_accounts(company, {clip_type})
    key = f"purchase-{company.pk}-{clip_type.pk}"
    entry = NewEntry(EntryKind.PURCHASE, bought, key, NOON - timedelta(days=days_ago), A_YEAR_AHEAD)
    post_entry(account, entry)
    return account


def use(account: ClipAccount, quantity: int, *, days_ago: int) -> None:
    key = f"use-{account.pk}-{account.last_seq}"
    use_clips(account=account, quantity=quantity, key=key, now=NOON - timedelta(days=days_ago))


def told(company: Company) -> dict[int, Usage]:
    return usage_of_company(company, current_price_list(), now=NOON)


def test_usage_counts_the_use_of_the_last_year_and_nothing_else(company: Company) -> None:
    product = invoice_clips()
    assert product.clip_type is not None
    account = account_of(company, product.clip_type, bought=5000, days_ago=800)
    use(account, 700, days_ago=366)
    use(account, 1, days_ago=365)
    use(account, 1000, days_ago=200)
    use(account, 99, days_ago=0)
    reverse_purchase(entry=account.entries.get(seq=1), quantity=200, key="r", now=NOON)
    [usage] = told(company).values()
    assert (usage.used, usage.days, usage.is_of_a_year, usage.balance) == (1100, 365, True, 3000)
    assert (usage.offer and usage.offer.product, usage.expires_on) == (product, A_YEAR_AHEAD)


def test_usage_does_not_count_what_expired(company: Company) -> None:
    account = account_of(company, ClipTypeFactory.create(), bought=500, days_ago=300)
    use(account, 120, days_ago=10)
    expire_account(account, now=NOON + timedelta(days=500))
    [usage] = usage_of_company(company, PriceList({}), now=NOON + timedelta(days=300)).values()
    assert (usage.used, usage.days, usage.balance) == (120, 365, 0)


def test_usage_of_a_younger_account_counts_from_its_first_purchase(company: Company) -> None:
    account = account_of(company, ClipTypeFactory.create(), bought=500, days_ago=73)
    use(account, 100, days_ago=1)
    [usage] = told(company).values()
    assert (usage.days, usage.since, usage.is_of_a_year) == (73, date(2026, 9, 11), False)
    assert (usage.per_month, usage.balance, usage.refill) == (42, 400, None)


@pytest.mark.parametrize(("days", "used"), [(27, 100), (28, 0), (365, 5), (-1, 100)])
def test_usage_has_nothing_to_tell_of_weeks_or_of_next_to_no_use(company: Company, days: int, used: int) -> None:
    account = account_of(company, ClipTypeFactory.create(), bought=500, days_ago=days)
    if used:
        use(account, used, days_ago=0)
    assert told(company) == {}


def test_usage_is_told_after_four_weeks(company: Company) -> None:
    use(account_of(company, ClipTypeFactory.create(), bought=500, days_ago=28), 1, days_ago=0)
    assert len(told(company)) == 1


def test_usage_of_all_accounts_is_one_query_and_nobody_elses(
    company: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clip_types = [ClipTypeFactory.create() for _ in range(3)]
    for number, clip_type in enumerate(clip_types, start=1):
        use(account_of(company, clip_type, bought=900, days_ago=90), 100 * number, days_ago=9)
    use(account_of(CompanyFactory.create(), clip_types[0], bought=900, days_ago=90), 800, days_ago=9)
    with django_assert_num_queries(1):
        found = usage_of_company(company, PriceList({}), now=NOON)
    assert {name: usage.used for name, usage in found.items()} == {
        clip_type.pk: 100 * number for number, clip_type in enumerate(clip_types, start=1)
    }


# --- what is told on the pages ---------------------------------------------------------------------------------------


@pytest.fixture
def visitor(company: Company, time_machine: TimeMachineFixture) -> Visitor:
    """A member who has used 3,400 of 4,040 invoice clips in the last year."""
    time_machine.move_to(NOON, tick=True)
    product = invoice_clips()
    assert product.clip_type is not None
    use(account_of(company, product.clip_type, bought=4040, days_ago=400), 3400, days_ago=100)
    return Visitor(UserFactory.create(company=company))


def test_pages_tell_of_the_use_and_lead_to_what_is_missing_to_a_year(visitor: Visitor) -> None:
    sentences = (
        "Der er brugt 3.400 klip det seneste år, ca. 283 om måneden. "
        "Saldoen på 640 rækker til ca. 2 måneder, til omkring januar 2027. "
        "Et års forbrug er ca. 3.400 klip. Ud over saldoen mangler ca. 2.800: 6.300,00\u00a0kr. uden moms. "
        "Vælg 2.800 klip: Fakturaklip"
    )
    assert sentences in visitor.open(f"/egen-vedligeholdelse/konti/{ClipAccount.objects.get().pk}/").text
    assert sentences in visitor.open("/koeb/").part("Fakturaklip")
    visitor.click("Vælg 2.800 klip: Fakturaklip")
    pk = Product.objects.get().pk
    assert visitor.path == f"/koeb/?vare={pk}&antal=2800#vare-{pk}"
    assert visitor.field("Antal").get("value") == "2800"
    assert "2.800 stk. à 2,25\u00a0kr. = 6.300,00\u00a0kr. uden moms" in visitor.part("Fakturaklip")


@pytest.mark.parametrize(
    ("balance", "advice"),
    [
        (
            0,
            "Et års forbrug er ca. 3.400 klip: 7.650,00\u00a0kr. uden moms. Vælg 3.400 klip",
        ),
        (3300, "Ud over saldoen mangler ca. 100: 250,00\u00a0kr. uden moms. Vælg 100 klip"),
        (3370, "mangler ca. 30, og du kan købe mindst 100: 250,00\u00a0kr. uden moms. Vælg 100 klip"),
        (3400, "til omkring november 2027. Saldoen dækker et års forbrug."),
    ],
)
def test_page_advises_what_is_missing_to_a_year(visitor: Visitor, balance: int, advice: str) -> None:
    ClipAccount.objects.update(balance=balance, expires_on=A_YEAR_AHEAD)
    assert advice in visitor.open("/koeb/").part("Fakturaklip")
    links = [text for text in map(text_of, visitor.page.iter("a")) if text.startswith("Vælg")]
    assert len(links) == (balance < 3400)


def test_balance_that_expires_within_the_year_is_not_said_to_cover_it(visitor: Visitor) -> None:
    ClipAccount.objects.update(balance=3500, expires_on=date(2026, 12, 1))
    text = visitor.open("/koeb/").part("Fakturaklip")
    assert "men klippene udløber 1. december 2026." in text
    assert "et års forbrug" not in text.lower()


@pytest.mark.parametrize(
    ("balance", "expires_on", "sentence"),
    [
        (0, A_YEAR_AHEAD, "om måneden. Der er ingen klip tilbage. Et års"),
        (140, A_YEAR_AHEAD, "Saldoen på 140 rækker til under en måned. Et års"),
        (283, A_YEAR_AHEAD, "Saldoen på 283 rækker til ca. 1 måned, til omkring december 2026."),
        (640, date(2026, 12, 1), "Saldoen på 640 rækker til ca. 2 måneder, men klippene udløber 1. december 2026."),
        (283, date(2026, 12, 1), "Saldoen på 283 rækker til ca. 1 måned, men klippene udløber 1. december 2026."),
        (140, date(2026, 12, 1), "Saldoen på 140 rækker til under en måned, men klippene udløber 1. december 2026."),
        (9000, A_YEAR_AHEAD, "Saldoen på 9.000 rækker til mere end 2 år, men klippene udløber 23. november 2027."),
        (640, TODAY - timedelta(days=1), "om måneden. Der er ingen klip tilbage. Et års"),
    ],
)
def test_page_says_how_long_the_balance_lasts(visitor: Visitor, balance: int, expires_on: date, sentence: str) -> None:
    ClipAccount.objects.update(balance=balance, expires_on=expires_on)
    assert sentence in visitor.open("/koeb/").part("Fakturaklip")


def test_page_of_a_younger_account_says_since_when(visitor: Visitor, company: Company) -> None:
    young = ClipTypeFactory.create(name="Ordreklip")
    account = account_of(company, young, bought=500, days_ago=73)
    use(account, 100, days_ago=1)
    text = visitor.open(f"/egen-vedligeholdelse/konti/{account.pk}/").text
    assert "Der er brugt 100 klip siden 11. september 2026, ca. 42 om måneden." in text
    assert "Et års forbrug" not in text  # nobody sells them


def test_reader_is_told_the_price_without_a_link(visitor: Visitor, company: Company) -> None:
    reader = Visitor(UserFactory.create(company=company, role=Role.READER)).open("/koeb/")
    assert (
        "Et års forbrug er ca. 3.400 klip. Ud over saldoen mangler ca. 2.800: 6.300,00\u00a0kr. uden moms."
        in reader.text
    )
    assert not reader.has_link("Vælg 2.800 klip: Fakturaklip")
    assert visitor.open("/koeb/").has_link("Vælg 2.800 klip: Fakturaklip")


def test_pages_of_another_company_tell_nothing(visitor: Visitor) -> None:
    other = Visitor(UserFactory.create()).open("/koeb/")
    assert "Der er brugt" not in other.text
    assert "Der er brugt" in visitor.open("/koeb/").text
