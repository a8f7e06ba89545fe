"""What `run` may return, and how it is sent."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest
from driving import Worker

from jupyter_mlops.scoring.wire import AnswerFlag

Serve = Callable[..., Worker]

RESULTS = """
import dataclasses
import datetime as dt
import decimal
import enum
import uuid
import numpy as np
import pandas as pd

@dataclasses.dataclass
class Point:
    x: int
    _when: dt.date = dt.date(2020, 1, 2)

class Colour(enum.Enum):
    RED = "red"

frame = pd.DataFrame({"n": [1, 2], "when": pd.to_datetime(["2020-01-02", None]), "s": ["a", None]})

def init(): pass
def run(expression): return eval(expression)
"""


@pytest.fixture
def worker(serve: Serve) -> Worker:
    return serve(RESULTS)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'text'", "text"),
        ("None", {}),
        ("[None]", [None]),
        ("{'a': (1, 2)}", {"a": [1, 2]}),
        ("{1: 'a', None: 'b', True: 'c'}", {"1": "c", "null": "b"}),
        ("2**70", 2**70),
        ("'\\ud800'", "\ud800"),
        ("'ünï ☃'", "ünï ☃"),
        ("np.arange(4).reshape(2, 2)", [[0, 1], [2, 3]]),
        ("np.int64(5)", 5),
        ("np.float32(0.5)", 0.5),
        ("np.bool_(True)", True),
        ("[np.float64(1.5), np.str_('x')]", [1.5, "x"]),
        ("{'p': np.array([1.5])}", {"p": [1.5]}),
        ("np.array(['2020-01-02', 'NaT'], dtype='M8[D]')", ["2020-01-02", None]),
        ("np.array([5], dtype='m8[s]')", [5.0]),
        ("np.array([(1, 2.5)], dtype=[('a', 'i4'), ('b', 'f8')])", [{"a": 1, "b": 2.5}]),
        ("frame[['n']]", [{"n": 1}, {"n": 2}]),
        ("frame[['n', 'when']]", [{"n": 1, "when": "2020-01-02T00:00:00"}, {"n": 2, "when": None}]),
        ("frame.n", [1, 2]),
        ("frame.index", [0, 1]),
        ("pd.NA", None),
        ("pd.Timestamp('2020-01-02')", "2020-01-02T00:00:00"),
        ("pd.Timedelta('2s')", 2.0),
        ("dt.datetime(2020, 1, 2, tzinfo=dt.timezone.utc)", "2020-01-02T00:00:00+00:00"),
        ("[dt.date(2020, 1, 2), dt.time(3, 4), dt.timedelta(seconds=1.5)]", ["2020-01-02", "03:04:00", 1.5]),
        ("Point(1)", {"x": 1, "_when": "2020-01-02"}),
        ("Colour.RED", "red"),
        ("decimal.Decimal('1.5')", 1.5),
        ("uuid.UUID(int=1)", "00000000-0000-0000-0000-000000000001"),
        ("{3}", [3]),
    ],
)
def test_values_become_json(worker: Worker, expression: str, value: object) -> None:
    answer = worker.score(expression)
    assert (answer.status, answer.head) == (200, b""), answer.body
    assert answer.flags == AnswerFlag.TIMED
    assert json.loads(answer.body) == value


@pytest.mark.parametrize("expression", ["float('nan')", "[np.array([np.nan, 1])][0]", "{'a': [None, float('nan')]}"])
def test_nan_stays_nan(worker: Worker, expression: str) -> None:
    assert b"NaN" in worker.score(expression).body


def test_infinity_stays_infinity(worker: Worker) -> None:
    assert worker.value("[float('inf'), None]") == [math.inf, None]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("{'a': [1, b'x']}", "result['a'][1]: bytes have no JSON form"),
        ("object()", "an object of type object has no JSON form"),
        ("[complex(1)]", "result[0]"),
        ("np.array([1j])", "complex128"),
    ],
)
def test_what_is_not_json_is_said_with_its_place(worker: Worker, expression: str, words: str) -> None:
    answer = worker.score(expression)
    assert (answer.status, answer.flags & AnswerFlag.RUN_FAILED) == (500, 0)
    assert words in json.loads(answer.body)["message"]


def test_bytes_are_sent_as_they_are(worker: Worker) -> None:
    answer = worker.score(r"b'\x00\xff'")
    assert answer.body == b"\x00\xff"
    assert json.loads(answer.head) == [["Content-Type", "application/octet-stream"]]


def test_the_answer_is_the_same_without_orjson(serve: Serve, tmp_path: object) -> None:
    blocked = "import sys\nsys.modules['orjson'] = None\n" + RESULTS
    worker = serve(blocked)
    assert worker.value("[frame[['n', 'when']], Point(1), {1: np.arange(2)}, 2**70, Colour.RED, dt.time(3)]") == [
        [{"n": 1, "when": "2020-01-02T00:00:00"}, {"n": 2, "when": None}],
        {"x": 1, "_when": "2020-01-02"},
        {"1": [0, 1]},
        2**70,
        "red",
        "03:00:00",
    ]


# ── responses ──


def test_responses_keep_their_status_headers_and_body(serve: Serve) -> None:
    worker = serve("""
        from jupyter_mlops import Response
        def init(): pass
        def run(kind):
            if kind == "bad":
                return Response("bad request", 500)
            if kind == "none":
                return Response(None, 202)
            if kind == "failed":
                return Response("x", 200, run_function_failed=True)
            if kind == "later":
                answer = Response({"a": 1}, 200, json_str=True)
                answer.headers["X-More"] = "1"
                answer.headers.add("X-More", "2")
                answer.content_type = "application/hal+json"
                return answer
            return Response(iter(["a", b"b"]), 200, {"Content-Type": "text/plain"})
        """)
    answer = worker.score("bad")
    assert (answer.status, answer.flags, answer.body) == (
        500,
        AnswerFlag.RUN_FAILED | AnswerFlag.TIMED,
        b"bad request",
    )
    answer = worker.score("none")
    assert (answer.status, answer.body, json.loads(answer.head)) == (202, b"{}", [["Content-Type", "application/json"]])
    assert worker.score("failed").flags & AnswerFlag.RUN_FAILED
    head = dict(map(tuple, json.loads(worker.score("later").head)))
    assert head == {"Content-Type": "application/hal+json", "X-More": "2"}
    answer, chunks, last = worker.stream("stream")
    assert (chunks, last) == ([b"a", b"b"], 1)


def test_a_starlette_like_response(serve: Serve) -> None:
    worker = serve("""
        class Response:
            status_code = 418
            raw_headers = [(b"content-type", b"text/plain"), (b"content-length", b"3"), (b"x-a", b"1"), (b"x-a", b"2")]
            headers = {}
            body = b"tea"
        def init(): pass
        def run(raw): return Response()
        """)
    answer = worker.score("")
    assert (answer.status, answer.body) == (418, b"tea")
    assert answer.flags == AnswerFlag.PLAIN | AnswerFlag.TIMED
    *head, (name, milliseconds) = json.loads(answer.head)
    assert head == [["content-type", "text/plain"], ["x-a", "1"], ["x-a", "2"]]
    assert name == "x-ms-run-fn-exec-ms"
    assert float(milliseconds) >= 0


# ── streams ──

STREAMS = """
def init(): pass
def run(raw):
    if raw == "early":
        raise ValueError("early")
    yield {"n": 1}
    if raw == "late":
        raise ValueError("late")
    if raw == "exit":
        raise SystemExit(1)
    yield float("nan") if raw == "nan" else "two"
"""


def test_a_generator_is_streamed_as_lines_of_json(serve: Serve) -> None:
    worker = serve(STREAMS)
    assert worker.ready["needs_head"] is True
    answer, chunks, last = worker.stream("x")
    assert answer.flags == AnswerFlag.STREAM | AnswerFlag.TIMED
    assert ["Content-Type", "application/x-ndjson"] in json.loads(answer.head)
    assert (chunks, last) == ([b'{"n":1}\n', b'"two"\n'], 1)
    assert worker.stream("x")[1] == chunks


def test_server_sent_events_where_the_client_asks_for_them(serve: Serve) -> None:
    worker = serve(STREAMS)
    answer, chunks, _ = worker.stream("nan", head={"method": "POST", "headers": [["Accept", "text/event-stream"]]})
    assert ["Content-Type", "text/event-stream"] in json.loads(answer.head)
    assert chunks == [b'data: {"n":1}\n\n', b"data: NaN\n\n"]


def test_a_generator_that_fails_at_once_is_500_and_later_is_cut(serve: Serve) -> None:
    worker = serve(STREAMS)
    assert worker.score("early").status == 500
    assert worker.stream("late")[1:] == ([b'{"n":1}\n'], 2)
    assert "ValueError: late" in worker.log
    assert worker.stream("exit")[2] == 2
    assert worker.process.wait(timeout=60) == 1


def test_async_generators_and_bytes_are_streamed(serve: Serve) -> None:
    worker = serve("""
        import asyncio
        def init(): pass
        async def run(raw):
            for piece in (b"a", b"b"):
                await asyncio.sleep(0)
                yield piece
        """)
    answer, chunks, last = worker.stream("x")
    assert ["Content-Type", "application/octet-stream"] in json.loads(answer.head)
    assert (chunks, last) == ([b"a", b"b"], 1)


def test_a_cancelled_stream_ends_its_generator(serve: Serve) -> None:
    from jupyter_mlops.scoring.wire import Kind, frame

    worker = serve("""
        import itertools
        def init(): pass
        def run(raw):
            if raw == "next":
                return (each for each in ("alive",))
            return endless()
        def endless():
            try:
                for number in itertools.count():
                    yield number
            finally:
                print("closed")
        """)
    (number,) = worker.send(b"x")
    assert worker.frame()[0] == Kind.ANSWER
    worker.socket.sendall(frame(Kind.CANCEL, number.to_bytes(4, "little")))
    (following,) = worker.send(b"next")
    texts = []
    while True:
        kind, payload = worker.frame()
        if kind == Kind.CHUNK and payload[:4] == following.to_bytes(4, "little"):
            texts.append(payload[5:])
            if payload[4]:
                break
    assert b'"alive"\n' in texts
    assert worker.log.splitlines() == ["closed"]
