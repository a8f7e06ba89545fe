"""Records as JSON and back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import UTC
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.records import (
    FileTree,
    ImageManifest,
    ModelRecord,
    OperationRecord,
    ProofResult,
    RevisionRecord,
    ScriptRecord,
    ServiceOptions,
    Signature,
)
from jupyter_mlops.storage import decode, encode

VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=3,
)
SIGNATURE = st.builds(Signature, example=VALUE)
#: What a field may hold, by its annotation; what is not here Hypothesis knows.
STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "Any": VALUE,
    "dict[str, Any]": st.dictionaries(st.text(), VALUE, max_size=3),
    "dict[str, Any] | None": st.none() | st.dictionaries(st.text(), VALUE, max_size=3),
    "Signature | None": st.none() | SIGNATURE,
    "ProofResult | None": st.none() | st.builds(ProofResult, answer=VALUE),
    "datetime": st.datetimes(timezones=st.just(UTC)),
    "datetime | None": st.none() | st.datetimes(timezones=st.just(UTC)),
}


def strategy(kind: type) -> st.SearchStrategy[Any]:
    known = {each.name: STRATEGIES[str(each.type)] for each in fields(kind) if str(each.type) in STRATEGIES}
    return st.builds(kind, **known)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        *(
            strategy(kind)
            for kind in (ModelRecord, ImageManifest, RevisionRecord, Signature, OperationRecord, FileTree, ScriptRecord)
        )
    )
)
def test_every_record_comes_back(record: Any) -> None:
    """Whatever its fields hold, through real JSON text."""
    assert decode(type(record), json.loads(json.dumps(encode(record)))) == record


@dataclass(frozen=True)
class Old:
    name: str


@dataclass(frozen=True)
class New:
    name: str
    sizes: tuple[int, ...] = (1,)
    notes: dict[str, str] = field(default_factory=dict)


def test_a_field_that_came_later_takes_its_default_and_one_that_went_is_dropped() -> None:
    assert decode(New, encode(Old("a"))) == New("a")
    assert decode(Old, encode(New("a", (2,)))) == Old("a")
    with pytest.raises(KeyError):
        decode(New, {"sizes": [1]})


def test_numpy_values_become_plain() -> None:
    assert encode({"a": np.float64(0.5), "b": np.arange(2), "c": (np.int64(1), None)}) == {
        "a": 0.5,
        "b": [0, 1],
        "c": [1, None],
    }


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes"])
def test_what_is_no_json_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="is not a JSON value"):
        encode(value)


def test_options_come_back_as_they_were() -> None:
    options = ServiceOptions(cors_origins=("*",), environment_variables={"A": "b"}, auth_enabled=False)
    assert decode(ServiceOptions, json.loads(json.dumps(encode(options)))) == options
