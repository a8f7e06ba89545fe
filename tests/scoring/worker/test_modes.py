"""string, schema and raw: what `run` is given, and how the worker says that it cannot serve."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

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
    assert worker.stages == ["import", "init"]
    assert worker.value('{"a": 1}') == {"got": '{"a": 1}', "type": "str"}
    assert worker.value(b'{"a":1,"b":"x"}', flags=RequestFlag.QUERY)["got"] == '{"a": 1, "b": "x"}'
    answer = worker.score(b"\xff")
    assert (answer.status, answer.flags) == (400, AnswerFlag.BAD_INPUT)
    assert json.loads(answer.body)["message"].startswith("Input cannot be decoded as UTF-8")


def test_other_parameters_of_an_undecorated_run_keep_their_defaults(serve: Serve) -> None:
    worker = serve("""
        def init(): pass
        def run(raw, extra=None): return [raw, extra]
        """)
    assert worker.value("x") == ["x", None]


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


def test_a_raw_run_gets_the_request(serve: Serve) -> None:
    worker = serve("""
        from azureml.contrib.services.aml_request import AMLRequest, rawhttp
        from azureml.contrib.services.aml_response import AMLResponse
        def init(): pass
        @rawhttp
        def run(request):
            assert isinstance(request, AMLRequest)
            if request.method == "GET":
                return AMLResponse(request.full_path, 200)
            if request.files:
                upload = request.files["image"]
                return [upload.filename, upload.content_type, len(upload.read()), request.form["note"]]
            return AMLResponse(request.get_data(False)[::-1], 201, {"X-Custom": "a, b", "Content-Type": "image/png"})
        """)
    assert worker.ready["mode"] == "raw"
    assert worker.ready["needs_head"] is True
    answer = worker.score("", head={"method": "GET", "path": "/score", "query": "x=1&y=2", "headers": []})
    assert answer.body == b"/score?x=1&y=2"
    assert json.loads(answer.head) == [["Content-Type", "text/html; charset=utf-8"]]
    answer = worker.score(b"abc\x00", head={"method": "POST", "headers": []})
    assert (answer.status, answer.body) == (201, b"\x00cba")
    assert json.loads(answer.head) == [["X-Custom", "a"], ["X-Custom", "b"], ["Content-Type", "image/png"]]
    body = (
        b'--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
        b'--B\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        b"\x89PNG\r\n\x00\r\n--B--\r\n"
    )
    head = {"method": "POST", "headers": [["content-type", 'multipart/form-data; boundary="B"']]}
    assert worker.value(body, head=head) == ["a.png", "image/png", 7, "hello"]


def test_request_headers_come_in_title_case(serve: Serve) -> None:
    worker = serve("""
        def init(): pass
        def run(data, request_headers): return [data, request_headers]
        """)
    assert worker.ready["needs_head"] is True
    head = {"method": "POST", "headers": [["x-my-header", "v1"], ["accept", "a"], ["ACCEPT", "b"]]}
    assert worker.value("x", head=head) == ["x", {"X-My-Header": "v1", "Accept": "a,b"}]


def test_a_driver_module_hands_its_run_over(serve: Serve) -> None:
    worker = serve("""
        import types
        driver_module = types.ModuleType("real")
        def _run(data): return f"real {data}"
        driver_module.run = _run
        state = []
        def init(): state.append(1)
        def run(*arguments): raise AssertionError
        """)
    assert worker.value("x") == "real x"


def test_run_that_raises_is_500_with_the_traceback_in_the_log(serve: Serve) -> None:
    worker = serve("""
        def init(): pass
        def run(raw):
            print("before")
            raise ValueError("boom " + raw)
        """)
    answer = worker.score("x")
    assert (answer.status, answer.flags) == (500, AnswerFlag.RUN_FAILED)
    assert json.loads(answer.body)["message"] == (
        "An unexpected error occurred in scoring script. Check the logs for more info."
    )
    lines = worker.log.splitlines()
    assert lines[0] == "before"
    assert lines[1] == "Traceback (most recent call last):"
    assert "score.py" in lines[2]
    assert lines[-1] == "ValueError: boom x"


def test_sys_exit_answers_first_and_then_ends_the_worker(serve: Serve) -> None:
    worker = serve("""
        import sys
        def init(): pass
        def run(raw): sys.exit(7)
        """)
    answer = worker.score("x")
    assert (answer.status, answer.flags) == (500, AnswerFlag.RUN_FAILED)
    assert worker.process.wait(timeout=60) == 7


@pytest.mark.parametrize(
    ("script", "where", "message"),
    [
        ("def init(): 1/0\ndef run(d): return d", "init", "ZeroDivisionError: division by zero"),
        ("import nothing_of_this_name", "import", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("def init(: pass", "import", "SyntaxError"),
        ("raise SystemExit(0)", "import", "SystemExit"),
        ("def init(): pass", "run signature", "does not have a run() function defined"),
        ("def run(d): pass", "run signature", "does not have a init() function defined"),
        ("def init(): pass\ndef run(): pass", "run signature", "needs to accept an argument for input data"),
        ("def init(): pass\ndef run(request_headers): pass", "run signature", 'other than "request_headers"'),
        ("def init(): pass\ndef run(*a): pass", "run signature", "positional-only arguments, *args, or **kwargs"),
        ("def init(): pass\ndef run(a, /): pass", "run signature", "positional-only"),
    ],
)
def test_a_script_that_cannot_serve_says_why(serve: Serve, script: str, where: str, message: str) -> None:
    with pytest.raises(WorkerFailed) as failed:
        serve(script)
    report = failed.value.report
    assert failed.value.code == report["exit_code"] == 3
    assert report["where"] == where
    assert message in report["message"]


def test_the_traceback_of_a_failed_init_begins_in_the_script(serve: Serve) -> None:
    with pytest.raises(WorkerFailed) as failed:
        serve("def init(): 1/0\ndef run(d): return d")
    lines = failed.value.report["traceback"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith('score.py", line 1, in init')


def test_the_surroundings_are_there_before_the_script_is_imported(serve: Serve, tmp_path: object) -> None:
    worker = serve(
        """
        import os
        import sys
        seen = {name: os.environ.get(name) for name in ("AML_APP_ROOT", "AZUREML_MODEL_DIR", "SERVICE_NAME", "MY_OWN")}
        seen["cwd"], seen["name"] = os.getcwd(), __name__
        def init(): pass
        def run(raw): return seen
        """,
        model_dir="/models",
        service="diabetes",
        environment={"MY_OWN": "1"},
    )
    assert worker.value("") == {
        "AML_APP_ROOT": str(tmp_path),
        "AZUREML_MODEL_DIR": "/models",
        "SERVICE_NAME": "diabetes",
        "MY_OWN": "1",
        "cwd": str(tmp_path),
        "name": "entry_module",
    }


def test_print_and_logging_reach_the_log_line_by_line_in_order(serve: Serve) -> None:
    worker = serve("""
        import logging
        import sys
        def init():
            print("one", "two", end=" ")
            print("three")
            print("to stderr", file=sys.stderr)
            logging.info("not shown")
            logging.warning("shown")
            print("ünï ☃")
        def run(raw): return 1
        """)
    assert worker.log.splitlines() == ["one two three", "to stderr", "WARNING:root:shown", "ünï ☃"] or (
        worker.log.splitlines() == ["one two three", "to stderr", "shown", "ünï ☃"]
    )


def test_a_logging_configuration_beside_the_script_is_used(serve: Serve, tmp_path: Path) -> None:
    handler = {"class": "logging.StreamHandler", "formatter": "short", "stream": "ext://sys.stdout"}
    configuration = {
        "version": 1,
        "formatters": {"short": {"format": "%(levelname)s-%(message)s"}},
        "handlers": {"out": handler},
        "root": {"level": "INFO", "handlers": ["out"]},
    }
    (tmp_path / "logging.json").write_text(json.dumps(configuration))
    worker = serve("import logging\ndef init(): logging.info('hello')\ndef run(raw): return raw")
    assert worker.log.splitlines() == ["INFO-hello"]


def test_the_model_folder_is_listed_when_init_fails(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.bin").write_text("")
    with pytest.raises(WorkerFailed):
        serve("def init(): open('nothing')\ndef run(d): return d", model_dir=str(tmp_path / "model"))
    assert "  weights.bin" in (tmp_path / "worker.log").read_text().splitlines()


def test_the_files_to_watch_are_the_scripts_own(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("")
    worker = serve("import json, beside\ndef init(): pass\ndef run(raw): return raw", model_dir="/models")
    assert worker.ready["sources"] == [str(tmp_path / "beside.py"), str(tmp_path / "score.py"), "/models"]


def test_async_run_and_init(serve: Serve) -> None:
    worker = serve("""
        import asyncio
        state = {}
        async def init():
            await asyncio.sleep(0)
            state["ready"] = True
        async def run(raw):
            await asyncio.sleep(0)
            return [raw, state]
        """)
    assert worker.value("x") == ["x", {"ready": True}]


def test_threads_run_at_the_same_time(serve: Serve) -> None:
    worker = serve(
        """
        import threading
        meet = threading.Barrier(2, timeout=60)
        def init(): pass
        def run(raw):
            meet.wait()
            return threading.current_thread().name
        """,
        threads=2,
    )
    assert worker.ready["threads"] == 2
    worker.send(b"a")
    worker.send(b"b")
    from jupyter_mlops.scoring.wire import unpack_answers

    names = {json.loads(answer.body) for _ in range(2) for answer in unpack_answers(worker.frame()[1])}
    assert names == {"run-0", "run-1"}


def test_the_worker_starts_quickly_and_small(serve: Serve) -> None:
    worker = serve("""
        import sys
        def init(): pass
        def run(raw): return sorted({"numpy", "pandas", "asyncio", "email", "pydantic"} & set(sys.modules))
        """)
    assert worker.value("") == []
