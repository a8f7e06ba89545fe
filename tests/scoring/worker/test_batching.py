"""Requests of one frame, joined into one run."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from driving import Worker

from jupyter_mlops.scoring.wire import AnswerFlag, unpack_answers

Serve = Callable[..., Worker]

SCRIPT = """
import numpy as np
import pandas as pd
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from jupyter_mlops import batch
def init(): pass
"""

ARRAYS = (
    SCRIPT
    + """
@batch(max_size=8)
@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
@input_schema("scale", StandardPythonParameterType(1.0))
@output_schema(NumpyParameterType(np.array([3.0])))
def run(data, scale=1.0):
    print("rows", len(data))
    if (data < 0).any():
        raise ValueError("negative")
    return data.sum(axis=1) * scale
"""
)


def _bodies(*rows: list[list[float]], **more: float) -> list[bytes]:
    return [json.dumps({"data": each, **more}).encode() for each in rows]


def test_rows_are_joined_and_the_answer_is_shared_out(serve: Serve) -> None:
    worker = serve(ARRAYS)
    assert worker.ready["batch"] == {"max_size": 8, "max_wait_ms": 0}
    answers = worker.score_many(*_bodies([[1, 2]], [[3, 4], [5, 6]], [[7, 8]]))
    assert [json.loads(answer.body) for answer in answers] == [[3.0], [7.0, 11.0], [15.0]]
    assert {answer.flags for answer in answers} == {AnswerFlag.TIMED}
    assert worker.log.splitlines() == ["rows 4"]


def test_a_bad_request_fails_alone_and_does_not_stop_the_joining(serve: Serve) -> None:
    worker = serve(ARRAYS)
    answers = worker.score_many(*_bodies([[1, 2]], [[1, 2, 3]], [], [[3, 4]]), b"{")
    assert [answer.status for answer in answers] == [200, 400, 400, 200, 400]
    assert worker.log.splitlines() == ["rows 2"]


FLOATS = (
    SCRIPT
    + """
@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
def run(data):
    print("rows", len(data))
    if (data < 0).any():
        raise ValueError("negative")
    return data.sum(axis=1)
"""
)


def test_one_array_is_read_for_all_where_nothing_is_wrong(serve: Serve) -> None:
    worker = serve(FLOATS, batch={"max_size": 8})
    answers = worker.score_many(*_bodies([[1, 2]], [["3", 4], [5, 6]], [[7, 8]]))
    assert [json.loads(answer.body) for answer in answers] == [[3.0], [7.0, 11.0], [15.0]]
    assert worker.log.splitlines() == ["rows 4"]


@pytest.mark.parametrize(
    "bad",
    [b"{", b'{"data": []}', b'{"data": [[1, 2, 3]]}', b'{"data": [1, 2]}', b'{"data": [["x", 2]]}', b'{"row": 1}'],
)
def test_one_that_is_wrong_among_them_fails_alone(serve: Serve, bad: bytes) -> None:
    worker = serve(FLOATS, batch={"max_size": 8})
    first, last = _bodies([[1, 2]], [[3, 4], [5, 6]])
    answers = worker.score_many(first, bad, last)
    assert [answer.status for answer in answers] == [200, 400, 200]
    assert answers[1].body == worker.score(bad).body
    assert worker.log.splitlines() == ["rows 3"]


def test_one_on_which_run_fails_among_them_fails_alone(serve: Serve) -> None:
    worker = serve(FLOATS, batch={"max_size": 8})
    answers = worker.score_many(*_bodies([[1, 2]], [[3, 4]], [[-1, 0]], [[5, 6]]))
    assert [answer.status for answer in answers] == [200, 200, 500, 200]
    assert [line for line in worker.log.splitlines() if line.startswith("rows")] == [
        "rows 4", "rows 2", "rows 2", "rows 1", "rows 1",
    ]  # fmt: skip


def test_a_row_on_which_run_fails_fails_alone(serve: Serve) -> None:
    worker = serve(ARRAYS)
    answers = worker.score_many(*_bodies([[1, 2]], [[3, 4]], [[-1, 0]], [[5, 6]], [[7, 8]]))
    assert [answer.status for answer in answers] == [200, 200, 500, 200, 200]
    assert [json.loads(answer.body) for answer in answers if answer.status == 200] == [[3.0], [7.0], [11.0], [15.0]]
    assert worker.log.count("ValueError: negative") == 1


def test_sys_exit_on_one_row_answers_that_row_and_ends_the_worker(serve: Serve) -> None:
    worker = serve(ARRAYS.replace('raise ValueError("negative")', "raise SystemExit(6)"))
    worker.send(*_bodies([[1, 2]], [[-1, 0]], [[5, 6]]))
    answers = []
    while len(answers) < 2:
        answers += unpack_answers(worker.frame()[1])
    assert [answer.status for answer in answers] == [200, 500]
    assert worker.process.wait(timeout=60) == 6


def test_requests_with_other_arguments_are_not_mixed(serve: Serve) -> None:
    worker = serve(ARRAYS)
    bodies = [*_bodies([[1, 2]], [[3, 4]], scale=2.0), *_bodies([[5, 6]], [[7, 8]], scale=3.0)]
    answers = worker.score_many(*bodies)
    assert [json.loads(answer.body) for answer in answers] == [[6.0], [14.0], [33.0], [45.0]]
    assert worker.log.splitlines() == ["rows 2", "rows 2"]


def test_no_more_than_max_size_are_joined(serve: Serve) -> None:
    worker = serve(ARRAYS, batch={"max_size": 2, "max_wait_ms": 0})
    worker.score_many(*_bodies(*([[n, n]] for n in range(5))))
    assert worker.log.splitlines() == ["rows 2", "rows 2", "rows 1"]


def test_frames_are_joined_too(serve: Serve) -> None:
    worker = serve(
        SCRIPT
        + """
@input_schema("data", PandasParameterType(pd.DataFrame({"a": [1], "b": ["x"]})))
def run(data):
    print("rows", len(data), list(data.index))
    return data.a * 2
""",
        batch={"max_size": 64},
    )
    answers = worker.score_many(
        b'{"data": [{"a": 1, "b": "x"}]}', b'{"data": [{"a": 2, "b": "y"}, {"a": 3, "b": "z"}]}'
    )
    assert [json.loads(answer.body) for answer in answers] == [[2], [4, 6]]
    assert worker.log.splitlines() == ["rows 3 [0, 1, 2]"]


def test_a_run_that_does_not_answer_by_rows_ends_the_joining(serve: Serve) -> None:
    worker = serve(
        SCRIPT
        + """
@input_schema("data", NumpyParameterType(np.array([[1.0]])))
def run(data): return {"sum": float(data.sum())}
""",
        batch={"max_size": 64},
    )
    for _ in range(2):
        answers = worker.score_many(b'{"data": [[1]]}', b'{"data": [[2], [3]]}')
        assert [json.loads(answer.body) for answer in answers] == [{"sum": 1.0}, {"sum": 5.0}]
    assert worker.log.count("batching is off: run() was given 3 rows and returned") == 1


def test_what_cannot_be_joined_is_said_at_the_start(serve: Serve) -> None:
    worker = serve("def init(): pass\ndef run(raw): return raw", batch={"max_size": 64})
    assert worker.ready["batch"] is None
    assert worker.ready["warnings"][0].startswith("batching is off: rows can be joined where run() is decorated")
