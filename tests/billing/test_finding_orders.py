""" "Ordrer og fakturaer": finding one order among many by search, year and state."""

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote, urlencode

import pytest
import time_machine

from accounts.models import User
from billing.models import Order, PaymentMethod
from billing.services.cancelling import cancel_order
from billing.services.searching import LONGEST_TERM, amount_of, orders_matching, words_of
from catalog.models import Product
from tests.factories import UserFactory, open_shop, pay, place
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def wanted(user: User, fakturaklip: Product) -> Order:
    """Invoice 10001 of 3,690.00 kr., 4,612.50 with VAT, cancelled: credit note 500001."""
    with time_machine.travel(datetime(2023, 3, 7, 11, tzinfo=UTC), tick=False):
        order = place(user, (fakturaklip, 1640), purchase_order_number="Rekv. Ærø-Å7/450 012").order
        cancel_order(order_id=order.pk, actor=None, reason="Fortrudt")
    return order


@pytest.fixture
def others(user: User, wanted: Order, fakturaklip: Product) -> list[Order]:
    """Invoices 10002 to 10004 of 250.00 kr. (312.50): this company's twice, and once a neighbour's."""
    with time_machine.travel(datetime(2026, 11, 23, 11, tzinfo=UTC), tick=False):
        own = [place(user, (fakturaklip, 100), purchase_order_number=name).order for name in ("Å-lab", "")]
        place(UserFactory.create(), (fakturaklip, 100), purchase_order_number="Rekv. Ærø")
    return own


def found(user: User, term: str) -> list[Order]:
    assert user.company is not None
    return list(orders_matching(Order.objects.of_company(user.company), term))


# --- the search ------------------------------------------------------------------------------------------------------

TERMS = [
    # numbers, and what is copied along with them
    "10001", " 10001 ", "#10001", "Faktura 10001", "faktura nr. 10001", "FAKTURANR.: 10001", "Invoice 10001",
    "500001", "Kreditnota 500001", "credit note 500001", "10001 500001", "10001, 500001",
    # the payment reference, and the payment line
    "000000000100016", "100016", "00000 00001 00016", "000 000 000 100 016", "Betalingsreference: 000000000100016",
    "+71<000000000100016+89012345<", "71<000000000100016+89012345<", "+71 < 000000000100016 + 89012345 <",
    "+71<00000 00001 00016+89012345<", " 71<000000000100016 89012345<",
    # the amount with VAT and without
    "4612,50", "4.612,50", "4612.50", "4,612.50", "4 612,50", "4612,5", "4612", "4.612", "4 612", "4,612",
    "4612,50 kr.", "4.612,50\u00a0kr.", "4612,50kr", "kr. 4.612,50", "DKK 4612.50", "-4.612,50", "\u22124.612,50 kr",
    "3690", "3.690", "3690,00", "3.690,-", "3.690,- kr.", "3690.00", "beløb 3690",
    # the buyer's own number, a part of it in any case
    "Ærø", "ærø", "ÆRØ", "æRØ-å7", "a\u030a7", "7/450", "450 012", "rekv. ærø", "REKV ÆRØ", "Rekvisitionsnr. 450 012",
    # words that name different things of the same order
    "10001 4.612,50 kr. ærø", "faktura 10001 kreditnota 500001", "ærø 3690",
]  # fmt: skip


@pytest.mark.parametrize("term", TERMS)
def test_finds_the_order_that_the_term_names_and_no_other(user: User, others: list[Order], term: str) -> None:
    assert [order.documents.earliest("pk").number for order in found(user, term)] == [10001]


def test_finds_the_order_by_its_own_number(user: User, others: list[Order]) -> None:
    for term in (str(others[0].pk), f"Bestilling {others[0].pk}", f"Order {others[0].pk}"):
        assert others[0] in found(user, term)
    assert others[0] not in found(user, f"Bestilling {others[0].pk} ærø")


NOTHING = [
    "10005", "10004", "faktura", "10001 10002", "10001 312,50", "10001 å-lab", "4612,51", "4.612,00", "4612,-",
    "3690,50", "000000000100017", "10001x", "_", "%", ".*", "(", "[æ", "\\", "æ(r", "99999999999999999999",
    "999999999999999", "9999999999", "99999999999,50", "9" * 300,
]  # fmt: skip


@pytest.mark.parametrize("term", NOTHING)
def test_finds_nothing_for_what_no_order_has(user: User, others: list[Order], term: str) -> None:
    assert found(user, term) == []


@pytest.mark.parametrize("term", ["", " ", "\0", "\u200b", "\ud800", ",", " ;, "])
def test_finds_everything_for_an_empty_term(user: User, wanted: Order, others: list[Order], term: str) -> None:
    assert found(user, term) == [*reversed(others), wanted]


@pytest.mark.parametrize("term", ["å-lab", "Å-LAB", "A\u030a-Lab"])
def test_tells_danish_letters_from_others(user: User, others: list[Order], term: str) -> None:
    assert found(user, term) == [others[0]]
    assert found(user, "a-lab") == []


OWN_NUMBERS = [
    "PO-KR-17", "AFD-DKK-3", "2024-KR-5", "REK-ORDRE12", "PO-INVOICE1", "PO/order 5", "12 KR-AFD", "KR 5", "500 kr.",
    "Ordre 7", "Faktura 1", "Ref. 4 612,50 kr.", "PO (kr. 8)", "A; B", "Rekvisition 000 000 000 100 019",
]  # fmt: skip


@pytest.mark.parametrize("own_number", OWN_NUMBERS)
def test_finds_the_buyers_own_number_as_it_is_copied_from_the_page(
    user: User, others: list[Order], fakturaklip: Product, own_number: str
) -> None:
    order = place(user, (fakturaklip, 200), purchase_order_number=own_number).order
    for term in (own_number, own_number.lower(), f"10005 {own_number}", f"625,00 kr. {own_number}"):
        assert order in found(user, term), term


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("PO-KR-17 12 KR-AFD kr. 5", ["PO-KR-17", "12", "KR-AFD", "5"]),
        ("Faktura nr. 10001, 4.612,50 kr.", ["10001", "4.612,50"]),
        ("+71<000000000100016+89012345< PO 9", ["+71<000000000100016+89012345<", "PO", "9"]),
        ("  mange\tmellemrum\u00a0her ", ["mange", "mellemrum", "her"]),
        (" ".join("abcdefghijklmnop"), list("abcdefghijkl")),
        ("x" * 500, ["x" * LONGEST_TERM]),
    ],
)
def test_reads_the_words_of_a_term(term: str, words: list[str]) -> None:
    assert words_of(term) == words


@pytest.mark.parametrize(
    ("word", "least", "greatest"),
    [
        ("1.234", "1234.00", "1234.99"),
        ("1.234,-", "1234.00", "1234.00"),
        ("0,5", "0.50", "0.50"),
        ("0", "0.00", "0.99"),
    ],
)
def test_reads_an_amount(word: str, least: str, greatest: str) -> None:
    assert amount_of(word) == (Decimal(least), Decimal(greatest))


@pytest.mark.parametrize("word", ["1.23.4", "1,2,3", "12,345.6.7", "x1", "1x", "", "-", "12345678901", "١٢"])
def test_reads_no_amount_where_there_is_none(word: str) -> None:
    assert amount_of(word) is None


# --- the page --------------------------------------------------------------------------------------------------------


def listed(visitor: Visitor) -> list[str]:
    """Return the orders of the list, as their links say them."""
    return ["".join(row.itertext()).split()[1] for row in visitor.page.iter("th") if row.get("scope") == "row"]


def test_form_finds_an_order_without_javascript(user: User, wanted: Order, others: list[Order]) -> None:
    visitor = Visitor(user).open("/ordrer/")
    assert listed(visitor) == [order.number for order in (*reversed(others), wanted)]
    assert "passer" not in visitor.text
    assert visitor.described(visitor.field("Søg")) == (
        "Bestillings- eller fakturanr., betalingsreference, rekvisitionsnr. eller beløb"
    )
    line = "+71<000000000100016+89012345<"
    visitor.fill("Søg", line).select("År", "2023").select("Status", "Annulleret").press("Find")
    assert visitor.path == "/ordrer/?" + urlencode({"soeg": line, "aar": "2023", "status": "cancelled"})
    assert listed(visitor) == [wanted.number]
    assert "1 bestilling passer" in visitor.text
    # What was chosen stays chosen.
    assert visitor.field("Søg").get("value") == line
    visitor.fill("Søg", "").press("Find")
    assert visitor.path == "/ordrer/?soeg=&aar=2023&status=cancelled"
    visitor.click("Vis alle")
    assert visitor.path == "/ordrer/"


def test_result_is_announced(user: User, others: list[Order]) -> None:
    visitor = Visitor(user).open("/ordrer/?soeg=312,50")
    assert [announced(visitor), listed(visitor)] == [
        ["2 bestillinger passer Vis alle"],
        [order.number for order in reversed(others)],
    ]


def announced(visitor: Visitor) -> list[str]:
    main = next(visitor.page.iter("main"))
    texts = (" ".join("".join(each.itertext()).split()) for each in main.iter() if each.get("role") == "status")
    return [text for text in texts if text]


def test_empty_result_says_what_was_searched_and_offers_all(user: User, others: list[Order]) -> None:
    visitor = Visitor(user).open("/ordrer/?soeg=<b>4711&aar=2026&status=paid")
    assert announced(visitor) == [
        "Ingen bestillinger passer Søgt efter <b>4711 År 2026 Status Betalt Vis alle",
    ]
    assert "Ingen bestillinger endnu" not in visitor.text
    assert len(listed(visitor.click("Vis alle"))) == 3


def test_years_are_those_of_the_companys_orders_in_copenhagen(user: User, fakturaklip: Product) -> None:
    for day in ("2022-12-31T22:59:59Z", "2024-12-31T23:00:00Z", "2026-05-01T10:00:00Z"):
        with time_machine.travel(datetime.fromisoformat(day), tick=False):
            place(user, (fakturaklip, 100))
    with time_machine.travel(datetime(2023, 5, 1, tzinfo=UTC), tick=False):
        place(UserFactory.create(), (fakturaklip, 100))
    visitor = Visitor(user).open("/ordrer/")
    assert ["".join(each.itertext()) for each in visitor.field("År").iter("option")] == [
        "Alle år", "2026", "2025", "2022",
    ]  # fmt: skip
    assert [len(listed(visitor.open(f"/ordrer/?aar={year}"))) for year in (2022, 2025, 2026)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("state", "numbers"), [("awaiting_payment", [10003]), ("paid", [10002]), ("cancelled", [10001])]
)
def test_state_filters(user: User, others: list[Order], state: str, numbers: list[int]) -> None:
    pay(others[0])
    visitor = Visitor(user).open(f"/ordrer/?status={state}")
    assert [Order.objects.get(pk=number).documents.earliest("pk").number for number in listed(visitor)] == numbers


def test_paging_keeps_search_and_filter(user: User, wanted: Order, fakturaklip: Product) -> None:
    with time_machine.travel(datetime(2026, 5, 1, tzinfo=UTC), tick=False):
        own = [place(user, (fakturaklip, 100), purchase_order_number="Æble").order for _ in range(21)]
    visitor = Visitor(user).open("/ordrer/?soeg=æble&aar=2026&status=awaiting_payment")
    assert "21 bestillinger passer" in visitor.text
    assert "Side 1 af 2" in visitor.text
    visitor.click("Næste")
    assert listed(visitor) == [own[0].number]
    assert visitor.path == f"/ordrer/?soeg={quote('æble')}&aar=2026&status=awaiting_payment&side=2"
    assert "21 bestillinger passer" in visitor.text


def test_unpaid_card_order_is_shown_apart_when_it_is_looked_for(user: User, others: list[Order]) -> None:
    card = place(user, (others[0].lines.get().product, 200), method=PaymentMethod.CARD).order
    note = f"Bestilling {card.number} på 625,00\u00a0kr. er ikke betalt."
    visitor = Visitor(user)
    for query, shown in {"": True, "?soeg=625": True, "?soeg=10001": False, "?status=paid": False}.items():
        assert (note in visitor.open(f"/ordrer/{query}").text) is shown
    visitor.open("/ordrer/?soeg=625")
    assert announced(visitor) == ["1 bestilling passer Vis alle"]
    assert listed(visitor) == []


def test_invoice_in_the_list_is_one_click_from_its_pdf(user: User, wanted: Order) -> None:
    invoice = wanted.documents.earliest("pk")
    visitor = Visitor(user).open("/ordrer/")
    links = {each.get("aria-label"): each.get("href") for each in visitor.page.iter("a") if each.get("aria-label")}
    assert links["PDF af Faktura 10001"] == f"/dokumenter/{invoice.pk}/pdf/"
    assert "PDF af Kreditnota 500001" in links


@pytest.mark.parametrize(
    "query",
    [
        "soeg=%00", "soeg=10001%00", "soeg=%ED%A0%80", "soeg=%FF%FE", "soeg=" + "9" * 5000, "soeg=%5B%5E",
        "soeg=a&soeg=b", "soeg=" + "%F0%9F%98%80" * 300, "soeg=" + "(" * 150, "soeg=" + "+".join(["1"] * 90),
        "soeg=a%5Cu0000", "soeg[]=x", "aar=0", "aar=-1", "aar=99999999999", "aar=" + "9" * 5000, "aar=2023%00",
        "aar=%D9%A2", "aar=2023.0",
        "status=%00", "status=lost", "status=paid%00", "side=99999999999", "side=-1", "side=0", "side=%00", "side=1e9",
        "side=" + "9" * 5000, "side=" + "9" * 4000, "side=%ED%A0%80", "side=x&soeg=%00&aar=0&status=%00",
    ],
)  # fmt: skip
def test_hostile_addresses_are_pages_like_any_other(user: User, others: list[Order], query: str) -> None:
    visitor = Visitor(user).open(f"/ordrer/?{query}")
    assert (visitor.status, visitor.heading) == (200, "Ordrer og fakturaer")


@pytest.mark.parametrize("query", ["aar=1999", "aar=0", "status=lost", "soeg=%00"])
def test_what_the_form_does_not_offer_is_not_asked_for(user: User, others: list[Order], query: str) -> None:
    visitor = Visitor(user).open(f"/ordrer/?{query}")
    assert len(listed(visitor)) == 3
    assert announced(visitor) == []


def test_search_finds_nothing_of_another_company(wanted: Order) -> None:
    neighbour = UserFactory.create()
    place(neighbour, (wanted.lines.get().product, 100))
    visitor = Visitor(neighbour)
    for term in ("10001", "000000000100016", "4612,50", "ærø", f"bestilling {wanted.pk} ærø"):
        visitor.open(f"/ordrer/?{urlencode({'soeg': term})}")
        assert (visitor.status, listed(visitor)) == (200, [])
        assert "Ingen bestillinger passer" in visitor.text
