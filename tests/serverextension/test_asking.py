"""How an answer of any kind is shown."""

from __future__ import annotations

from jupyter_mlops.serverextension.handlers import encoded


def test_numbers_that_json_has_not() -> None:
    assert encoded({"a": [1.5, float("nan")], "b": float("-inf")}) == '{"a": [1.5, "NaN"], "b": "-Infinity"}'
