"""No case of what must not go wrong is forgotten: each is shown by a test, or says what it waits for."""

from pathlib import Path

from tests.reliability.faults import CASES, WAITS, shown_by_case, table

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "reliability.md"


def test_the_cases_are_sixty() -> None:
    assert list(CASES) == list(range(1, 61))
    assert set(shown_by_case()) <= set(CASES)


def test_every_case_has_a_test_or_says_what_it_waits_for() -> None:
    assert [number for number in CASES if not shown_by_case().get(number) and number not in WAITS] == []


def test_docs_show_every_case() -> None:
    """`python -m tests.reliability.faults` prints the table."""
    docs = DOCS.read_text().splitlines()
    assert [line for line in table() if line not in docs] == []
