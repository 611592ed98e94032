"""The page of one clip account: chart, table, and entries with their filter."""

from datetime import UTC, date, datetime
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import pytest
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.entry_filter import DanishDateField
from accounts.ledger import NewEntry, lock_accounts, post_entry, reverse_purchase, use_clips
from accounts.models import ClipAccount, EntryKind, Role
from tests.factories import ClipTypeFactory, CompanyFactory, UserFactory
from tests.visitor import Visitor, text_of

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
ALL = ["-30 470", "-200 500", "+500 700", "-100 200", "-700 300", "+1.000 1.000"]


@pytest.fixture(autouse=True)
def _on_a_monday_in_november(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOON, tick=True)


def at(month: int, day: int, hour: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture
def account() -> ClipAccount:
    """1,000 clips bought in March, of which 700 and 100 were used in June; 500 in November, of which 200 went back."""
    [account] = lock_accounts(CompanyFactory.create(), {ClipTypeFactory.create(name="Fakturaklip")})
    until = date(2027, 11, 30)
    post_entry(account, NewEntry(EntryKind.PURCHASE, 1000, "a", at(3, 2), until, note="Bestilling 1"))
    use_clips(account=account, quantity=700, key="b", now=at(6, 30, 21))
    use_clips(account=account, quantity=100, key="c", now=at(6, 30, 22))
    bought = post_entry(account, NewEntry(EntryKind.PURCHASE, 500, "d", at(11, 2), until, note="Bestilling 2"))
    reverse_purchase(entry=bought, quantity=200, key="e", now=at(11, 3))
    account.refresh_from_db()
    use_clips(account=account, quantity=30, key="f", now=at(11, 23, 10))
    return account


@pytest.fixture
def visitor(account: ClipAccount) -> Visitor:
    """A reader of the company: whoever reads may see and fetch everything."""
    return Visitor(UserFactory.create(company=account.company, role=Role.READER))


def page_of(account: ClipAccount, **parameters: str) -> str:
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"/egen-vedligeholdelse/konti/{account.pk}/{query}"


def rows(visitor: Visitor, caption: str) -> list[list[str]]:
    """Return the words of the cells of the table's body."""
    for table in visitor.page.iter("table"):
        if text_of(next(table.iter("caption"))) == caption:
            body = next(table.iter("tbody"))
            return [[text_of(cell) for cell in row] for row in body.iter("tr")]
    return []


def changes(visitor: Visitor) -> list[str]:
    """Return the change and the balance of each entry that is shown."""
    return [f"{row[2]} {row[3]}" for row in rows(visitor, "Bevægelser, de nyeste først")]


def links(visitor: Visitor, words: str) -> list[str]:
    return [link.attrib["href"] for link in visitor.page.iter("a") if text_of(link) == words]


# --- chart and table -------------------------------------------------------------------------------------------------


def test_chart_says_in_a_sentence_what_it_shows(visitor: Visitor, account: ClipAccount) -> None:
    visitor.open(page_of(account))
    [drawing] = list(visitor.page.iter("svg"))
    assert drawing.get("role") == "img"
    assert text_of(visitor.by_id(drawing.attrib["aria-labelledby"])) == (
        "Saldoen ved hver dags slutning fra 2. marts 2026 til i dag"
    )
    assert text_of(visitor.by_id(drawing.attrib["aria-describedby"])) == (
        "Saldoen er 470 klip. Den var højest 2. marts 2026 med 1.000 klip og lavest 1. juli 2026 med 200 klip."
    )


def test_chart_has_numbers_beside_it_and_months_below(visitor: Visitor, account: ClipAccount) -> None:
    visitor.open(page_of(account))
    named = {each.get("class"): each for each in visitor.page.iter("div")}
    assert [span.text for span in named["chart-scale"]] == ["1.000", "500", "0"]
    months = ["mar", "apr", "maj", "jun", "jul", "aug", "sept", "okt", "nov"]
    assert [span.text for span in named["chart-months"]] == months
    assert named["chart-scale"].get("aria-hidden") == named["chart-months"].get("aria-hidden") == "true"


def test_line_of_the_chart_is_as_worked_out_by_hand(visitor: Visitor, account: ClipAccount) -> None:
    """Nine months of 111.1 units. 2 March is 1/31 into the first; 1,000 clips are 300 units high.

    At 21.00 UTC 30 June has not ended in Copenhagen, at 22.00 it has.
    """
    visitor.open(page_of(account))
    [line] = [each.attrib["d"] for each in visitor.page.iter("path") if each.get("class") == "chart-line"]
    corners = "M3.6 0L440.7 0L440.7 210L444.4 210L444.4 240L892.6 240L892.6 90L896.3 90L896.3 150"
    assert line == f"{corners}L970.4 150L970.4 159L974.1 159"


def test_table_has_the_same_numbers_month_by_month(visitor: Visitor, account: ClipAccount) -> None:
    visitor.open(page_of(account))
    assert rows(visitor, "Klip måned for måned") == [
        ["Marts 2026", "1.000", "0", "0", "1.000"],
        ["April 2026", "0", "0", "0", "1.000"],
        ["Maj 2026", "0", "0", "0", "1.000"],
        ["Juni 2026", "0", "700", "0", "300"],
        ["Juli 2026", "0", "100", "0", "200"],
        ["August 2026", "0", "0", "0", "200"],
        ["September 2026", "0", "0", "0", "200"],
        ["Oktober 2026", "0", "0", "0", "200"],
        ["November 2026 til i dag", "500", "30", "200", "470"],
    ]
    [details] = [each for each in visitor.page.iter("details") if each.get("class") == "chart-numbers"]
    heads = [text_of(cell) for cell in details.iter("th") if cell.get("scope") == "col"]
    assert heads == ["Måned", "Købt", "Brugt", "Tilbageført", "Saldo ved månedens slutning"]
    assert text_of(next(details.iter("summary"))) == "Vis tallene som tabel"


def test_what_expired_is_a_column_only_where_something_did(
    account: ClipAccount, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2027, 12, 1, 11, tzinfo=UTC), tick=True)
    visitor = Visitor(UserFactory.create(company=account.company)).open(page_of(account))
    heads = [text_of(cell) for cell in visitor.page.iter("th") if cell.get("scope") == "col"]
    assert heads[:4] == ["Måned", "Købt", "Brugt", "Udløbet"]
    assert rows(visitor, "Klip måned for måned")[-1] == ["December 2027 til i dag", "0", "0", "470", "0"]


def test_balance_that_never_changed_says_so(visitor: Visitor, account: ClipAccount) -> None:
    [other] = lock_accounts(account.company, {ClipTypeFactory.create()})
    post_entry(other, NewEntry(EntryKind.PURCHASE, 1500, "z", at(3, 2), date(2027, 3, 2)))
    visitor.open(page_of(other))
    assert text_of(visitor.by_id("udvikling-tekst")) == "Saldoen har hele tiden været 1.500 klip."


def test_account_without_entries_has_neither_chart_nor_filter(visitor: Visitor, account: ClipAccount) -> None:
    [empty] = lock_accounts(account.company, {ClipTypeFactory.create()})
    visitor.open(page_of(empty))
    assert "Der er ingen bevægelser endnu." in visitor.text
    assert not list(visitor.page.iter("svg"))
    assert not visitor.has_button("Vis")
    assert not visitor.has_link("Hent som CSV")


def test_page_asks_for_no_script_and_no_style_of_its_own(visitor: Visitor, account: ClipAccount) -> None:
    visitor.open(page_of(account))
    assert not [each for each in visitor.page.iter() if each.tag in {"script", "style"} or "style" in each.attrib]


# --- filter ----------------------------------------------------------------------------------------------------------


def test_all_entries_are_shown_at_first(visitor: Visitor, account: ClipAccount) -> None:
    visitor.open(page_of(account))
    assert changes(visitor) == ALL
    assert "6 bevægelser Hent som CSV" in visitor.text
    assert not visitor.has_link("Vis alle")


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ({"art": "purchase"}, ["+500 700", "+1.000 1.000"]),
        ({"art": "use"}, ["-30 470", "-100 200", "-700 300"]),
        ({"art": "reversal"}, ["-200 500"]),
        ({"art": "expiry"}, []),
        # Midnight is Copenhagen's.
        ({"fra": "30.06.2026", "til": "30.06.2026"}, ["-700 300"]),
        ({"fra": "01.07.2026", "til": "01.07.2026"}, ["-100 200"]),
        ({"fra": "1.7.2026"}, ALL[:4]),
        ({"til": "30.06.2026"}, ALL[4:]),
        ({"art": "use", "fra": "1/7 2026", "til": "2026-11-22"}, ["-100 200"]),
        ({"fra": "01-07-26"}, ALL[:4]),
        ({"fra": "01072026"}, ALL[:4]),
        ({"fra": " 01.07.2026 "}, ALL[:4]),
        ({"fra": "1. juli 2026"}, ALL[:4]),
        ({"fra": "1 JULY 2026"}, ALL[:4]),
        ({"fra": "1 Jul 26"}, ALL[:4]),
        ({"fra": "1. jul. 2026"}, ALL[:4]),
        ({"fra": "01juli2026"}, ALL[:4]),
        ({"art": "", "fra": "", "til": ""}, ALL),
        ({"til": "31.12.2099"}, ALL),
        ({"fra": "01.01.2000"}, ALL),
    ],
)
def test_filter_shows_what_it_says(
    visitor: Visitor, account: ClipAccount, wanted: dict[str, str], shown: list[str]
) -> None:
    visitor.open(page_of(account, **wanted))
    assert (visitor.status, changes(visitor)) == (200, shown)
    assert visitor.has_link("Vis alle") == any(wanted.values())


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"art": "use"}, "3 bevægelser, -830 klip i alt"),  # 30 + 100 + 700
        ({"art": "purchase"}, "2 bevægelser, +1.500 klip i alt"),
        ({"art": "reversal"}, "1 bevægelse, -200 klip i alt"),
        ({"til": "31.12.2099"}, "6 bevægelser, +470 klip i alt"),
    ],
)
def test_filtered_entries_are_added_up(
    visitor: Visitor, account: ClipAccount, wanted: dict[str, str], sentence: str
) -> None:
    assert sentence in visitor.open(page_of(account, **wanted)).text


def test_filtered_entries_of_all_pages_are_added_up(visitor: Visitor, account: ClipAccount) -> None:
    for number in range(30):
        use_clips(account=account, quantity=number + 1, key=f"more-{number}", now=timezone.now())  # 30 × 31 / 2 = 465
    assert "33 bevægelser, -1.295 klip i alt" in visitor.open(page_of(account, art="use", side="2")).text


def test_form_sends_the_filter_and_keeps_what_was_chosen(visitor: Visitor, account: ClipAccount) -> None:
    visitor.open(page_of(account, art="use", fra="1.7.2026", til="22.11.2026"))
    [form] = [each for each in visitor.page.iter("form") if each.get("role") == "search"]
    assert (form.get("method"), form.get("action")) == ("get", "#bevaegelser")
    assert visitor.by_id("bevaegelser").tag == "h2"
    assert [_chosen(visitor.field(label)) for label in ("Hvad", "Fra dato", "Til dato")] == [
        ("art", "use"),
        ("fra", "1.7.2026"),
        ("til", "22.11.2026"),
    ]
    assert visitor.field("Fra dato").get("inputmode") == visitor.field("Til dato").get("inputmode") == "numeric"
    options = [text_of(option) for option in visitor.field("Hvad")]
    assert options == ["Alle", "Køb", "Forbrug", "Tilbageførsel", "Udløb"]


def _chosen(field: Element) -> tuple[str, str]:
    chosen = [option for option in field if "selected" in option.attrib] or [field]
    return field.attrib["name"], chosen[0].attrib["value"]


def test_filter_is_filled_in_as_people_do(visitor: Visitor, account: ClipAccount) -> None:
    visitor.open(page_of(account, side="1"))
    visitor.select("Hvad", "Forbrug").fill("Fra dato", "1.7.2026").press("Vis")
    assert visitor.path == page_of(account, art="use", fra="1.7.2026", til="") + "#bevaegelser"
    assert changes(visitor) == ["-30 470", "-100 200"]
    assert "(frivilligt)" not in visitor.text
    visitor.fill("Fra dato", "1.7.26x").press("Vis")
    assert visitor.errors == [(NOT_A_DATE, "id_fra")]
    visitor.fill("Fra dato", "").select("Hvad", "Køb").press("Vis")
    assert changes(visitor) == ["+500 700", "+1.000 1.000"]
    visitor.click("Vis alle")
    assert changes(visitor) == ALL


def test_filter_without_result_says_so_and_offers_all(visitor: Visitor, account: ClipAccount) -> None:
    visitor.open(page_of(account, art="expiry"))
    assert "Ingen bevægelser passer til det, du har valgt." in visitor.text
    assert not visitor.has_link("Hent som CSV")
    assert links(visitor, "Vis alle") == [f"{page_of(account)}#bevaegelser"] * 2


def test_paging_keeps_the_filter(visitor: Visitor, account: ClipAccount) -> None:
    for number in range(60):
        use_clips(account=account, quantity=1, key=f"more:{number}", now=at(11, 23, 10))
    visitor.open(page_of(account, art="use", fra="1.7.2026"))
    assert "62 bevægelser" in visitor.text
    assert "Side 1 af 3" in visitor.text
    visitor.click("Næste").click("Næste")
    assert visitor.path == page_of(account, art="use", fra="1.7.2026", side="3") + "#bevaegelser"
    assert changes(visitor)[-2:] == ["-30 470", "-100 200"]
    assert links(visitor, "Hent som CSV") == [
        f"/egen-vedligeholdelse/konti/{account.pk}/bevaegelser.csv?art=use&fra=1.7.2026"
    ]


# --- mistakes --------------------------------------------------------------------------------------------------------

NOT_A_DATE = "Skriv datoen som dag, måned og år, f.eks. 24.11.2026."
NO_SUCH_DAY = "Den dato findes ikke."
FAR_AWAY = "Skriv et årstal fra 2000 til 2099."


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("januar", 1), ("Jan", 1), ("February", 2), ("marts", 3), ("Mar", 3), ("apr", 4), ("maj", 5), ("May", 5),
        ("Jun", 6), ("juli", 7), ("aug", 8), ("Sept", 9), ("okt", 10), ("Oct", 10), ("oktober", 10), ("nov", 11),
        ("Dec", 12),
    ],
)  # fmt: skip
def test_date_may_have_its_month_in_words(typed: str, month: int) -> None:
    """As the pages write it: `29. oktober 2026`, and `29 Oct 2026` in English."""
    assert DanishDateField().clean(f"29 {typed} 2028") == date(2028, month, 29)


@pytest.mark.fault(58)
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("x", NOT_A_DATE),
        ("24.11", NOT_A_DATE),
        ("24.11.99999", NOT_A_DATE),
        ("24.11.202", NOT_A_DATE),
        ("1 ju 2026", NOT_A_DATE),
        ("1. juliet 2026", NOT_A_DATE),
        ("1 jul", NOT_A_DATE),
        ("juli 2026", NOT_A_DATE),
        ("1 " + "j" * 5000 + " 2026", NOT_A_DATE),
        ("1." + " " * 5000 + "juli", NOT_A_DATE),
        ("1 \u017fep 2026", NOT_A_DATE),
        ("31. juni 2026", NO_SUCH_DAY),
        ("1 July 1999", FAR_AWAY),
        ("99999-01-01", NOT_A_DATE),
        ("\u0661.\u0667.2026", NOT_A_DATE),
        ("-1.7.2026", NOT_A_DATE),
        ("1" * 5000, NOT_A_DATE),
        ("1." + "." * 5000, NOT_A_DATE),
        ("' OR 1=1 --", NOT_A_DATE),
        ("31.02.2026", NO_SUCH_DAY),
        ("29.02.2026", NO_SUCH_DAY),
        ("0.7.2026", NO_SUCH_DAY),
        ("2026-13-01", NO_SUCH_DAY),
        ("01.01.0001", FAR_AWAY),
        ("31.12.1999", FAR_AWAY),
        ("31.12.9999", FAR_AWAY),
        ("0000-01-01", FAR_AWAY),
        ("1.7.2026\x00", "Null-tegn er ikke tilladte."),
    ],
)
def test_bad_date_is_an_error_at_its_field(visitor: Visitor, account: ClipAccount, typed: str, sentence: str) -> None:
    visitor.open(page_of(account, fra=typed, til="1.7.2026", art="use"))
    assert (visitor.status, visitor.errors) == (422, [(sentence, "id_fra")])
    assert visitor.field("Fra dato").get("value") == typed
    assert visitor.described(visitor.field("Fra dato")) == f"F.eks. 24.11.2026 Fejl: {sentence}"
    assert text_of(next(visitor.page.iter("title"))).startswith("Fejl: Fakturaklip")
    assert _chosen(visitor.field("Hvad")) == ("art", "use")
    assert visitor.field("Til dato").get("value") == "1.7.2026"
    assert changes(visitor) == []
    assert "Ret felterne ovenfor for at se bevægelserne." in visitor.text
    assert not visitor.has_link("Hent som CSV")


def test_page_with_mistakes_has_nothing_to_jump_to_but_its_error_summary(
    visitor: Visitor, account: ClipAccount
) -> None:
    """A browser that finds the address's fragment on the page leaves the focus alone."""
    visitor.open(page_of(account, til="x"))
    assert [each for each in visitor.page.iter() if each.get("id") == "bevaegelser"] == []


def test_period_that_ends_before_it_begins_is_an_error(visitor: Visitor, account: ClipAccount) -> None:
    visitor.open(page_of(account, fra="02.07.2026", til="01.07.2026"))
    assert (visitor.status, visitor.errors) == (422, [("Slutdatoen kan ikke ligge før startdatoen.", "id_til")])


@pytest.mark.parametrize("kind", ["gift", "Køb", "\x00", "use\x00", "9" * 5000])
def test_unknown_kind_is_an_error(visitor: Visitor, account: ClipAccount, kind: str) -> None:
    visitor.open(page_of(account, art=kind))
    assert (visitor.status, visitor.errors) == (422, [("Vælg en af mulighederne.", "id_art")])


@pytest.mark.parametrize("page", ["\x00", "99999", "-1", "1e9", "\u0663"])
def test_unknown_page_is_some_page(visitor: Visitor, account: ClipAccount, page: str) -> None:
    visitor.open(page_of(account, side=page))
    assert (visitor.status, changes(visitor)) == (200, ALL)


@pytest.mark.parametrize("key", ["0", "987654", "9" * 40])
@pytest.mark.parametrize("page", ["", "bevaegelser.csv"])
def test_account_that_is_not_there_is_not_found(visitor: Visitor, key: str, page: str) -> None:
    assert visitor.open(f"/egen-vedligeholdelse/konti/{key}/{page}").status == 404


def test_page_takes_no_post(visitor: Visitor, account: ClipAccount) -> None:
    assert visitor.send(page_of(account), []).status == 405
    assert visitor.send(f"{page_of(account)}bevaegelser.csv", []).status == 405
