"""Tags as Azure ML v1 spelled them."""

from __future__ import annotations

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.sdk.filters import Wanted, pairs, text_values


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        (None, ()),
        ("k", (("k", None),)),
        (["k2", ["k", "v"]], (("k2", None), ("k", "v"))),
        ([("k", "v")], (("k", "v"),)),
        ({"k": "v", "k2": None}, (("k", "v"), ("k2", None))),
        ([["k"]], (("k", None),)),
    ],
)
def test_every_spelling(wanted: Wanted, meant: tuple[tuple[str, str | None], ...]) -> None:
    assert pairs(wanted) == meant


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(UsageError, match="keys or pairs"):
        pairs([["a", "b", "c"]])


def test_values_are_kept_as_text() -> None:
    assert text_values({"alpha": 0.1, "ok": True}) == {"alpha": "0.1", "ok": "True"}
    assert text_values(None) == {}
