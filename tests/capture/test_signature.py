"""What a sample says, and how data goes over the wire: as the real inference-schema takes it."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.capture.signature import request_body, signature_of, wire_value
from jupyter_mlops.errors import UsageError
from jupyter_mlops.records import ColumnSpec


def mixed_frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "count": pd.Series([1, 2, 3], dtype="int64"),
            "share": [0.5, None, 1.5],
            "name": ["ä", None, "c"],
            "when": [pd.Timestamp("2020-01-01T10:00:00.123"), pd.NaT, pd.Timestamp("2021-01-01")],
            "took": pd.to_timedelta(["1h", "2h", None]),
            "city": pd.Categorical(["b", "a", "b"], categories=["b", "a", "c"]),
            "maybe": pd.Series([1, None, 3], dtype="Int64"),
            "flag": [True, False, True],
        }
    )


def test_bytes_are_told_from_a_text() -> None:
    signature = signature_of(b"\x01\x02\x03")
    assert (signature.kind, signature.dtype, signature.example) == ("value", "bytes", "AQID")
    assert signature_of("AQID").dtype is None


def test_a_frame() -> None:
    signature = signature_of(mixed_frame())
    assert signature.kind == "frame"
    assert signature.columns[0] == ColumnSpec("count", "int64")
    assert signature.columns[5] == ColumnSpec("city", "category", ("b", "a", "c"))
    assert signature.columns[6] == ColumnSpec("maybe", "Int64")
    assert signature.example == [
        {"count": 1, "share": 0.5, "name": "ä", "when": "2020-01-01T10:00:00.123000", "took": "P0DT1H0M0S",
         "city": "b", "maybe": 1, "flag": True},
        {"count": 2, "share": None, "name": None, "when": None, "took": "P0DT2H0M0S",
         "city": "a", "maybe": None, "flag": False},
    ]  # fmt: skip
    json.dumps(signature.example, allow_nan=False)


@pytest.mark.parametrize(
    ("array", "dtype", "shape", "example"),
    [
        (np.array([[1.5, np.nan]] * 3), "float64", (None, 2), [[1.5, None]] * 2),
        (np.zeros((5, 2, 3), dtype="uint8"), "uint8", (None, 2, 3), np.zeros((2, 2, 3)).tolist()),
        (np.array(["a", "longer"]), "object", (None,), ["a", "longer"]),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "datetime64[D]", (None,), ["2020-01-01"]),
    ],
)
def test_an_array(array: Any, dtype: str, shape: tuple[int | None, ...], example: list[Any]) -> None:
    signature = signature_of(array)
    assert (signature.kind, signature.dtype, signature.shape) == ("array", dtype, shape)
    assert signature.example == example


def test_a_sparse_matrix_is_an_array() -> None:
    from scipy.sparse import csr_matrix

    signature = signature_of(csr_matrix(np.eye(4)))
    assert (signature.kind, signature.shape, signature.example) == ("array", (None, 4), np.eye(4)[:2].tolist())


def test_a_series() -> None:
    signature = signature_of(pd.Series([1.5, 2.5, 3.5]))
    assert (signature.kind, signature.dtype, signature.example) == ("series", "float64", [1.5, 2.5])


def test_values() -> None:
    signature = signature_of({"text": "good", "options": [1, 2.5, None]})
    assert (signature.kind, signature.example) == ("value", {"text": "good", "options": [1, 2.5, None]})


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (pd.DataFrame({"a": []}), "no rows"),
        (np.zeros((0, 3)), "no rows"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns named 'a'"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "have levels"),
        (threading.Lock(), "_thread.lock has no JSON"),
    ],
)
def test_what_has_no_signature(sample: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        signature_of(sample)


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.datetime64("NaT"), None),
        (float("inf"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Timestamp("2020-01-01", tz="UTC"), "2020-01-01T00:00:00+00:00"),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        (datetime.timedelta(days=1, seconds=2), "P1DT2.000000S"),
        (decimal.Decimal("1.5"), 1.5),
        (b"\x00\x01", "AAE="),
        (Colour.RED, "red"),
        ((1, {2}), [1, [2]]),
        ({1: np.arange(2)}, {"1": [0, 1]}),
    ],
    ids=str,
)
def test_values_on_the_wire(value: Any, wire: Any) -> None:
    assert wire_value(value) == wire
    json.dumps(wire_value(value), allow_nan=False)


def test_a_request_for_one_parameter() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    assert json.loads(request_body(["data"], frame)) == {"data": [{"a": 1}, {"a": 2}]}
    assert json.loads(request_body(["data", "method"], frame)) == {"data": [{"a": 1}, {"a": 2}]}


def test_a_request_by_the_names_of_the_parameters() -> None:
    assert json.loads(request_body(["data", "k"], {"data": np.arange(2), "k": 3})) == {"data": [0, 1], "k": 3}
    assert json.loads(request_body(["data"], {"data": 1})) == {"data": 1}
    assert json.loads(request_body(["data"], {"text": "x"})) == {"data": {"text": "x"}}


def test_a_request_for_a_run_that_takes_the_text() -> None:
    assert request_body([], '{"data": [1]}') == '{"data": [1]}'
    assert request_body([], {"data": np.arange(2)}) == '{"data": [0, 1]}'


def test_polars_is_a_frame_too() -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed (pip install polars)")
    signature = signature_of(polars.DataFrame({"a": [1, 2], "b": ["x", None]}))
    assert signature.columns == (ColumnSpec("a", "int64"), ColumnSpec("b", "object"))
    assert signature.example == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
