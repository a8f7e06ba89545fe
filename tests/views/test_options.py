"""One reader of values for every surface; what is wrong is said as what the option takes."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_mlops.views.options import Kind, read_value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "8890", 8890),
        ("number", "0.5", 0.5),
        ("boolean", "No", False),
        ("pair", "stage=a=b", ("stage", "a=b")),
        ("filter", "stage", "stage"),
        ("filter", "stage=test", ["stage", "test"]),
        ("duration", "1.5h", 5400),
        ("text", "=", "="),
    ],
)
def test_a_value_is_read_by_its_kind(kind: Kind, text: str, value: Any) -> None:
    assert read_value(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [("integer", "1.5"), ("number", "much"), ("boolean", "maybe"), ("pair", "=test"), ("pair", "a"), ("duration", "0")],
)
def test_what_it_is_not_is_said(kind: Kind, text: str) -> None:
    with pytest.raises(ValueError, match=f"^takes .*, not '{text}'$"):
        read_value(kind, text)
