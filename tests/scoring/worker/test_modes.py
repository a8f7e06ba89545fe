"""string, schema and raw: what `run` is given."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from driving import Worker, WorkerFailed

from jupyter_mlops.scoring.wire import AnswerFlag, RequestFlag

Serve = Callable[..., Worker]


def test_an_undecorated_run_gets_the_body_as_text(serve: Serve) -> None:
    worker = serve("""
        def init(): pass
        def run(raw): return {"got": raw, "type": type(raw).__name__}
        """)
    assert worker.ready["mode"] == "string"
    assert worker.value('{"a": 1}') == {"got": '{"a": 1}', "type": "str"}
    assert worker.value(b'{"a":1,"b":"x"}', flags=RequestFlag.QUERY)["got"] == '{"a": 1, "b": "x"}'
    answer = worker.score(b"\xff")
    assert (answer.status, answer.flags) == (400, AnswerFlag.BAD_INPUT)
    assert json.loads(answer.body)["message"].startswith("Input cannot be decoded as UTF-8")


def test_a_decorated_run_gets_what_its_sample_promises(serve: Serve) -> None:
    worker = serve("""
        import numpy as np
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
        def init(): pass
        @input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
        def run(data): return {"shape": data.shape, "sum": float(data.sum())}
        """)
    assert worker.value({"data": [[1, 2], [3, 4]]}) == {"shape": [2, 2], "sum": 10.0}
    answer = worker.score('{"data": [[1, 2, 3]]}')
    assert (answer.status, answer.flags) == (400, AnswerFlag.BAD_INPUT)


def test_a_failing_init_is_told_with_its_traceback(serve: Serve) -> None:
    with pytest.raises(WorkerFailed) as failed:
        serve("""
            def init(): 1/0
            def run(d): return d
            """)
    assert failed.value.code == 3
    assert failed.value.report["where"] == "init"
    assert failed.value.report["message"] == "ZeroDivisionError: division by zero"
    assert "score.py" in failed.value.report["traceback"]
