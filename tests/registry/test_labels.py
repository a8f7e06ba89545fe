"""Tags and properties: what they may be, and how they are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_mlops.errors import ConflictError, UsageError
from jupyter_mlops.registry.labels import added, checked, wanted, without


def test_values_become_text() -> None:
    assert checked("tag", {"area": "diabetes", "auc": 0.83, "n": 442, "final": True, "empty": ""}) == {
        "area": "diabetes",
        "auc": "0.83",
        "n": "442",
        "final": "True",
        "empty": "",
    }
    assert checked("tag", None) == {}


@pytest.mark.parametrize(
    "labels", [{"": "x"}, {"  ": "x"}, {7: "x"}, {"k" * 256: "x"}, {"k": ["x"]}, {"k": None}, {"k": "\0"}]
)
def test_what_is_no_label_is_refused(labels: dict[Any, Any]) -> None:
    with pytest.raises(UsageError):
        checked("tag", labels)


def test_a_search_is_spelled_as_azure_did() -> None:
    assert wanted([["k", "v"], "k2"]) == [("k", "v"), ("k2", None)]
    assert wanted([("k", "v"), ("k2", None), ["k3"]]) == [("k", "v"), ("k2", None), ("k3", None)]
    assert wanted({"k": "v", "k2": None}) == [("k", "v"), ("k2", None)]
    assert wanted(None) == []
    with pytest.raises(UsageError):
        wanted([["k", "v", "w"]])


def test_properties_are_only_added_to() -> None:
    assert added({"a": "1"}, {"b": 2}) == {"a": "1", "b": "2"}
    assert added({"a": "1"}, {"a": 1}) == {"a": "1"}
    with pytest.raises(ConflictError, match="cannot change"):
        added({"a": "1"}, {"a": "2"})


def test_tags_are_taken_away() -> None:
    assert without({"a": "1", "b": "2"}, ["a", "z"]) == {"b": "2"}
    assert without({"a": "1", "b": "2"}, "a") == {"b": "2"}
