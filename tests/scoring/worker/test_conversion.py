"""Our conversion and our twin of inference_schema against the real one, type by type and value by value."""

from __future__ import annotations

import copy
import datetime as dt
import importlib
import json
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import _deserialize_input_argument

from jupyter_mlops.scoring.worker.inputs import BadInput
from jupyter_mlops.scoring.worker.notes import Notes
from jupyter_mlops.scoring.worker.schema.converters import converter_for

FRAME = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": ["x", "y"], "d": [True, False]})
DATES = pd.DataFrame({"when": pd.to_datetime(["2020-01-02", "2021-03-04"]), "n": [1, 2]})
SPANS = pd.DataFrame({"span": pd.to_timedelta(["1 days", "2 days"]), "n": [1, 2]})
STRUCTURED = np.array([(1, 2.5, "x")], dtype=[("i", "i4"), ("f", "f8"), ("s", "U5")])

SAMPLES: dict[str, Any] = {
    "int64": NumpyParameterType(np.array([[1, 2, 3]])),
    "float64": NumpyParameterType(np.array([[1.0, 2.0, 3.0]])),
    "float32 1d": NumpyParameterType(np.array([1.5, 2.5], dtype="f4")),
    "int8": NumpyParameterType(np.array([[1, 2, 3]], dtype="i1")),
    "bool": NumpyParameterType(np.array([[True, False, True]])),
    "strings": NumpyParameterType(np.array([["abc", "de", "f"]])),
    "objects": NumpyParameterType(np.array([["abc", 1, None]], dtype=object)),
    "3d": NumpyParameterType(np.zeros((1, 2, 2))),
    "structured": NumpyParameterType(STRUCTURED),
    "datetime": NumpyParameterType(np.array(["2020-01-02T03:04:05"], dtype="M8[s]")),
    "timedelta": NumpyParameterType(np.array([5], dtype="m8[D]")),
    "no type": NumpyParameterType(np.array([[1, 2, 3]]), enforce_column_type=False),
    "no shape": NumpyParameterType(np.array([[1, 2, 3]]), enforce_shape=False),
    "frame": PandasParameterType(FRAME),
    "frame split": PandasParameterType(FRAME, orient="split"),
    "frame index": PandasParameterType(FRAME, orient="index"),
    "frame columns": PandasParameterType(FRAME, orient="columns"),
    "frame values": PandasParameterType(FRAME[["a", "b"]], orient="values"),
    "frame table": PandasParameterType(FRAME[["a", "b"]], orient="table"),
    "frame no type": PandasParameterType(FRAME, enforce_column_type=False),
    "frame no shape": PandasParameterType(FRAME, enforce_shape=False),
    "frame of ints": PandasParameterType(pd.DataFrame([[1, 2], [3, 4]])),
    "frame of dates": PandasParameterType(DATES),
    "frame of spans": PandasParameterType(SPANS),
    "frame named like dates": PandasParameterType(pd.DataFrame({"created_at": [1, 2], "date": [3, 4]})),
    "frame of categories": PandasParameterType(pd.DataFrame({"c": pd.Categorical(["x", "y"]), "n": [1, 2]})),
    "int": StandardPythonParameterType(5),
    "float": StandardPythonParameterType(1.5),
    "str": StandardPythonParameterType("x"),
    "boolean": StandardPythonParameterType(True),
    "list": StandardPythonParameterType([1, 2]),
    "tuple": StandardPythonParameterType((1, 2)),
    "dict": StandardPythonParameterType({"a": 1, "b": {"c": [1.5]}}),
    "bytes": StandardPythonParameterType(b"abc"),
    "bytearray": StandardPythonParameterType(bytearray(b"abc")),
    "moment": StandardPythonParameterType(dt.datetime(2020, 1, 2, 3, 4, 5)),
    "clock": StandardPythonParameterType(dt.time(3, 4, 5)),
    "dict of frames": StandardPythonParameterType(
        {"WebServiceInput0": PandasParameterType(FRAME), "more": StandardPythonParameterType({"n": 1})}
    ),
    "list of arrays": StandardPythonParameterType([NumpyParameterType(np.array([[1.0, 2.0]]))]),
    "deep": StandardPythonParameterType(
        {"a": StandardPythonParameterType({"b": StandardPythonParameterType([NumpyParameterType(np.array([1.0]))])})}
    ),
}

VALUES: list[Any] = [
    [[1, 2, 3]],
    [[1, 2, 3], [4, 5, 6]],
    [[1.5, 2.0, 3.0]],
    [["1", "2", "3"]],
    [["abcdef", "2", "3"]],
    [[None, 1, 2]],
    [[True, False, True]],
    [[1, 2]],
    [[1, 2], [3]],
    [1, 2, 3],
    [1.5],
    [],
    [[]],
    [[[1, 2], [3, 4]]],
    [[300, 2, 3]],
    [[2**70, 1, 2]],
    [[float("nan"), 1, 2]],
    [{"i": 1, "f": 2.5, "s": "abc"}],
    [[1, 2.5, "abc"]],
    ["2020-01-02T03:04:05"],
    ["2020-01-02", "x"],
    ["5 days", "3 days"],
    ["5 parsecs"],
    [{"a": 1, "b": 2, "c": "z", "d": True}],
    [{"a": 1, "b": 2, "c": "z", "d": True}, {"d": False, "c": "q", "b": 1.5, "a": 2}],
    [{"d": True, "c": "z", "b": 2.5, "a": 1}],
    [{"a": 1.7, "b": 2, "c": "z", "d": True}],
    [{"a": None, "b": None, "c": None, "d": None}],
    [{"a": 1, "b": None, "c": None, "d": True}],
    [{"a": "7", "b": "2.5", "c": 3, "d": 1}],
    [{"a": "x", "b": 2, "c": "z", "d": True}],
    [{"a": 1, "b": 2, "c": "z"}],
    [{"a": 1, "b": 2, "c": "z", "d": True, "e": 5}],
    [{"a": 1, "b": 2, "c": "z", "other": True}],
    [{"a": 1, "b": 2, "c": ["n"], "d": True}, {"a": 1}],
    {"columns": ["a", "b", "c", "d"], "index": [0, 1], "data": [[1, 2.5, "x", True], [2, 3, "y", False]]},
    {"columns": ["a", "b", "c", "d"], "data": [[1, 2.5, "x", True]]},
    {"columns": ["a", "b", "c", "d"], "index": [7, 9], "data": [[1, 2, "x", True], [2, 3, "y", False]]},
    {"columns": ["a", "b"], "data": [[1, 2]]},
    {"0": {"a": 1, "b": 2, "c": "x", "d": True}},
    {"a": {"0": 1}, "b": {"0": 2}, "c": {"0": "x"}, "d": {"0": True}},
    [{"0": 1, "1": 2}],
    [{"when": "2020-01-02", "n": 1}],
    [{"when": "2020-01-02T03:04:05.000Z", "n": 1}],
    [{"when": "not a date", "n": 1}],
    [{"span": "1 days", "n": 1}],
    [{"span": "P1DT2H", "n": 1}],
    [{"created_at": 1, "date": 2}],
    [{"c": "x", "n": 1}, {"c": "unknown", "n": 2}],
    {
        "schema": {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "number"}]},
        "data": [{"a": 1, "b": 2}],
    },
    5,
    5.5,
    2**70,
    "x",
    "",
    True,
    None,
    {},
    {"a": 2, "b": {"c": [1]}},
    {"a": "anything"},
    "YWJj",
    "2020-01-02 03:04:05.000000 +0000",
    "2020-01-02T03:04:05Z",
    "03:04:05.000000 +0000",
    "12 o'clock",
    {"WebServiceInput0": [{"a": 1, "b": 2, "c": "z", "d": True}], "more": {"n": 2}, "extra": 1},
    {"WebServiceInput0": "x"},
    {"more": 5},
    [[[1, 2]], [[3, 4]]],
    {"a": {"b": [[1], [2, 3]]}},
    {"a": {"b": 5}},
]


def _there(kind: Any, value: Any) -> tuple[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return "read", _deserialize_input_argument(copy.deepcopy(value), kind, "x")
        except Exception as error:  # noqa: BLE001  (it raises what it likes)
            return "refused", error


def _ours(kind: Any, value: Any) -> tuple[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return "read", converter_for(kind).convert(copy.deepcopy(value), "x", Notes())
        except BadInput as bad:
            return "refused", bad


def _twin(kind: Any) -> Any:
    """The same type, of our own."""
    if not hasattr(kind, "deserialize_input"):
        return kind
    module = type(kind).__module__.rpartition(".")[2]
    ours = getattr(importlib.import_module(f"jupyter_mlops.scoring.worker.served.{module}"), type(kind).__name__)
    sample = kind.sample_input
    if isinstance(sample, dict):
        return ours({key: _twin(each) for key, each in sample.items()})
    if isinstance(sample, list | tuple):
        return ours(type(sample)(_twin(each) for each in sample))
    names = ("enforce_column_type", "enforce_shape", "apply_column_names", "orient")
    return ours(sample, **{name: getattr(kind, name) for name in names if hasattr(kind, name)})


def _same(there: Any, ours: Any) -> None:
    assert type(there) is type(ours)
    if isinstance(there, pd.DataFrame):
        pd.testing.assert_frame_equal(there, ours)
    elif isinstance(there, np.ndarray):
        assert there.dtype == ours.dtype
        assert repr(there.tolist()) == repr(ours.tolist())
    elif isinstance(there, dict):
        assert there.keys() == ours.keys()
        for key in there:
            _same(there[key], ours[key])
    elif isinstance(there, list):
        assert len(there) == len(ours)
        for each in zip(there, ours, strict=True):
            _same(*each)
    else:
        assert there == ours or there != there


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("of", ["the real types", "our twins"])
def test_every_value_is_read_or_refused_as_by_inference_schema(name: str, of: str) -> None:
    kind = SAMPLES[name]
    known = kind if of == "the real types" else _twin(kind)
    for value in VALUES:
        there, ours = _there(kind, value), _ours(known, value)
        if there[0] == "refused" and ours[0] == "read":
            assert name in ("datetime", "timedelta", "bytearray"), (value, there, ours)  # better here, on purpose
            continue
        assert there[0] == ours[0], (value, there, ours)
        if there[0] == "read":
            _same(there[1], ours[1])
        else:
            assert "\n\n" not in str(ours[1])


@pytest.mark.parametrize("name", SAMPLES)
def test_the_twin_describes_a_sample_as_inference_schema_does(name: str) -> None:
    kind = SAMPLES[name]
    there, ours = kind.input_to_swagger(), _twin(kind).input_to_swagger()
    if name == "bool":  # there: "True" and "False", which are no booleans
        there["example"] = [[True, False, True]]
    assert json.loads(json.dumps(there)) == json.loads(json.dumps(ours))
    assert kind.supported_versions() == _twin(kind).supported_versions()


def test_dates_without_a_time_work_here() -> None:
    """There they raise AttributeError whatever comes."""
    kind = StandardPythonParameterType(dt.date(2020, 1, 2))
    assert converter_for(kind).convert("2021-03-04", "x", Notes()) == dt.date(2021, 3, 4)


def test_the_example_of_a_datetime_sample_can_be_posted_back() -> None:
    """There it has a comma that numpy does not read."""
    kind = SAMPLES["datetime"]
    example = kind.input_to_swagger()["example"]
    np.testing.assert_array_equal(converter_for(kind).convert(example, "x", Notes()), kind.sample_input)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("int64", [[1, 2]], ["'x' must be an array of shape (any, 3) of int64", "shape (1, 2) came"]),
        ("int64", [[1, "abc", 3]], ["of int64", "a string 'abc' came at [0][1]"]),
        ("int64", [[1, 2, 3], [1]], ["row 0 is an array of 3, but row 1 is an array of 1"]),
        ("int64", "abc", ["a string 'abc' came"]),
        ("frame", [{"a": "x", "b": 1, "c": "", "d": True}], ["column 'a' must be int64; a string 'x' came in row 0"]),
        ("frame", [{"a": 1, "b": 1, "z": ""}], ["3 columns came", "missing: 'c', 'd'", "not known: 'z'"]),
        ("frame", 5, ["a table (orient 'records') of the columns a int64, b float64", "an integer 5 came"]),
        ("int", "7", ["'x' must be an integer; a string '7' came"]),
        ("dict of frames", {"more": 5}, ["'x.more' must be an object; an integer 5 came"]),
        ("bytes", "not base64!", ["base64"]),
        ("moment", "noon", ["a string 'noon' came"]),
    ],
)
def test_a_refusal_says_what_was_wanted_and_what_came(name: str, value: Any, words: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        converter_for(SAMPLES[name]).convert(value, "x", Notes())
    for word in words:
        assert word in str(refused.value)


def test_fractions_that_are_cut_off_are_said_aloud() -> None:
    notes = Notes()
    array = converter_for(SAMPLES["int64"]).convert([[0.9, 1.0, 2.0]], "data", notes)
    assert array.tolist() == [[0, 1, 2]]
    assert "fractions of this request were cut off (0.9 became 0)" in notes.warnings[0]
    notes = Notes()
    converter_for(SAMPLES["frame"]).convert([{"a": 1.7, "b": 2, "c": "z", "d": True}], "data", notes)
    assert "int64 in column 'a', so fractions were cut off (1.7 became 1)" in notes.warnings[0]
    notes = Notes()
    converter_for(SAMPLES["int64"]).convert([[1.0, 1, 2]], "data", notes)
    assert notes.warnings == []


def test_columns_of_other_names_are_let_through_with_a_doubt() -> None:
    notes = Notes()
    converter_for(SAMPLES["frame"]).convert([{"a": 1, "b": 2, "c": "z", "other": True}], "data", notes)
    assert "missing: 'd'; not known: 'other'" in notes.doubts[0]
