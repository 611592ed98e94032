"""CVR numbers as people paste them into a search."""

import pytest

from accounts.admin.company import plain_cvr


@pytest.mark.parametrize(
    "typed", ["13585628", "13 58 56 28", "DK13585628", "DK-13585628", "CVR-nr. 13585628", "cvr: 13.58.56.28"]
)
def test_plain_cvr_finds_the_eight_digits(typed: str) -> None:
    assert plain_cvr(typed) == "13585628"


@pytest.mark.parametrize("typed", ["Holm ApS", "1358562", "CVR" + " " * 100_000 + "x", "9" * 100_000])
def test_plain_cvr_leaves_everything_else_alone(typed: str) -> None:
    """However long: a search must not keep a process busy."""
    assert plain_cvr(typed) == typed
