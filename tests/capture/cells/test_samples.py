"""`--input` and `--output`: decorators, the proof's request and the answer that is expected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.errors import UsageError
from tests.capture.cells.conftest import answers, text_of

if TYPE_CHECKING:
    from tests.capture.cells.conftest import Notebook

PLAIN = "def run(data):\n    return data\n"


def test_an_array_becomes_a_numpy_parameter(notebook: Notebook) -> None:
    captured = notebook.capture(
        "def run(rows):\n    return rows.sum(axis=1).tolist()\n", input=np.ones((3, 2)), output=[2.0, 2.0, 2.0]
    )
    script = text_of(captured)
    assert '@input_schema("rows", NumpyParameterType(SAMPLE_INPUT))\n@output_schema(StandardPython' in script
    assert 'SAMPLE_INPUT = np.array([[1.0, 1.0], [1.0, 1.0]], dtype="float64")' in script
    assert json.loads(captured.sample_input or "") == {"rows": [[1.0, 1.0]] * 3}
    assert (captured.sample_output, captured.has_sample_output) == ([2.0, 2.0, 2.0], True)
    assert "inference_schema" in captured.imports


def test_a_frame_becomes_a_pandas_parameter(notebook: Notebook) -> None:
    frame = pd.DataFrame({"age": [30, 40], "name": ["a", "b"]})
    captured = notebook.capture("def run(data):\n    return len(data)\n", input=frame, output=2)
    assert "PandasParameterType(SAMPLE_INPUT)" in text_of(captured)
    assert json.loads(captured.sample_input or "") == {"data": [{"age": 30, "name": "a"}, {"age": 40, "name": "b"}]}


def test_anything_else_becomes_a_standard_parameter(notebook: Notebook) -> None:
    captured = notebook.capture(PLAIN, input={"a": [1, 2]}, output={"b": np.float64(1.5)})
    assert 'SAMPLE_INPUT = {"a": [1, 2]}' in text_of(captured).replace("'", '"')
    assert captured.sample_output == {"b": 1.5}


def test_the_decorated_script_runs(notebook: Notebook) -> None:
    captured = notebook.capture(
        "import numpy as np\n\ndef run(data):\n    return [type(data).__name__, float(np.sum(data))]\n",
        input=np.array([[1.0, 2.0]]),
        output=["ndarray", 3.0],
    )
    assert answers(captured, [[[1.0, 2.0]]]) == [["ndarray", 3.0]]


def test_long_examples_are_cut_with_their_answers(notebook: Notebook) -> None:
    captured = notebook.capture(PLAIN, input=np.zeros((1000, 1)), output=np.arange(1000))
    assert len(json.loads(captured.sample_input or "")["data"]) == 5
    assert captured.sample_output == [0, 1, 2, 3, 4]


def test_an_answer_about_all_rows_needs_all_rows(notebook: Notebook) -> None:
    captured = notebook.capture("def run(data):\n    return data.mean()\n", input=np.zeros((50, 1)), output=0.0)
    assert len(json.loads(captured.sample_input or "")["data"]) == 50


def test_several_parameters_take_a_dict(notebook: Notebook) -> None:
    cell = "def run(a, b, c=1):\n    return a + b\n"
    captured = notebook.capture(cell, input={"a": 1, "b": 2})
    assert '@input_schema("a"' in text_of(captured)
    assert '@input_schema("b"' in text_of(captured)
    assert json.loads(captured.sample_input or "") == {"a": 1, "b": 2}
    with pytest.raises(UsageError, match="run\\(\\) needs a, b"):
        notebook.capture(cell, input=[1, 2])


def test_own_decorators_stay_alone(notebook: Notebook) -> None:
    notebook.cells(
        "from inference_schema.schema_decorators import input_schema\n"
        "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType"
    )
    cell = '@input_schema("rows", StandardPythonParameterType([1]))\ndef run(rows):\n    return rows\n'
    captured = notebook.capture(cell, input=[1, 2], output=[1, 2])
    assert text_of(captured).count("@") == 1
    assert json.loads(captured.sample_input or "") == {"rows": [1, 2]}
    assert notebook.capture(cell).sample_input is None


@pytest.mark.parametrize(
    ("body", "example", "request_body"),
    [
        ("    return json.loads(raw)['data']", np.array([[1.0]]), {"data": [[1.0]]}),
        ("    wanted = json.loads(raw)\n    return wanted['rows']", [1], {"rows": [1]}),
        ("    return json.loads(raw)['data']", {"data": [3]}, {"data": [3]}),
        ("    return json.loads(raw)", '{"already": "text"}', {"already": "text"}),
        ("    return json.loads(raw)", [1, 2], [1, 2]),
    ],
)
def test_a_run_that_reads_the_text_itself_gets_no_decorators(
    notebook: Notebook, body: str, example: object, request_body: object
) -> None:
    captured = notebook.capture(f"import json\ndef run(raw):\n{body}\n", input=example, output=1)
    assert "@" not in text_of(captured)
    assert json.loads(captured.sample_input or "") == request_body
    assert captured.sample_output == 1


def test_none_is_an_example_and_absence_is_not(notebook: Notebook) -> None:
    assert notebook.capture(PLAIN, output=None).has_sample_output
    assert not notebook.capture(PLAIN).has_sample_output


@pytest.mark.parametrize("example", [object(), np.zeros((0, 2)), open])
def test_an_example_that_cannot_be_sent(notebook: Notebook, example: object) -> None:
    with pytest.raises(UsageError, match=r"Cell \[99\]"):
        notebook.capture(PLAIN, input=example)


def test_the_samples_names_do_not_clash(notebook: Notebook) -> None:
    script = notebook.script("SAMPLE_INPUT = 3\ndef run(x):\n    return SAMPLE_INPUT\n", input=[1])
    assert "SAMPLE_INPUT_ = [1]" in script


def test_numpy_under_another_name(notebook: Notebook) -> None:
    notebook.cells("np = 'no array'")
    captured = notebook.capture("def run(x):\n    return [np, float(x.sum())]\n", input=np.ones((1, 2)))
    assert "SAMPLE_INPUT = numpy.array(" in text_of(captured)
    assert answers(captured, [[[1.0, 1.0]]]) == [["no array", 2.0]]
