"""Whatever comes: a valid input never gives 5xx, an invalid one never 2xx, and the worker goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from driving import Worker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SCRIPT = """
import numpy as np
import pandas as pd
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
def init(): pass
@input_schema("rows", NumpyParameterType(np.array([[1.0, 2.0]])))
@input_schema("table", PandasParameterType(pd.DataFrame({"n": [1], "x": [0.5], "s": ["a"]})))
@input_schema("flag", StandardPythonParameterType(True))
def run(rows, table, flag=False):
    assert rows.dtype == float and rows.ndim == 2 and rows.shape[1] == 2
    assert len(table.columns) == 3
    assert type(flag) is bool
    return {"rows": rows, "table": table, "flag": flag}
"""

_SETTINGS = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

_numbers = st.floats(allow_nan=False, allow_infinity=False, width=64) | st.integers(-(2**60), 2**60)
_rows = st.lists(st.tuples(_numbers, _numbers).map(list), min_size=1, max_size=4)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_record = st.fixed_dictionaries({"n": st.integers(-(2**53), 2**53), "x": st.floats(-1e9, 1e9), "s": _texts})
_valid = st.fixed_dictionaries(
    {"rows": _rows, "table": st.lists(_record, min_size=1, max_size=3)}, optional={"flag": st.booleans()}
)
_anything = st.recursive(
    st.none() | st.booleans() | _numbers | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "score.py").write_text(SCRIPT)
    with Worker({"app_root": str(folder), "entry_script": "score.py"}) as started:
        yield started


@_SETTINGS
@given(body=_valid)
def test_a_valid_input_is_answered(worker: Worker, body: dict[str, Any]) -> None:
    answer = worker.score(json.dumps(body))
    assert answer.status == 200, answer.body


@_SETTINGS
@given(body=_valid, name=st.sampled_from(["rows", "table", "flag"]), wrong=_anything)
def test_another_type_in_its_place_is_no_500(worker: Worker, body: dict[str, Any], name: str, wrong: Any) -> None:
    answer = worker.score(json.dumps({**body, name: wrong}))
    assert answer.status in (200, 400), answer.body
    if name == "flag":
        assert (answer.status == 200) == isinstance(wrong, bool)
    if name == "rows" and not isinstance(wrong, list):
        assert answer.status == 400


@_SETTINGS
@given(body=st.binary(max_size=60))
def test_bytes_that_are_no_request_are_400(worker: Worker, body: bytes) -> None:
    assert worker.score(body).status == 400
