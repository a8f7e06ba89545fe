"""Hard to kill: candidates, crashes, timeouts, overload, reload, draining. Real processes, exact counts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import venv
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pytest

from tests.load import Load
from tests.scoring.front.conftest import ECHO, KEY, MEET, RunningFront, Start, read_all

SLOW_INIT = "import time\ndef init(): time.sleep(60)\ndef run(data): return 1\n"
BAD_INIT = "def init():\n    print('about to fail')\n    1 / 0\ndef run(data): return 1\n"
DIES_LATER = """
import os
from pathlib import Path

def init():
    if Path("poisoned").exists():
        os._exit(9)

def run(data):
    Path("poisoned").touch()
    os._exit(8)
"""
COMES_BACK_SLOWLY = """
import os, time
from pathlib import Path

def init():
    if Path("died").exists():
        time.sleep(1.5)

def run(data):
    if data == "die":
        Path("died").touch()
        os._exit(9)
    time.sleep(0.1)
    return data
"""
STREAM = """
import time

def init(): pass

def run(data):
    def pieces():
        for n in range(int(data)):
            yield "x" * 100_000
    return pieces()
"""
HOLDS_THE_GIL = """
import re

def init(): pass

def run(data):
    if data == "stuck":
        re.match(r"(a+)+$", "a" * 64 + "b")  # one call in C that never lets go
    return data
"""


def revision(front: RunningFront, number: int, script: str = ECHO, **more: Any) -> dict[str, Any]:
    folder = front.folder / f"app{number}"
    folder.mkdir(exist_ok=True)
    (folder / "score.py").write_text(script)
    return {"revision": number, "service": "s", "app_root": str(folder), "entry_script": "score.py", **more}


def worker_pids(front: RunningFront) -> list[int]:
    return [worker["pid"] for worker in front.control.get("/status").json()["workers"]]


PATIENT = ("--wait-ms", "30000")
"""What is lost is lost by an update or a death, not because a busy machine let requests wait."""


def load(front: RunningFront, **more: Any) -> Load:
    return Load("127.0.0.1", front.port, key=KEY, **more)


# --- candidates


def test_a_candidate_is_proven_then_takes_over(start: Start) -> None:
    front = start()
    document = revision(front, 2, ECHO.replace('"echo"', '"second"'), probe={"body": '{"p": 1}'})
    events = front.candidate(document)
    assert events[0] == {"stage": "starting"}
    assert {"log": "init ran"} in events
    assert events[-1]["ready"] is True
    assert json.loads(events[-1]["probe"]["body"])["second"] == {"p": 1}
    assert events[-1]["probe"]["status"] == 200
    assert "echo" in front.post({}).json()
    assert front.candidate(document)[-1] == events[-1]  # the same one, at once
    assert front.control.get("/status").json()["candidate"] == 2
    assert front.control.post("/candidate/activate").json() == {"revision": 2}
    assert "second" in front.post({}).json()
    assert front.control.get("/status").json()["revision"] == 2
    assert front.control.post("/candidate/activate").status_code == 409


def test_a_candidate_that_fails_leaves_the_old_one(front: RunningFront) -> None:
    pids = worker_pids(front)
    failed = front.candidate(revision(front, 2, BAD_INIT))[-1]["failed"]
    assert failed["where"] == "init"
    assert "ZeroDivisionError" in failed["message"]
    assert 'score.py", line 3' in failed["traceback"]
    assert "about to fail" in failed["tail"]
    assert failed["exit_code"] == 3
    assert front.post({}).status_code == 200
    assert worker_pids(front) == pids
    status = front.control.get("/status").json()
    assert (status["state"], status["candidate"]) == ("Healthy", None)


def test_a_candidate_can_be_stopped(front: RunningFront) -> None:
    events: list[dict[str, Any]] = []
    asking = threading.Thread(target=lambda: events.extend(front.candidate(revision(front, 2, SLOW_INIT))))
    asking.start()
    front.until(lambda status: status["candidate"] == 2)
    assert front.control.delete("/candidate").json() == {"discarded": 2}
    asking.join(60)
    assert events[-1]["failed"]["where"] == "discarded"
    assert front.post({}).status_code == 200


def test_init_has_a_time_limit(front: RunningFront) -> None:
    failed = front.candidate(revision(front, 2, SLOW_INIT, limits={"init_timeout_s": 0.5}))[-1]["failed"]
    assert failed["where"] == "init timeout"
    assert "0.5 s" in failed["message"]


@pytest.mark.parametrize("workers", [1, 8])
def test_an_interpreter_that_ends_at_once_is_said(front: RunningFront, workers: int) -> None:
    failed = front.candidate(revision(front, 2, python=shutil.which("false"), workers=workers))[-1]["failed"]
    assert (failed["where"], failed["exit_code"]) == ("crash", 1)
    assert front.post({}).status_code == 200
    assert front.stop() == 0


@pytest.mark.parametrize("workers", [1, 3])
def test_the_fallback_gives_another_interpreter(front: RunningFront, workers: int) -> None:
    lock = front.folder / "lock.json"
    lock.write_text(
        json.dumps({"python": "3.11", "packages": [{"name": "no-such-thing", "version": "1", "modules": []}]})
    )
    without = front.candidate(revision(front, 2, lock=str(lock), isolated=True))[-1]["failed"]
    assert without["where"] == "lock"
    assert without["exit_code"] == 4
    command = [sys.executable, "-c", "import sys; print('building', file=sys.stderr); print('/no/such/python')"]
    document = revision(front, 2, lock=str(lock), isolated=True, fallback=command, workers=workers)
    events = front.candidate(document)
    assert {"stage": "environment"} in events
    assert {"log": "building"} in events
    assert "/no/such/python" in events[-1]["failed"]["message"]


@pytest.mark.parametrize("workers", [1, 3])
def test_all_workers_run_in_the_interpreter_that_the_fallback_gives(front: RunningFront, workers: int) -> None:
    venv.create(front.folder / "venv")
    (site,) = (front.folder / "venv/lib").glob("python*/site-packages")
    (site / "no_such_thing-1.dist-info").mkdir()
    (site / "no_such_thing-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: no-such-thing\nVersion: 1\n")
    lock = front.folder / "lock.json"
    packages = [{"name": "no-such-thing", "version": "1", "modules": []}]
    lock.write_text(json.dumps({"python": f"3.{sys.version_info[1]}", "packages": packages}))
    python = front.folder / "venv/bin/python"
    command = [sys.executable, "-c", f"print({str(python)!r})"]
    document = revision(front, 2, lock=str(lock), isolated=True, fallback=command, workers=workers)
    assert front.candidate(document)[-1].get("ready"), front.candidate(document)[-1]
    front.control.post("/candidate/activate").raise_for_status()
    status = front.until(lambda status: len(status["workers"]) == workers and status["revision"] == 2)
    assert {worker["state"] for worker in front.control.get("/status").json()["workers"]} == {"Ready"}, status


def test_updates_under_load_lose_no_request(start: Start) -> None:
    front = start(ECHO, *PATIENT)
    limits = {"wait_ms": 30000}
    with load(front, rate=300) as running:
        running.wait_for(50)
        for number in range(2, 7):
            assert front.candidate(revision(front, number, limits=limits))[-1]["ready"]
            front.control.post("/candidate/activate").raise_for_status()
            running.wait_for(50)
    assert running.report.lost == 0, running.report
    front.until(lambda status: len(status["workers"]) == 1)


# --- a worker that dies


def test_a_worker_that_dies_takes_only_what_it_ran(start: Start) -> None:
    front = start(ECHO, *PATIENT)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(front.post, {"exit": 7}), *(threads.submit(front.post, {"n": n}) for n in range(30))]
        answers = [one.result() for one in asked]
    assert [answer.status_code for answer in answers] == [500] + [200] * 30
    assert answers[0].headers["x-ms-run-function-failed"] == "True"
    assert "code 7" in answers[0].json()["message"]
    assert front.wait()["restarts"] == 1


@pytest.mark.slow
def test_killing_workers_under_load_loses_at_most_the_one_that_ran(start: Start) -> None:
    front = start(ECHO, *PATIENT)
    kills = 8
    with load(front, rate=400) as running:
        running.wait_for(100)
        for _ in range(kills):
            os.kill(front.wait()["workers"][0]["pid"], signal.SIGKILL)
            running.wait_for(100)
    report = running.report
    assert set(report.failures) <= {"500"}, report
    assert report.lost <= kills, report
    assert report.sent == report.succeeded + report.lost
    assert front.control.get("/status").json()["restarts"] == kills


def test_two_workers_go_on_when_one_dies(start: Start) -> None:
    front = start(ECHO, "--workers", "2", *PATIENT)
    with load(front, rate=200) as running:
        running.wait_for(50)
        os.kill(worker_pids(front)[0], signal.SIGKILL)
        running.wait_for(100)
    assert running.report.lost <= 1, running.report


def test_a_worker_that_cannot_start_again_is_failed_and_says_why(start: Start) -> None:
    front = start(DIES_LATER)
    assert front.post({}).status_code == 500
    status = front.wait("Failed")
    assert status["error"]["where"] == "crash"
    assert status["error"]["exit_code"] == 9
    assert front.http.get("/healthz/live").status_code == 200
    assert front.http.get("/healthz/ready").status_code == 503
    refused = front.post({})
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    (front.folder / "poisoned").unlink()
    front.candidate(revision(front, 2))
    front.control.post("/candidate/activate")
    assert front.post({}).status_code == 200


def test_who_waited_for_a_new_worker_then_waits_for_a_free_one_as_any_other(start: Start) -> None:
    front = start(COMES_BACK_SLOWLY, "--wait-ms", "1000")
    with ThreadPoolExecutor(4) as threads:
        died = threads.submit(front.http.post, "/score", content="die")
        front.until(lambda _: (front.folder / "died").exists())
        answers = list(threads.map(lambda body: front.http.post("/score", content=body), "abc"))
    assert died.result().status_code == 500
    assert [answer.status_code for answer in answers] == [200] * 3, answers[-1].text


def test_sys_exit_in_run(start: Start) -> None:
    front = start("import sys\ndef init(): pass\ndef run(data):\n    if 'x' in data: sys.exit(5)\n    return 1\n")
    assert front.post("x").status_code == 500
    assert front.post("y").status_code == 200


@pytest.mark.parametrize(
    ("script", "where"), [(BAD_INIT, "ZeroDivisionError"), ("import no_such_module\n", "no_such_module")]
)
def test_without_a_control_door_a_script_that_fails_ends_the_front(tmp_path: Path, script: str, where: str) -> None:
    (tmp_path / "score.py").write_text(script)
    command = [sys.executable, "-m", "jupyter_mlops.scoring", "--entry-script", "score.py", "--port", "0"]
    environment = os.environ | {"JUPYTER_MLOPS_AUTH": "off"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert where in done.stdout


# --- timeouts and overload


@pytest.mark.parametrize("way", ["sleep", "GIL"])
def test_a_stuck_run_is_answered_in_time_and_replaced(start: Start, way: str) -> None:
    front = start(ECHO if way == "sleep" else HOLDS_THE_GIL, "--scoring-timeout-ms", "1000", *PATIENT)
    body = '{"sleep": 60}' if way == "sleep" else "stuck"
    pid = worker_pids(front)[0]
    begun = time.monotonic()
    stuck = front.http.post("/score", content=body)
    took = time.monotonic() - begun
    assert stuck.status_code == 504
    assert stuck.json() == {"message": "Scoring timeout after 1000 ms"}
    assert stuck.headers["x-ms-run-function-failed"] == "True"
    assert 0.95 < took < 30  # half a minute before it would have ended by itself
    assert front.http.post("/score", content="{}").status_code == 200
    assert pid not in worker_pids(front)
    assert front.http.get("/healthz/live").status_code == 200


def test_who_waits_behind_a_stuck_run_is_asked_again_not_blamed(start: Start) -> None:
    front = start(ECHO, "--scoring-timeout-ms", "1500", *PATIENT)
    for _ in range(20):
        front.post({})  # short runs: the front sends several in a frame
    with ThreadPoolExecutor(10) as threads:
        asked = [threads.submit(front.post, {"sleep": 60} if n == 3 else {"n": n}) for n in range(10)]
        statuses = [one.result().status_code for one in asked]
    assert statuses[3] == 504
    assert statuses[:3] + statuses[4:] == [200] * 9


def test_overload_is_503_with_retry_after(start: Start) -> None:
    front = start(ECHO, "--wait-ms", "200")
    with ThreadPoolExecutor(3) as threads:
        answers = as_completed([threads.submit(front.post, {"until": "go"}) for _ in range(3)])
        for _ in range(2):
            refused = next(answers).result()
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            assert refused.headers["x-ms-run-function-failed"] == "False"
        (front.folder / "go").touch()
        assert next(answers).result().status_code == 200


def test_threads_and_concurrency(start: Start) -> None:
    def begun(front: RunningFront, wanted: str) -> list[int]:
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(lambda _: front.http.post("/score", content=wanted), range(4)))
        return sorted(answer.json() for answer in answers)

    assert begun(start(MEET, "--threads", "4", "--wait-ms", "60000"), "4 30") == [4, 4, 4, 4]
    assert begun(start(MEET, "--workers", "2", "--wait-ms", "60000"), "2 30")[0] == 2
    assert begun(start(MEET, "--threads", "4", "--concurrency", "2", "--wait-ms", "60000"), "3 3")[0] == 2


def test_a_client_that_has_gone_is_not_served(start: Start) -> None:
    front = start(ECHO, *PATIENT)
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(front.post, {"until": "go"})
        front.until(lambda _: (front.folder / "go.awaited").exists())
        for _ in range(5):
            gone = socket.create_connection(("127.0.0.1", front.port))
            request = (
                f"POST /score HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 12\r\n\r\n"
                + '{"sleep":20}'
            )
            gone.sendall(request.encode())
            front.until(lambda _: "mlops_requests_waiting 0.0" not in front.control.get("/metrics").text)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            gone.close()
            front.until(lambda _: "mlops_requests_waiting 0.0" in front.control.get("/metrics").text)
        (front.folder / "go").touch()
        assert busy.result().status_code == 200
    assert front.post({}).status_code == 200  # within the client's half a minute: the five are not run


# --- streams


def test_a_streamed_answer(start: Start) -> None:
    front = start(STREAM)
    with front.http.stream("POST", "/score", content="5") as answer:
        assert answer.headers["transfer-encoding"] == "chunked"
        assert sum(len(piece) for piece in answer.iter_bytes()) >= 500_000
    assert front.http.post("/score", content="1").status_code == 200


def test_a_slow_reader_holds_the_stream_up_and_loses_nothing(start: Start) -> None:
    front = start(STREAM)
    with front.http.stream("POST", "/score", content="200") as answer:
        pieces = answer.iter_raw()
        next(pieces)
        time.sleep(0.3)
        memory = front.control.get("/metrics").text.split('resident_memory_bytes{process="front"} ')[1].split()[0]
        assert float(memory) < 120e6
        assert sum(map(len, pieces)) > 19_000_000
    assert front.http.post("/score", content="1").status_code == 200


def test_a_stream_nobody_reads_any_more_is_cancelled(start: Start) -> None:
    front = start(STREAM, *PATIENT)
    with front.http.stream("POST", "/score", content="1000000000") as answer:
        next(answer.iter_raw())
    assert front.http.post("/score", content="1").status_code == 200  # the whole would take a day


def test_a_stream_that_fails_is_cut(start: Start) -> None:
    front = start("def init(): pass\ndef run(data):\n    def g():\n        yield 'a'\n        1 / 0\n    return g()\n")
    got = front.raw(
        f"POST /score HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 1\r\n\r\n1".encode()
    )
    assert got.startswith(b"HTTP/1.1 200")
    assert not got.endswith(b"0\r\n\r\n")


# --- reload, TLS, the end


def test_hot_reload(start: Start) -> None:
    front = start(ECHO, "--hot-reload", *PATIENT)
    script = front.folder / "score.py"
    with load(front, rate=200) as running:
        running.wait_for(20)
        script.write_text(ECHO.replace('"echo"', '"changed"'))
        front.until(lambda status: status["reloaded"])
        assert "changed" in front.post({}).json()
        script.write_text("this is no Python\n")
        front.until(lambda status: status["error"] is not None)
        assert "changed" in front.post({}).json()
    assert running.report.lost == 0, running.report


def test_what_is_saved_while_a_change_is_being_loaded_is_loaded_next(start: Start) -> None:
    front = start(ECHO, "--hot-reload")
    begun, go = front.folder / "begun", front.folder / "go"
    waits = f"""
import time
from pathlib import Path
Path({str(begun)!r}).touch()
while not Path({str(go)!r}).exists():
    time.sleep(0.01)
"""
    (front.folder / "score.py").write_text(ECHO.replace('"echo"', '"first"') + waits)
    front.until(lambda _: begun.exists())
    (front.folder / "score.py").write_text(ECHO.replace('"echo"', '"second"'))
    go.touch()
    front.until(lambda _: "second" in front.post({}).json())


def test_tls_is_reloaded_when_renewed(start: Start) -> None:
    import ssl

    def make(folder: Path, name: str) -> None:
        key = [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            str(folder / "key.pem"),
        ]
        out = ["-subj", f"/CN={name}", "-days", "2", "-out", str(folder / "cert.pem")]
        subprocess.run(["openssl", "req", "-x509", *key, *out], check=True, capture_output=True)

    def subject() -> str:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", front.port)) as plain, context.wrap_socket(plain) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert read_all(connection).endswith(b"Healthy")
            certificate = connection.getpeercert(binary_form=True)
            assert certificate
            return "first" if b"first" in certificate else "second"

    folder = Path(os.environ["JUPYTER_MLOPS_STATE"])
    folder.mkdir(parents=True)
    make(folder, "first")
    front = start(ECHO, "--tls-certificate", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem"))
    assert subject() == "first"
    make(folder, "second")
    end = time.monotonic() + 30
    while subject() != "second":
        assert time.monotonic() < end
        time.sleep(0.05)


def test_sigterm_loses_no_request_that_was_accepted(start: Start) -> None:
    front = start(ECHO, *PATIENT)
    with load(front, rate=300) as running:
        running.wait_for(100)
        with ThreadPoolExecutor(1) as threads:
            slow = threads.submit(front.post, {"until": "go"})
            front.until(lambda _: (front.folder / "go.awaited").exists())
            front.process.terminate()
            front.until(lambda _: " stopping" in front.log())
            (front.folder / "go").touch()
            assert slow.result().status_code == 200
            assert slow.result().headers["connection"] == "close"
        assert front.process.wait(30) == 0
    assert set(running.report.failures) <= {"ConnectionRefusedError"}, running.report
    assert not (front.folder / "ctl").exists()


def test_stop_by_the_control_door(front: RunningFront) -> None:
    pids = worker_pids(front)
    assert front.control.post("/stop", json={"drain_s": 1}).status_code == 200
    front.close()
    assert front.process.wait(30) == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_front_that_is_killed_leaves_no_worker(front: RunningFront) -> None:
    pids = worker_pids(front)
    front.stop(signal.SIGKILL)
    end = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_one_front_for_one_door(front: RunningFront) -> None:
    command = [sys.executable, "-m", "jupyter_mlops.scoring", "--port", "0", "--control", str(front.folder / "ctl")]
    done = subprocess.run(
        command, env=os.environ | {"JUPYTER_MLOPS_AUTH": "off"}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "another front" in done.stdout
    assert front.post({}).status_code == 200
