"""The geometry of the balance's chart."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.balance_chart import HEIGHT, WIDTH, chart_of, path, step_line, ticks, x_of
from accounts.balance_history import BalanceHistory, Change, history_of

FIRST, TODAY = date(2025, 12, 1), date(2026, 11, 23)


def of_days(*balances: tuple[date, int], today: date) -> BalanceHistory:
    """Return the history with these balances on these days."""
    changes, before = [], 0
    for day, balance in balances:
        changes.append(Change(day, "purchase", balance - before, 1))
        before = balance
    return history_of(changes, balance=before, begins=balances[0][0], today=today)


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, (0, 1)),
        (1, (0, 1)),
        (4, (0, 1, 2, 3, 4)),
        (5, (0, 2, 4, 6)),
        (8, (0, 2, 4, 6, 8)),
        (9, (0, 5, 10)),
        (21, (0, 10, 20, 30)),
        (100, (0, 50, 100)),
        (397, (0, 100, 200, 300, 400)),
        (2389, (0, 1000, 2000, 3000)),
        (100_000, (0, 50_000, 100_000)),
        (2_147_483_647, (0, 1_000_000_000, 2_000_000_000, 3_000_000_000)),
    ],
)
def test_ticks_are_round_numbers(highest: int, expected: tuple[int, ...]) -> None:
    assert ticks(highest) == expected


@given(highest=st.integers(0, 10**30))
def test_ticks_are_few_and_reach_just_above_the_highest(highest: int) -> None:
    found = ticks(highest)
    step = found[1]
    assert re.fullmatch("[125]0*", str(step))
    assert found == tuple(range(0, step * len(found), step))
    assert 2 <= len(found) <= 5
    assert found[-2] < max(highest, 1) <= found[-1]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 12, 1), 12, 0),
        (date(2026, 1, 1), 12, WIDTH / 12),
        (date(2026, 2, 15), 12, WIDTH / 12 * 2.5),
        (date(2026, 11, 16), 12, WIDTH / 12 * 11.5),
        (date(2025, 12, 1), 1, 0),
    ],
)
def test_months_are_equally_wide(day: date, months: int, expected: float) -> None:
    assert x_of(day, FIRST, months) == pytest.approx(expected)


def test_line_is_as_worked_out_by_hand() -> None:
    chart = chart_of(of_days((date(2026, 11, 1), 50), (date(2026, 11, 16), 100), today=date(2026, 11, 30)))
    assert chart.line == "M0 150L500 150L500 0L1000 0"
    assert chart.area == "M0 300L0 150L500 150L500 0L1000 0L1000 300Z"
    assert chart.rules == "M0 300L1000 300M0 150L1000 150M0 0L1000 0"
    assert (chart.borders, chart.ticks, chart.view_box) == ("", (100, 50, 0), "0 0 1000 300")


def test_months_have_borders_between_them() -> None:
    chart = chart_of(of_days((date(2026, 7, 31), 4), today=date(2026, 11, 15)))
    assert chart.borders == "M200 0L200 300M400 0L400 300M600 0L600 300M800 0L800 300"
    assert chart.line == "M193.5 0L900 0"


def test_account_of_today_is_one_day_wide() -> None:
    chart = chart_of(of_days((date(2026, 11, 30), 0), today=date(2026, 11, 30)))
    assert (chart.line, chart.ticks) == ("M966.7 300L1000 300", (1, 0))


def test_days_that_change_nothing_make_no_corner() -> None:
    flat = of_days((FIRST, 7), (date(2026, 2, 1), 7), today=TODAY)
    assert len(step_line(flat, top=7)) == 2


def test_points_are_written_to_a_tenth() -> None:
    assert path([(0, 299.96), (123.456, 1000)]) == "M0 300L123.5 1000"


_BALANCES = st.dictionaries(st.dates(FIRST, TODAY), st.integers(0, 2**31), min_size=1)


@given(balances=_BALANCES)
def test_line_stays_inside_and_goes_on_in_steps(balances: dict[date, int]) -> None:
    history = of_days(*sorted(balances.items()), today=TODAY)
    top = ticks(history.highest.balance)[-1]
    corners = step_line(history, top=top)
    assert all(0 <= x <= WIDTH + 1e-9 and 0 <= y <= HEIGHT for x, y in corners)
    legs = list(pairwise(corners))
    assert all((a[0] == b[0]) != (a[1] == b[1]) and a[0] <= b[0] for a, b in legs)
    months = len(history.months)
    assert corners[0][0] == x_of(min(balances), history.months[0].first_day, months)
    assert corners[-1][0] == pytest.approx(x_of(TODAY + timedelta(days=1), history.months[0].first_day, months))
    assert corners[-1][1] == pytest.approx(HEIGHT * (1 - history.days[-1].balance / top))
