"""The documents: valid, and with examples that can be posted back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import Worker
from openapi_spec_validator import validate

Serve = Callable[..., Worker]

HEADER = """
import datetime as dt
import numpy as np
import pandas as pd
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as Standard
def init(): pass
"""

SCRIPTS = {
    "undecorated": "def init(): pass\ndef run(raw): return 1",
    "numpy": HEADER + "@input_schema('data', NumpyParameterType(np.array([[1, 2]])))\ndef run(data): return 1",
    "pandas": HEADER
    + "@input_schema('data', PandasParameterType(pd.DataFrame({'a': [1], 'b': ['x']})))\n"
    + "@output_schema(Standard({'p': 0.5}))\ndef run(data): return 1",
    "several": HEADER
    + "@input_schema('when', Standard(dt.datetime(2020, 1, 2)))\n@input_schema('n', Standard([1, 2]))\n"
    + "@input_schema('raw', Standard(b'abc'))\ndef run(when, n, raw): return 1",
    "nested": HEADER
    + "@input_schema('Inputs', Standard({'in': PandasParameterType(pd.DataFrame({'a': [1.5]}), orient='split')}))\n"
    + "def run(Inputs): return 1",
    "times": HEADER
    + "@input_schema('a', NumpyParameterType(np.array(['2020-01-02'], dtype='M8[s]')))\n"
    + "@input_schema('b', PandasParameterType(pd.DataFrame({'t': pd.to_timedelta(['1 days'])})))\n"
    + "def run(a, b): return 1",
}


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("twin", [False, True])
def test_documents_are_valid_and_their_examples_can_be_posted(serve: Serve, name: str, twin: bool) -> None:
    block = "import sys\nsys.modules['inference_schema'] = None\ndel sys.modules['inference_schema']\n" if twin else ""
    worker = serve(block + SCRIPTS[name])
    documents = worker.ready["swagger"]
    assert documents.keys() == {"2", "3", "3.1"}
    for document in documents.values():
        validate(document)
    assert documents["3"]["components"]["schemas"]["ServiceInput"] == documents["2"]["definitions"]["ServiceInput"]
    example = documents["2"]["definitions"]["ServiceInput"]["example"]
    assert worker.score(json.dumps(example)).status == 200


def test_a_list_of_mixed_types_has_no_swagger_2(serve: Serve) -> None:
    worker = serve(HEADER + "@input_schema('n', Standard([1, 'a']))\ndef run(n): return 1")
    assert worker.ready["swagger"].keys() == {"3", "3.1"}
    assert worker.ready["swagger_errors"] == {
        "2": "Swagger version [2] is not supported for the scoring script. Supported swagger versions: [3, 3.1]."
    }


def test_a_description_that_is_no_json_costs_the_documents_and_not_the_service(serve: Serve) -> None:
    worker = serve("""
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType
        class Odd(AbstractParameterType):
            def deserialize_input(self, value): return set(value)
            def input_to_swagger(self): return {"type": "object", "example": {1, 2}}
        def init(): pass
        @input_schema("data", Odd({1}))
        def run(data): return sorted(data)
        """)
    assert worker.ready["swagger"] == {}
    assert "Object of type set is not JSON serializable" in worker.ready["warnings"][0]
    assert worker.value({"data": [2, 1, 1]}) == [1, 2]


def test_the_users_own_documents_win(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "swagger.json").write_text('{"mine": 2}')
    (tmp_path / "swagger3.1.json").write_text('{"mine": 3.1}')
    (tmp_path / "swagger3.json").write_text("{")
    worker = serve(SCRIPTS["undecorated"])
    assert worker.ready["swagger"]["2"] == {"mine": 2}
    assert worker.ready["swagger"]["3.1"] == {"mine": 3.1}
    assert worker.ready["swagger"]["3"]["openapi"] == "3.0.3"
    assert worker.ready["swagger_files"] == ["2", "3.1"]
    assert "swagger3.json is not JSON" in worker.ready["warnings"][0]
