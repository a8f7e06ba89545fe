"""azureml-inference-server-http 1.5.1 beside ours: the same scripts, the same requests, the same answers.

Where ours is better on purpose (the first table of scoring-contract.md), the request says so with `better=`.
The peer lives in an environment of its own (`.venv-peers/`, made by uv the first time).
"""

# ruff: noqa: E501  (scripts and requests, one a line)

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from serving import Exchange, NotStarted, Server, ours, send, theirs
from test_golden import same_value

pytestmark = pytest.mark.slow

REQUIREMENTS = ("azureml-inference-server-http==1.5.1", "numpy", "pandas", "joblib")
AS_JSON = (("Content-Type", "application/json"),)
PLACE = Path(__file__).parents[2] / ".venv-peers" / "azmlinfsrv"

HEAD = """
import datetime as dt, json, math, os, sys
import numpy as np
import pandas as pd
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType as Numpy
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType as Pandas
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as Standard
def init(): pass
"""
SHOWN = (
    HEAD
    + """
def shown(value):
    if isinstance(value, pd.DataFrame):
        return [list(map(str, value.columns)), list(map(str, value.dtypes)), value.astype(str).values.tolist()]
    if isinstance(value, np.ndarray):
        return [str(value.dtype), list(value.shape), value.astype(str).tolist()]
    if isinstance(value, dict):
        return {key: shown(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shown(each) for each in value]
    return [type(value).__name__, str(value)]
frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": ["x", "y"], "d": [True, False]})
"""
)


class Ask(NamedTuple):
    """One request; `better` is our status where it differs on purpose."""

    body: bytes | str | None = None
    method: str = "POST"
    path: str = "/score"
    headers: tuple[tuple[str, str], ...] = AS_JSON
    better: int | None = None


def get(path: str, *headers: tuple[str, str], better: int | None = None) -> Ask:
    return Ask(None, "GET", path, headers, better)


SWAGGERS = [get(f"/swagger.json{version}") for version in ("", "?version=2", "?version=3.0", "?version=3.1")]
ROUTES = [
    get("/"),
    get("/nope"),
    get("/swagger.json?version=1"),
    get("/score/"),
    *(
        Ask(None, method, path, ())
        for method in ("HEAD", "OPTIONS", "DELETE")
        for path in ("/", "/score", "/swagger.json")
    ),
    Ask("{}", "PUT"),
    Ask("{}", "PATCH"),
]


def _asks(*bodies: str | tuple[str, int]) -> list[Ask]:
    return [Ask(body) if isinstance(body, str) else Ask(body[0], better=body[1]) for body in bodies]


CASES: dict[str, tuple[str, list[Ask]]] = {
    "string": (
        "import json\ndef init(): pass\ndef run(raw, extra=None):\n"
        "    print('got', raw)\n    return {'raw': raw, 'extra': extra}",
        [
            *ROUTES,
            *SWAGGERS,
            *_asks("", "{", "plain", '{"a": NaN}', "ünï ☃", "﻿bom", '"\\ud800"'),
            Ask(b"\xff\xfe"),
            Ask("x", headers=()),
            Ask("x", headers=(("Content-Type", "text/plain; charset=latin-1"),)),
            Ask("a=1", path="/score?b=2"),
            get("/score"),
            get("/score?a=1&b=[1,2]&c=x&d=null&e=1&e=2&f=&g=%7B%22h%22%3A1.50%7D&%C3%BC=%E2%98%83&i=a+b&NaN=NaN"),
            get("/score?a"),
        ],
    ),
    "results": (
        HEAD + "def run(raw): return eval(raw)",
        [
            *_asks("1", "1.5", "'text'", "json.dumps({'a': 1})", "None", "[None]", "[]", "{}", "True", "float('nan')"),
            *_asks("[float('inf'), -float('inf')]", "{1: 2, None: 3, True: 4, 1.5: 5}", "(1, (2, 3))", "2**70"),
            *_asks(
                "'ünï ☃'",
                "'\\ud800'",
                "'</script>'",
                "[np.float64(1.5)]",
                "'\\x00\\x7f'",
                "[0.1 + 0.2, 1e22, 1e-7, -0.0]",
            ),
            *_asks(("np.int64(5)", 200), ("np.array([1, 2])", 200), ("frame", 500), ("{1, 2}", 200), ("b'x'", 200)),
            *_asks(("pd.DataFrame({'a': [1]})", 200), ("dt.datetime(2020, 1, 2)", 200), ("{'a': b'x'}", 500)),
            *_asks("1 / 0", "json.loads('{')", "object()", "[object()]"),
            Ask("(x for x in (1, 2))", better=200),
        ],
    ),
    "headers": (
        "def init(): pass\ndef run(raw, request_headers):\n"
        "    return [raw, type(request_headers).__name__, {k: v for k, v in request_headers.items() if k != 'Host'}]",
        [
            Ask(
                "x",
                headers=(
                    *AS_JSON,
                    ("x-my-header", "v"),
                    ("ACCEPT", "a"),
                    ("X-UPPER", "ü".encode("latin-1").decode("latin-1")),
                ),
            ),
            get("/score?a=1", ("x-other", "1")),
            Ask("", headers=(("Content-Type", "text/plain"), ("Cookie", "a=b; c=d"))),
        ],
    ),
    "ids": (
        "def init(): pass\ndef run(raw): return 1",
        [
            Ask("x", headers=(*AS_JSON, *ids), path=path, method=method)
            for method, path in (("POST", "/score"), ("GET", "/"), ("GET", "/swagger.json"), ("OPTIONS", "/score"))
            for ids in (
                (("x-request-id", "A"),),
                (("x-ms-request-id", "B"),),
                (("x-ms-client-request-id", "C"),),
                (("x-ms-request-id", "B"), ("x-ms-client-request-id", "C")),
                (("x-request-id", "A"), ("x-ms-request-id", "B"), ("x-ms-client-request-id", "C"), ("TraceId", "T")),
                (("x-request-id", "A" * 100),),
                (("x-request-id", "A" * 101),),
                (("x-ms-request-id", "B" * 101),),
                (("x-ms-client-request-id", "C" * 101), ("x-request-id", "A")),
            )
        ],
    ),
    "arrays": (
        SHOWN + "@input_schema('data', Numpy(np.array([[1, 2]])))\n@output_schema(Numpy(np.array([1.0])))\n"
        "def run(data): return shown(data)",
        [
            *SWAGGERS,
            *_asks('{"data": [[1, 2]]}', '{"data": [[1.9, 2]]}', '{"data": [["1", "2"]]}', '{"data": [[true, false]]}'),
            *_asks(
                '{"data": [[1, 2]], "more": 1}',
                '{"data": [[1, 2]], "data": [[3, 4]]}',
                "{}",
                "",
                "[]",
                "null",
                "{",
                "1",
            ),
            *_asks(('{"data": []}', 400), ('{"data": [[1]]}', 400), ('{"data": [1, 2]}', 400), ('{"data": null}', 400)),
            *_asks(('{"data": [[1, "x"]]}', 400), ('{"data": [[1, null]]}', 400), ('{"data": [[1, NaN]]}', 400)),
            *_asks(('{"data": [[1, 99999999999999999999]]}', 400), ('{"data": {"a": 1}}', 400), ('{"data": "x"}', 400)),
            Ask('{"data": [[1, 2]]}'.encode("utf-16")),
            Ask('{"data": [[1, 2]]}'.encode("utf-32")),
            Ask('﻿{"data": [[1, 2]]}'),
            Ask(b'{"data": "\xff"}', better=400),
            *(
                Ask('{"data": [[1, 2]]}', headers=(("Content-Type", kind),) if kind else ())
                for kind in (
                    "",
                    "text/json",
                    "application/json;charset=utf-8",
                    "application/problem+json",
                    "APPLICATION/JSON",
                    "application/jsonx",
                    "text/x+json",
                    "multipart/form-data; boundary=b",
                )
            ),
            get("/score?data=[[1,2]]"),
            get("/score?data=[1,2]&data=[3,4]"),
            get("/score?data=x", better=400),
            get("/score"),
        ],
    ),
    "frames": (
        SHOWN
        + "@input_schema('data', Pandas(frame))\n@output_schema(Standard({'p': [0.5]}))\ndef run(data): return shown(data)",
        [
            *SWAGGERS,
            *_asks(
                '{"data": [{"a": 1, "b": 2, "c": "z", "d": true}]}',
                '{"data": [{"d": true, "c": "z", "b": 2.5, "a": 1}]}',
            ),
            *_asks(
                '{"data": [{"a": 1.7, "b": 2, "c": "z", "d": true}]}',
                '{"data": [{"a": "7", "b": "2", "c": 3, "d": 1}]}',
            ),
            *_asks(
                '{"data": [{"a": 1, "b": null, "c": null, "d": true}]}',
                '{"data": [{"a": 1, "b": 2, "c": "z", "x": 0}]}',
            ),
            *_asks('{"data": {"a": {"0": 1}, "b": {"0": 2}, "c": {"0": "x"}, "d": {"0": true}}}'),
            *_asks(('{"data": []}', 400), ('{"data": [{"a": 1}]}', 400), ('{"data": 5}', 400), ('{"data": null}', 400)),
            *_asks(('{"data": [{"a": "x", "b": 2, "c": "z", "d": true}]}', 400)),
        ],
    ),
    "frames in every orient": (
        SHOWN
        + "".join(
            f"@input_schema('{orient}', Pandas(frame[['a', 'b']], orient='{orient}'))\n"
            for orient in ("split", "index", "columns", "values", "table")
        )
        + "def run(split=None, index=None, columns=None, values=None, table=None):\n"
        "    return shown({'s': split, 'i': index, 'c': columns, 'v': values, 't': table})",
        [
            *SWAGGERS,
            Ask(
                '{"split": {"columns": ["a", "b"], "index": [0], "data": [[1, 2.5]]},'
                ' "index": {"0": {"a": 1, "b": 2.5}}, "columns": {"a": {"0": 1}, "b": {"0": 2.5}}, "values": [[1, 2.5]],'
                ' "table": {"schema": {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "number"}]},'
                ' "data": [{"a": 1, "b": 2.5}]}}'
            ),
        ],
    ),
    "several parameters": (
        SHOWN
        + "@input_schema('n', Standard(1))\n@input_schema('x', Standard(1.5))\n@input_schema('s', Standard('a'))\n"
        "@input_schema('when', Standard(dt.datetime(2020, 1, 2, 3)), optional=True)\n@input_schema('raw', Standard(b'abc'))\n"
        "@input_schema('many', Standard([1, 2]), convert_to_provided_type=False)\n@output_schema(Standard(True))\n"
        "def run(n, x=2.5, s='d', when=None, raw=b'', many=None, free=7): return shown([n, x, s, when, raw, many, free])",
        [
            *SWAGGERS,
            *_asks(
                '{"n": 1}', '{"n": 1, "x": 3, "s": "ü", "raw": "YWJj", "many": "any", "free": {"a": 1}}', '{"x": 1}'
            ),
            *_asks('{"n": 1, "when": "2021-02-03T04:05:06"}', '{"n": 1, "when": ""}', '{"n": true}'),
            *_asks('{"n": 99999999999999999999}'),
            *_asks(('{"n": 1.5}', 400), ('{"n": "1"}', 400), ('{"n": 1, "x": "2"}', 400), ('{"n": 1, "s": 1}', 400)),
            *_asks(('{"n": 1, "when": "noon"}', 400), ('{"n": 1, "raw": 5}', 400)),
            get("/score?n=1&s=x&x=2"),
            get("/score?n=1&s=5", better=400),
        ],
    ),
    "nested": (
        SHOWN
        + "@input_schema('Inputs', Standard({'in': Pandas(frame), 'arrays': Standard([Numpy(np.array([1.0]))]), 'n': 1}))\n"
        "@input_schema('GlobalParameters', Standard({'method': 'predict'}))\n@output_schema(Standard({'Results': [1.5]}))\n"
        "def run(Inputs, GlobalParameters={'method': 'predict'}): return shown([Inputs, GlobalParameters])",
        [
            *SWAGGERS,
            *_asks(
                '{"Inputs": {"in": [{"a": 1, "b": 2, "c": "z", "d": true}], "arrays": [[1], [2, 3]], "n": "any", "o": 1}}'
            ),
            *_asks('{"Inputs": {}, "GlobalParameters": {}}', '{"Inputs": {"n": 5}}', "{}"),
            *_asks(
                ('{"Inputs": []}', 400),
                ('{"Inputs": {"in": 5}}', 400),
                ('{"Inputs": {}, "GlobalParameters": 1.0}', 400),
            ),
        ],
    ),
    "numpy types": (
        SHOWN + "@input_schema('i', Numpy(np.array([1, 2], dtype='i2')), optional=True)\n"
        "@input_schema('u', Numpy(np.array([[['ab']]])), optional=True)\n"
        "@input_schema('s', Numpy(np.array([(1, 2.5, 'x')], dtype=[('n', 'i4'), ('f', 'f4'), ('t', 'U3')])), optional=True)\n"
        "@input_schema('t', Numpy(np.array([5], dtype='m8[D]')), optional=True)\n@output_schema(Numpy(np.array([[True]])))\n"
        "def run(i=None, u=None, s=None, t=None): return shown([i, u, s.tolist() if s is not None else s, t])",
        [
            get("/swagger.json?version=2"),
            *_asks('{"i": [1, 2, 3]}', '{"u": [[["abc"]]]}', '{"s": [{"n": 1, "f": 2, "t": "abcd"}, [1, 2, "x"]]}'),
            *_asks(
                '{"t": ["5 days", "2 weeks"]}',
                ('{"t": ["5"]}', 400),
                ('{"i": [99999]}', 400),
                ('{"s": [{"n": 1}]}', 400),
            ),
        ],
    ),
    "mixed list": (
        HEAD + "@input_schema('n', Standard([1, 'a']))\ndef run(n): return n",
        [get("/swagger.json?version=2"), get("/swagger.json?version=3"), Ask('{"n": [1, "b", null]}')],
    ),
    "output only": (
        HEAD + "@output_schema(Standard(1))\ndef run(data, other=2): return [data, other]",
        [*SWAGGERS, *_asks('{"data": 1}', '{"data": {"a": [1]}, "other": null}', "{}", "x"), get("/score?data=1")],
    ),
    "decorated below another decorator": (
        HEAD + "import functools\ndef timed(function):\n    @functools.wraps(function)\n"
        "    def wrapper(*args, **kwargs): return ['timed', function(*args, **kwargs)]\n    return wrapper\n"
        "@timed\n@input_schema('data', Numpy(np.array([[1.0]])))\ndef run(data):\n    return (1 / data).tolist()",
        [*_asks('{"data": [[2]]}', "{}", ('{"data": [2]}', 400)), get("/swagger.json")],
    ),
    "another decorator in between": (
        HEAD + "import functools\ndef timed(function):\n    @functools.wraps(function)\n"
        "    def wrapper(*args, **kwargs): return ['timed', function(*args, **kwargs)]\n    return wrapper\n"
        "@input_schema('data', Numpy(np.array([[1.0]])))\n@timed\ndef run(data):\n    return data.tolist()",
        [*_asks('{"data": [[2]]}', "{}", ('{"data": [2]}', 400)), get("/swagger.json")],
    ),
    "raw": (
        "from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp\n"
        "from azureml_inference_server_http.api.aml_response import AMLResponse\n"
        "def init(): pass\n@rawhttp\ndef run(request):\n    return AMLResponse(eval(request.headers['X-Do']), 200, json_str=True)",
        [
            Ask(body, method, path, (("X-Do", f"({do})"), ("Content-Type", kind)))
            for method, path, kind, body in (
                ("POST", "/score?a=1&a=2&b=%20x&c", "application/json", '{"j": 1}'),
                ("POST", "/score", "application/x-www-form-urlencoded", "k=v&k=w&l="),
                (
                    "POST",
                    "/score",
                    "multipart/form-data; boundary=B",
                    '--B\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n'
                    '--B\r\nContent-Disposition: form-data; name="u"; filename="n.txt"\r\nContent-Type: text/plain\r\n\r\nabc\r\n--B--\r\n',
                ),
            )
            for do in (
                "request.method, request.path, request.full_path, request.query_string.decode()",
                "request.args.get('a'), request.args.getlist('a'), request.args.get('none', 5), request.args.to_dict()",
                "request.args.get('a', type=int), dict(request.args), list(request.args)",
                "request.get_data().decode(), request.data.decode()",
                "request.get_data(as_text=True)",
                "request.data.decode(), request.form.to_dict(), request.form.get('k'), request.form.getlist('k')",
                "request.get_json(silent=True), request.is_json, request.mimetype, request.content_type",
                "request.get_json(force=True, silent=True)",
                "[(k, v.filename, v.read().decode(), v.content_type) for k, v in request.files.items()]",
                "request.headers.get('x-do')[:3], 'x-DO' in request.headers, request.headers.get('No', 1)",
                "request.content_length, request.host.split(':')[0], request.url.split('/', 3)[3], request.scheme",
                "sorted(request.values.to_dict().items()), request.cookies.get('a'), request.remote_addr",
                "request.json['j']",
                "request.stream.read().decode()",
                "isinstance(request, AMLRequest)" if kind == "never" else "1",
            )
            if not (do == "request.json['j']" and "json" not in kind)
            if not (do.startswith("request.get_data") and "json" not in kind)
            if not (do.startswith("request.stream") and "json" not in kind)
        ],
    ),
    "responses": (
        "import json\nfrom azureml_inference_server_http.api.aml_request import rawhttp\n"
        "from azureml_inference_server_http.api.aml_response import AMLResponse\n"
        "def init(): pass\n@rawhttp\ndef run(request): return eval(request.get_data(as_text=True) or '1')",
        [
            *_asks(
                "AMLResponse('text', 200)", "AMLResponse(b'\\x00\\xff', 201)", "AMLResponse({'a': 1}, 400, {}, True)"
            ),
            *_asks("AMLResponse(None, 202)", "AMLResponse('x', 500)", "AMLResponse('x', 503, {'Retry-After': '5'})"),
            *_asks("AMLResponse('x', 200, {'Content-Type': 'text/csv', 'X-A': 'a, b,c'})", "AMLResponse('', 204)"),
            *_asks(
                "AMLResponse('x', 200, {'content-type': 'text/plain'})",
                "AMLResponse('ü', 418)",
                "AMLResponse('x', 302, {'Location': '/y'})",
            ),
            *_asks("AMLResponse('x', 200, run_function_failed=True)", "AMLResponse([1, 'a'], 200, json_str=True)"),
            *_asks("{'plain': True}", "'text'", "None", "1 / 0"),
            Ask("", "OPTIONS", headers=()),
            Ask("", "HEAD", headers=()),
            get("/score?a=1"),
        ],
    ),
    "flask responses": (
        "import json\nfrom flask import Response, abort, jsonify, make_response\ndef init(): pass\n"
        "def run(raw): return eval(raw)",
        [
            *_asks(
                "Response('x', 201, {'X-A': '1'})", "Response('x', 500)", "Response(b'\\x00', mimetype='image/png')"
            ),
            *_asks(
                "Response(iter(['a', 'b']))",
                "abort(404)",
                "Response(json.dumps({'a': 1}), content_type='application/json')",
            ),
        ],
    ),
    "driver module": (
        "import types\ndriver_module = types.ModuleType('inner')\ndriver_module.__file__ = 'inner.py'\nexec('def run(data): return [data, state]\\nstate = []', vars(driver_module))\n"
        "def init(): driver_module.state.append('outer')\ndef run(*anything): raise AssertionError",
        [Ask("x")],
    ),
}

SURROUNDINGS: dict[str, tuple[dict[str, str], dict[str, str], str, list[Ask]]] = {
    "cors": (
        {"AML_CORS_ORIGINS": "https://a.example, https://b.example"},
        {},
        "def init(): pass\ndef run(raw): return raw",
        [
            Ask("x", method, path, (*AS_JSON, ("Origin", origin), *more))
            for method, path in (("POST", "/score"), ("GET", "/"), ("OPTIONS", "/score"), ("GET", "/swagger.json"))
            for origin in ("https://a.example", "https://b.example", "https://evil.example")
            for more in ((), (("Access-Control-Request-Method", "POST"),))
        ],
    ),
    "cors for all": (
        {"AML_CORS_ORIGINS": "*"},
        {},
        "def init(): pass\ndef run(raw): return raw",
        [Ask("x", method, "/score", (*AS_JSON, ("Origin", "https://c.example"))) for method in ("POST", "OPTIONS")],
    ),
    "service names": (
        {"SERVICE_NAME": "diabetes", "SERVICE_VERSION": "7.1", "SERVICE_PATH_PREFIX": "/api/v1/"},
        {},
        HEAD
        + "@input_schema('data', Numpy(np.array([[1.5]])))\ndef run(data): return [os.environ[n] for n in ('SERVICE_NAME',)]",
        [*SWAGGERS, get("/api/v1/score"), get("/"), Ask('{"data": [[1]]}')],
    ),
    "own documents": (
        {},
        {
            "swagger.json": '{"swagger": "2.0", "info": {"title": "Mine"}}',
            "swagger3.json": '{"info": {"title": "My own"}}',
        },
        "def init(): pass\ndef run(raw): return raw",
        SWAGGERS,
    ),
    "folders": (
        {"AZUREML_SOURCE_DIRECTORY": "source"},
        {"source/beside.py": "value = 'source'", "root_module.py": "value = 'root'", "data.txt": "text"},
        "import os\nimport beside, root_module\ndef init(): pass\n"
        "def run(raw): return [beside.value, root_module.value, __name__, open('data.txt').read(), os.path.basename(__file__)]",
        [Ask("x")],
    ),
    "config file": (
        {},
        {"config.json": '{"SERVICE_NAME": "from file", "SERVICE_VERSION": "2"}'},
        "def init(): pass\ndef run(raw): return raw",
        [get("/swagger.json")],
    ),
}

NOT_STARTED = {
    "import error": "import nothing_like_it",
    "syntax error": "def init(: pass",
    "exit": "import sys; sys.exit(0)",
    "init raises": "def init(): raise KeyboardInterrupt\ndef run(d): pass",
    "no init": "def run(d): pass",
    "no parameters": "def init(): pass\ndef run(): pass",
    "only headers": "def init(): pass\ndef run(request_headers): pass",
    "varargs": "def init(): pass\ndef run(*data): pass",
    "kwargs": "def init(): pass\ndef run(data, **more): pass",
    "positional only": "def init(): pass\ndef run(data, /): pass",
    "raw and schema": HEAD + "from azureml_inference_server_http.api.aml_request import rawhttp\n"
    "@rawhttp\n@input_schema('data', Standard(1))\ndef run(data): pass",
}


@pytest.fixture(scope="session")
def peer() -> Path:
    """The Python of the peer's environment, which is made whole before anybody uses it."""
    PLACE.parent.mkdir(exist_ok=True)
    python, made = PLACE / "bin" / "python", PLACE / "made"
    with PLACE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker of xdist's may be at it
        if not made.exists():
            _make_peer(python)
            made.touch()
    return python


def _make_peer(python: Path) -> None:
    install = ["pip", "install", "-q", "--python", str(python), *REQUIREMENTS]
    for command in (["venv", "-q", "--allow-existing", str(PLACE)], install):
        done = subprocess.run([sys.executable, "-m", "uv", *command], capture_output=True, text=True)
        if done.returncode and os.environ.get("CI"):
            pytest.fail(f"the peer cannot be installed: {done.stderr}")
        if done.returncode:
            pytest.skip(f"the peer cannot be installed: {done.stderr.splitlines()[-1:]}")


IN_THE_PEERS_PYTHON = ("flask responses", "raw", "responses", "arrays")


@pytest.mark.parametrize("name", IN_THE_PEERS_PYTHON)
def test_the_same_answers_with_a_worker_in_the_peers_environment(name: str, peer: Path, tmp_path: Path) -> None:
    """Flask, and Azure's own request and response, are there: scripts get and return the real ones, or may."""
    script, asks = CASES[name]
    folder = _application(script, {}, tmp_path)
    revision = {"python": str(peer), "isolated": False, "app_root": str(folder), "entry_script": "score.py"}
    (tmp_path / "revision.json").write_text(json.dumps(revision))
    with ours(folder, "--revision", str(tmp_path / "revision.json")) as here, theirs(peer, folder) as there:
        _assert_same(asks, here, there)


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"flask responses"}))
def test_the_same_answers(name: str, peer: Path, tmp_path: Path) -> None:
    script, asks = CASES[name]
    _play(script, asks, {}, {}, peer, tmp_path)


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_same_answers_in_surroundings(name: str, peer: Path, tmp_path: Path) -> None:
    env, files, script, asks = SURROUNDINGS[name]
    _play(script, asks, env, files, peer, tmp_path)


@pytest.mark.parametrize("name", NOT_STARTED)
def test_the_same_scripts_do_not_start(name: str, peer: Path, tmp_path: Path) -> None:
    folder = _application(NOT_STARTED[name], {}, tmp_path)
    for serve in (ours(folder), theirs(peer, folder)):
        with pytest.raises(NotStarted) as refused, serve:
            pass
        assert refused.value.code == 3


def _application(script: str, files: dict[str, str], tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "score.py").write_text(script)
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


def _play(script: str, asks: list[Ask], env: dict[str, str], files: dict[str, str], peer: Path, tmp_path: Path) -> None:
    folder = _application(script, files, tmp_path)
    with ours(folder, env=env) as here, theirs(peer, folder, env=env) as there:
        _assert_same(asks, here, there)


def _assert_same(asks: list[Ask], here: Server, there: Server) -> None:
    problems = [problem for ask in asks if (problem := _differ(ask, here, there)) is not None]
    assert not problems, "\n\n".join(problems)


def _differ(ask: Ask, here: Server, there: Server) -> str | None:
    body = ask.body.encode("utf-8", "surrogatepass") if isinstance(ask.body, str) else ask.body
    mine, other = (send(server.port, ask.method, ask.path, body, ask.headers) for server in (here, there))
    try:
        _compare(ask, mine, other)
    except (AssertionError, ValueError) as error:
        return f"{ask}\nours   {mine}\ntheirs {other}\n{error!s:.600}"
    return None


_IDS = {"x-request-id", "x-ms-request-id", "x-ms-client-request-id"}
_OWN = {"server", "date", "connection", "content-length", "transfer-encoding", "allow", "x-ms-run-fn-exec-ms"}


def _compare(ask: Ask, mine: Exchange, other: Exchange) -> None:
    if ask.better is not None:
        assert other.status == 500, "there it works"
        assert mine.status == ask.better
        return
    assert mine.status == other.status
    given = {value for _, value in ask.headers}
    mine_headers, other_headers = _comparable(mine, given), _comparable(other, given)
    assert other_headers <= mine_headers, other_headers - mine_headers
    more = {name for name, _ in mine_headers - other_headers}
    assert more <= _allowed_more(ask, other), mine_headers - other_headers
    if (other.header("content-type") or "").startswith("application/json") and other.body:
        if other.status >= 400:
            assert set(mine.json) == set(other.json)
        else:
            assert same_value(mine.json, other.json)
    else:
        assert mine.body == other.body


def _allowed_more(ask: Ask, other: Exchange) -> set[str]:
    """Headers that ours may have and theirs not: warnings, ids on errors, the whole of a preflight."""
    allowed = {"x-mlops-warning"}
    if other.status in (404, 405):
        allowed |= {"traceid", "vary", "x-ms-server-version", *_IDS}
    if ask.method == "OPTIONS":
        allowed |= {"access-control-allow-methods", "x-ms-run-function-failed"}
    return allowed


def _comparable(answer: Exchange, given: set[str]) -> set[tuple[str, str]]:
    """Headers whose values must agree; ids by value where the client gave them, by name where the server made them."""
    return {
        (name, value if name not in _IDS or value in given else "made")
        for name, value in answer.headers
        if name not in _OWN
    }
