"""A log whose lines can only be counted."""

from __future__ import annotations

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.services.log_pages import LogPage, counted


def new(before: list[str], now: list[str], lines: int = 100) -> LogPage:
    return counted(now, counted(before, None, lines).cursor, lines)


def test_what_came_since() -> None:
    assert new([], ["a"]).lines == ("a",)
    assert new(["tick"] * 300, ["tick"] * 305).lines == ("tick",) * 5
    assert new(["a"], ["a"]) == LogPage((), counted(["a"], None, 1).cursor)


def test_a_log_that_does_not_go_on_says_so() -> None:
    assert new(["a", "b"], ["c"]).reset
    assert new(["a", "b"], ["c", "d", "e"]) == LogPage(("c", "d", "e"), counted(["c", "d", "e"], None, 9).cursor, True)
    assert new(["a"], ["a", "b", "c"], lines=1) == LogPage(("c",), counted(["a", "b", "c"], None, 9).cursor, True)


@pytest.mark.parametrize("cursor", ["", "x", "3", "3-", "-abc"])
def test_what_is_no_cursor(cursor: str) -> None:
    with pytest.raises(UsageError):
        counted(["a"], cursor, 10)
