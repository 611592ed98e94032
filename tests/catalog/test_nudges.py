"""What a quantity costs, and the lower price that is near: figures worked out by hand, and the sentences."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from catalog.models import ClipType, PriceTier, Product
from catalog.price_words import longer_in_words, nudge_in_words, patterns, price_in_words
from catalog.prices import Offer
from catalog.units import per_unit

TIERS = {100: "2.25", 500: "1.95", 1000: "1.70", 5000: "1.45", 10000: "1.20"}


def offer(tiers: dict[int, str] = TIERS, *, unit: str = "stk.", maximum: int = 1_000_000) -> Offer:
    """An offer of the sample's invoice clips; no database is asked."""
    product = Product(name="Fakturaklip", unit=unit, minimum_quantity=100, maximum_quantity=maximum)
    rows = (
        PriceTier(product=product, from_quantity=start, unit_price=Decimal(price)) for start, price in tiers.items()
    )
    return Offer(product, tuple(rows))


def words(quantity: int, tiers: dict[int, str] = TIERS) -> str:
    nudge = offer(tiers).nudge(quantity)
    return nudge_in_words(nudge).replace("\u00a0", " ") if nudge else ""


@pytest.mark.parametrize(
    ("quantity", "sentence"),
    [
        (100, ""),  # 225 kr.; 500 cost 975 kr., and are four times as many
        (399, ""),  # 897.75 kr.: 101 more are 25.3 per cent
        (
            400,
            "Køb 100 stk. mere, så falder prisen til 1,95 kr. pr. stk.",
        ),  # 900.00 kr.: 25 per cent more, 75 kr. dearer
        (
            433,
            "Køb 67 stk. mere, så falder prisen til 1,95 kr. pr. stk.",
        ),  # 974.25 kr., which is 0.75 kr. less than 975
        (
            434,  # 976.50 kr.
            "Køb 66 stk. mere, så falder prisen til 1,95 kr. pr. stk., og det hele bliver 1,50 kr. billigere.",
        ),
        (
            900,  # 1,755 kr.; 1,000 cost 1,700 kr.
            "Køb 100 stk. mere, så falder prisen til 1,70 kr. pr. stk., og det hele bliver 55,00 kr. billigere.",
        ),
        (
            999,  # 1,948.05 kr.
            "Køb 1 stk. mere, så falder prisen til 1,70 kr. pr. stk., og det hele bliver 248,05 kr. billigere.",
        ),
        (1000, ""),  # the next price is four times as far on
        (4000, "Køb 1.000 stk. mere, så falder prisen til 1,45 kr. pr. stk."),  # 6,800 kr. against 7,250 kr.
        (
            9999,  # 14,498.55 kr. against 12,000 kr.
            "Køb 1 stk. mere, så falder prisen til 1,20 kr. pr. stk., og det hele bliver 2.498,55 kr. billigere.",
        ),
        (10_000, ""),
        (1_000_000, ""),
    ],
)
def test_nudge_names_the_next_price_when_it_is_near_or_costs_no_more(quantity: int, sentence: str) -> None:
    assert words(quantity) == sentence


def test_nudge_names_a_price_that_is_far_when_all_of_them_cost_no_more() -> None:
    assert words(100, {1: "3", 300: "1"}) == "Køb 200 stk. mere, så falder prisen til 1,00 kr. pr. stk."
    assert words(101, {1: "3", 300: "1"}) == (
        "Køb 199 stk. mere, så falder prisen til 1,00 kr. pr. stk., og det hele bliver 3,00 kr. billigere."
    )
    assert words(99, {1: "3", 300: "1"}) == ""


def test_nudge_passes_over_a_price_that_is_not_lower_and_one_too_far_for_its_price() -> None:
    assert words(95, {1: "2", 100: "2"}) == ""
    assert words(95, {1: "2", 100: "2.50"}) == ""
    assert words(100, {1: "2", 200: "1.99", 300: "0.50"}) == (
        "Køb 200 stk. mere, så falder prisen til 0,50 kr. pr. stk., og det hele bliver 50,00 kr. billigere."
    )


def test_nudge_names_no_more_than_can_be_bought() -> None:
    assert offer(maximum=999).nudge(999) is None
    assert offer(maximum=1000).nudge(999) is not None


def test_price_says_what_the_quantity_costs_with_and_without_vat() -> None:
    """0.825 kr. × 1,234 = 1,018.05 kr.; 25 per cent of it are 254.5125 kr."""
    price = offer({100: "0.8250"}).price(1234)
    assert (price.totals.net, price.totals.vat, price.totals.total) == (
        Decimal("1018.05"),
        Decimal("254.51"),
        Decimal("1272.56"),
    )
    assert price_in_words(price) == (
        "1.234 stk. à 0,825\u00a0kr. = 1.018,05\u00a0kr. uden moms (1.272,56\u00a0kr. med moms)"
    )


def test_sentences_have_the_products_unit_in_the_readers_language() -> None:
    hours = offer({1: "895"}, unit="t.")
    assert price_in_words(hours.price(2)).startswith("2 t. à 895,00\u00a0kr. = 1.790,00\u00a0kr.")
    with override("en"):
        assert price_in_words(hours.price(2)).startswith("2 hrs. ")


def test_sentences_tell_the_price_of_one_in_words() -> None:
    """Each ends in one full stop, the script's as well."""
    hours = offer({1: "895", 150: "800"}, unit="t.")
    nudge = hours.nudge(140)
    assert nudge is not None
    told = (
        "Køb 10 t. mere, så falder prisen til 800,00\u00a0kr. pr. time, og det hele bliver 5.300,00\u00a0kr. billigere."
    )
    assert nudge_in_words(nudge) == told
    assert patterns(hours.product)["nudge"] == "Køb %(more)s %(unit)s mere, så falder prisen til %(price)s pr. time."
    with override("en"):
        assert nudge_in_words(nudge) == (
            "Buy 10 hrs. more, and the price falls to 800,00\u00a0kr. per hour, which saves 5.300,00\u00a0kr. in all."
        )


@pytest.mark.parametrize(
    ("unit", "danish", "english"),
    [("stk.", "pr. stk.", "each"), ("t.", "pr. time", "per hour"), ("måned", "pr. måned", "per måned")],
)
def test_price_of_one_is_told_in_the_readers_language(unit: str, danish: str, english: str) -> None:
    assert per_unit(unit) == danish
    with override("en"):
        assert per_unit(unit) == english


# --- longer validity -------------------------------------------------------------------------------------------------


def more_for_longer(
    quantity: int, *, beside: int = 0, above: int = 5000, months: tuple[int, int] = (12, 24), maximum: int = 1_000_000
) -> int | None:
    """How many more make the clips last longer; None when nothing is said."""
    own = offer(maximum=maximum)
    short, long = months
    own.product.clip_type = ClipType(short_validity_months=short, long_validity_months=long, long_validity_above=above)
    longer = own.longer_validity(quantity, beside=beside)
    return longer.more if longer else None


@pytest.mark.parametrize(
    ("quantity", "more"),
    [(3749, None), (3750, 1251), (4900, 101), (4999, 2), (5000, 1), (5001, None), (20_000, None)],
)
def test_longer_validity_is_named_up_to_a_quarter_below_its_limit(quantity: int, more: int | None) -> None:
    assert more_for_longer(quantity) == more


def test_longer_validity_counts_what_the_order_has_of_the_type_in_other_lines() -> None:
    assert [more_for_longer(2000, beside=beside) for beside in (1749, 1750, 3000, 3001)] == [None, 1251, 1, None]


def test_longer_validity_is_not_named_where_it_is_not_to_be_had() -> None:
    assert more_for_longer(5000, months=(12, 12)) is None
    assert [more_for_longer(5000, maximum=most) for most in (5000, 5001)] == [None, 1]
    assert [more_for_longer(100, beside=4900, maximum=most) for most in (100, 101)] == [None, 1]
    assert offer().longer_validity(5000) is None  # no clips


def test_longer_validity_in_words() -> None:
    own = offer(unit="stk.")
    own.product.clip_type = ClipType(short_validity_months=6, long_validity_months=18, long_validity_above=9000)
    longer = own.longer_validity(7000)
    assert longer is not None
    assert longer_in_words(longer) == "Køb 2.001 stk. mere, så gælder klippene i 18 måneder i stedet for 6."
