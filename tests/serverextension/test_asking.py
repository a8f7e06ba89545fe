"""Where a reader is in a log without numbers, and how an answer of any kind is shown."""

from __future__ import annotations

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.serverextension.asking import _after, _cursor
from jupyter_mlops.serverextension.handlers import encoded


def new(before: list[str], now: list[str]) -> list[str] | None:
    start = _after(now, _cursor(before))
    return None if start is None else now[start:]


def numbered(count: int) -> list[str]:
    return [f"line {number}" for number in range(count)]


def test_what_came_since() -> None:
    assert new([], numbered(2)) == numbered(2)
    assert new(numbered(3), numbered(5)) == ["line 3", "line 4"]
    assert new(numbered(300), numbered(305)) == numbered(305)[300:]
    assert new(numbered(300), numbered(300)) == []


def test_lines_that_are_all_the_same_are_counted_while_the_log_is_short() -> None:
    assert new(["tick"] * 3, ["tick"] * 5) == ["tick"] * 2


def test_a_log_that_was_rotated_starts_again() -> None:
    assert new(numbered(300), ["new"]) is None
    assert new(numbered(3), ["other", *numbered(3)]) is None


def test_the_oldest_lines_may_have_gone() -> None:
    assert new(numbered(300), numbered(400)[200:]) == numbered(400)[300:]


@pytest.mark.parametrize("cursor", ["", "x", "3", "3-", "-abc", "65-abc", "1000000000-abc"])
def test_what_is_no_cursor(cursor: str) -> None:
    with pytest.raises(UsageError):
        _after(numbered(3), cursor)


def test_numbers_that_json_has_not() -> None:
    assert encoded({"a": [1.5, float("nan")], "b": float("-inf")}) == '{"a": [1.5, "NaN"], "b": "-Infinity"}'
