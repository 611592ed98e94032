"""Lines spread over sheets: all of them once, none too high, and sums that meet from sheet to sheet."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.documents.pages import Room, Row, Sheet, one_sheet, spread

ROOM = Room(first=50, later=100, carried=10, ending=40)


def rows(*heights: float) -> list[Row[int]]:
    """Lines 1, 2, 3 … of these heights; line n costs n kroner."""
    return [Row(n, Decimal(n), height) for n, height in enumerate(heights, start=1)]


def test_keeps_everything_on_one_sheet_where_it_fits() -> None:
    assert spread(rows(5, 5), ROOM) == [Sheet((1, 2), None, None)]


def test_needs_a_second_sheet_when_one_line_is_a_hair_too_high() -> None:
    assert spread(rows(5, 5.01), ROOM) == [Sheet((1,), None, Decimal(1)), Sheet((2,), Decimal(1), None)]


def test_carries_the_sum_from_each_sheet_to_the_next() -> None:
    sheets = spread(rows(*[20] * 9), ROOM)

    assert sheets == [
        Sheet((1, 2), None, Decimal(3)),
        Sheet((3, 4, 5, 6), Decimal(3), Decimal(21)),
        Sheet((7, 8, 9), Decimal(21), None),
    ]


def test_fills_a_sheet_to_its_edge_and_not_beyond() -> None:
    filled = spread(rows(20, 20, 20, 20, 20), ROOM)
    overfull = spread(rows(20, 20.01, 20, 20, 20), ROOM)

    assert [sheet.lines for sheet in filled] == [(1, 2), (3, 4, 5)]
    assert [sheet.lines for sheet in overfull] == [(1,), (2, 3), (4, 5)]


def test_leaves_two_lines_for_the_totals() -> None:
    # Three lines fill the first sheet to the edge; only the totals do not fit below them.
    sheets = spread(rows(10, 10, 10), ROOM)

    assert [sheet.lines for sheet in sheets] == [(1,), (2, 3)]


def test_gives_a_line_higher_than_a_sheet_one_of_its_own() -> None:
    sheets = spread(rows(10, 500, 10, 10, 10), ROOM)

    assert [sheet.lines for sheet in sheets] == [(1,), (2,), (3, 4, 5)]


def test_puts_a_single_line_on_one_sheet_however_high_it_is() -> None:
    assert spread(rows(500), ROOM) == [Sheet((1,), None, None)]


def test_lays_out_no_lines_as_one_sheet() -> None:
    assert spread(rows(), ROOM) == one_sheet([])


LINES = st.lists(
    st.builds(
        Row,
        st.integers(),
        st.decimals(min_value=0, max_value=10**9, places=2),
        st.floats(min_value=10, max_value=40),
    ),
    min_size=1,
    max_size=200,
)
# The totals fit below one line on the first sheet, and below two on a later one.
ROOMS = st.builds(
    Room,
    first=st.floats(min_value=140, max_value=300),
    later=st.floats(min_value=180, max_value=400),
    carried=st.floats(min_value=0, max_value=20),
    ending=st.floats(min_value=0, max_value=100),
)


@given(LINES, ROOMS)
def test_loses_and_doubles_no_line(lines: list[Row[int]], room: Room) -> None:
    sheets = spread(lines, room)

    assert [line for sheet in sheets for line in sheet.lines] == [row.line for row in lines]
    assert all(sheet.lines for sheet in sheets)


@given(LINES, ROOMS)
def test_fills_no_sheet_beyond_its_edge(lines: list[Row[int]], room: Room) -> None:
    sheets = spread(lines, room)

    heights = iter(row.height for row in lines)
    for number, sheet in enumerate(sheets, start=1):
        used = sum(next(heights) for _ in sheet.lines)
        used += room.ending if number == len(sheets) else room.carried
        assert used <= (room.first if number == 1 else room.later) + 0.001


@given(LINES, ROOMS)
def test_carries_sums_that_meet_and_add_up(lines: list[Row[int]], room: Room) -> None:
    sheets = spread(lines, room)

    nets = iter(row.net for row in lines)
    total = Decimal(0)
    for sheet in sheets:
        assert sheet.brought == (None if sheet is sheets[0] else total)
        total += sum((next(nets) for _ in sheet.lines), Decimal(0))
        assert sheet.carried == (None if sheet is sheets[-1] else total)
    assert total == sum(row.net for row in lines)


@given(LINES, ROOMS)
def test_never_orphans_the_totals(lines: list[Row[int]], room: Room) -> None:
    sheets = spread(lines, room)

    assert len(sheets) == 1 or len(sheets[-1].lines) >= 2 or len(lines) == 2
