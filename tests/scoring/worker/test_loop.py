"""The frame loop: groups, deadlines, the slots, the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from driving import BOOT, Worker

from jupyter_mlops.scoring.wire import Kind, unpack_answers

Serve = Callable[..., Worker]

LONG = """
import time
from pathlib import Path
def init(): pass
def run(raw):
    print("ran", raw)
    while raw.startswith("long"):
        time.sleep(0.01)
        if Path(__file__).with_name("go").exists():
            break
    return raw
"""
"""A request that begins with "long" is run until `let_go`."""


def let_go(worker: Worker) -> None:
    worker.log_path.with_name("go").touch()


def slot(worker: Worker) -> int:
    return int.from_bytes(worker.slots[:4], "little")


def wait_for(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_slow_request_does_not_hold_up_the_answers_before_it(serve: Serve) -> None:
    worker = serve(LONG)
    numbers = worker.send(b"0", b"1", b"long", b"3")
    assert [answer.id for answer in worker.answers(2)] == numbers[:2]
    let_go(worker)
    assert [answer.id for answer in worker.answers(2)] == numbers[2:]


def test_the_slot_shows_what_runs(serve: Serve) -> None:
    worker = serve(LONG)
    _, second = worker.send(b"0", b"long")
    wait_for(lambda: slot(worker) == second + 1)
    let_go(worker)
    worker.answers(2)
    wait_for(lambda: slot(worker) == 0)


def test_a_cancelled_request_is_not_run(serve: Serve) -> None:
    worker = serve(LONG)
    worker.send(b"long")
    (second,) = worker.send(b"second")
    worker.cancel(second)
    worker.send(b"third")
    let_go(worker)
    assert [json.loads(answer.body) for answer in worker.answers(2)] == ["long", "third"]
    assert worker.log.splitlines() == ["ran long", "ran third"]


def test_a_cancelled_request_is_not_run_when_it_came_with_the_one_that_runs(serve: Serve) -> None:
    worker = serve(LONG)
    _, second, _ = worker.send(b"long", b"second", b"third")
    wait_for(lambda: worker.log == "ran long\n")
    worker.cancel(second)
    let_go(worker)
    assert [json.loads(answer.body) for answer in worker.answers(2)] == ["long", "third"]


STREAM = """
import time
def init(): pass
def run(raw):
    def pieces():
        try:
            while True:
                time.sleep(0.01)
                yield {"piece": 1}
        finally:
            print("closed", raw)
    return pieces() if raw.startswith("stream") else raw
"""


def test_a_cancelled_stream_ends_though_another_request_waits(serve: Serve) -> None:
    worker = serve(STREAM)
    (stream,) = worker.send(b"stream")
    assert worker.frame()[0] == Kind.ANSWER
    (other,) = worker.send(b"other")
    for _ in range(5):  # the worker has looked at its socket, and has seen the other request
        assert worker.frame()[0] == Kind.CHUNK
    worker.cancel(stream)
    while (last := worker.frame())[0] == Kind.CHUNK:
        pass
    assert [answer.id for answer in unpack_answers(last[1])] == [other]
    assert worker.log == "closed stream\n"


def test_a_request_cancelled_while_a_stream_runs_is_not_run(serve: Serve) -> None:
    worker = serve(STREAM)
    (stream,) = worker.send(b"stream one")
    assert worker.frame()[0] == Kind.ANSWER
    (second,) = worker.send(b"stream two")
    worker.cancel(second)
    for _ in range(5):
        assert worker.frame()[0] == Kind.CHUNK
    worker.cancel(stream)
    (last,) = worker.send(b"last")
    while (message := worker.frame())[0] == Kind.CHUNK:  # those that were on their way
        pass
    assert [answer.id for answer in unpack_answers(message[1])] == [last]
    assert worker.log == "closed stream one\n"


def test_the_end_of_the_link_finishes_what_came(serve: Serve) -> None:
    worker = serve("""
        def init(): pass
        def run(raw):
            print("ran", raw)
            return raw
        """)
    worker.send(b"a", b"b")
    worker.socket.shutdown(1)
    assert [json.loads(answer.body) for answer in worker.answers(2)] == ["a", "b"]
    assert worker.close() == 0


def test_a_worker_ends_with_its_front_even_while_it_runs(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(LONG)
    front = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(BOOT.parents[3])!r})
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from driving import Worker
        worker = Worker({{"app_root": {str(tmp_path)!r}, "entry_script": "score.py"}})
        worker.send(b"long")
        print(worker.process.pid, flush=True)
        sys.stdin.read()
        """)
    with subprocess.Popen([sys.executable, "-c", front], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        worker = psutil.Process(int(process.stdout.readline()))
        process.send_signal(signal.SIGKILL)
        process.wait()
    worker.wait(timeout=60)


@pytest.mark.parametrize(
    "hangs", ["while True: pass", "import re; re.match('(a+)+$', 'a' * 64 + 'b')"], ids=["in Python", "in native code"]
)
def test_a_worker_ends_with_its_front_even_while_it_starts(tmp_path: Path, hangs: str) -> None:
    (tmp_path / "score.py").write_text(f"def init():\n    {hangs}\ndef run(raw): return raw\n")
    front = textwrap.dedent(f"""
        import json, socket, subprocess, sys
        sys.path.insert(0, {str(BOOT.parents[3])!r})
        from jupyter_mlops.scoring.wire import Kind, frame
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-I", {str(BOOT)!r}, "--fd", str(theirs.fileno())]
        worker = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        revision = {{"app_root": {str(tmp_path)!r}, "entry_script": "score.py"}}
        ours.sendall(frame(Kind.CONFIGURE, json.dumps(revision).encode()))
        said = b""
        while b"init" not in said:
            said += ours.recv(1024)
        print(worker.pid, flush=True)
        sys.stdin.read()
        """)
    with subprocess.Popen([sys.executable, "-c", front], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        worker = psutil.Process(int(process.stdout.readline()))
        process.send_signal(signal.SIGKILL)
        process.wait()
    worker.wait(timeout=60)


def test_a_large_body_comes_whole(serve: Serve) -> None:
    worker = serve("""
        import zlib
        def init(): pass
        def run(raw): return [len(raw), zlib.crc32(raw.encode())]
        """)
    import zlib

    body = os.urandom(4_000_000).hex().encode()
    assert worker.value(body) == [len(body), zlib.crc32(body)]
    answers = worker.score_many(b"a", body, b"b")
    assert [json.loads(answer.body)[0] for answer in answers] == [1, len(body), 1]


def test_memory_does_not_grow(serve: Serve) -> None:
    worker = serve("""
        import numpy as np
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
        def init(): pass
        @input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
        def run(data):
            if data[0, 0] < 0:
                raise ValueError("negative")
            return data * 2
        """)
    bodies = [b'{"data": [[1, 2], [3, 4]]}', b'{"data": [[1]]}', b'{"data": [[-1, 2]]}', b"{"] * 8
    process = psutil.Process(worker.process.pid)
    for _ in range(20):
        worker.score_many(*bodies)
    before = process.memory_info().rss
    for _ in range(150):
        worker.score_many(*bodies)
    assert process.memory_info().rss - before < 2_000_000


def test_functions_of_the_script_go_to_other_processes(serve: Serve) -> None:
    """joblib's processes cannot import `entry_module`: cloudpickle sends the functions whole."""
    worker = serve("""
        from joblib import Parallel, delayed
        def twice(n): return 2 * n
        def init(): pass
        def run(raw): return Parallel(n_jobs=2)(delayed(twice)(n) for n in range(3))
        """)
    assert worker.value("") == [0, 2, 4]
