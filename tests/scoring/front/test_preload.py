"""Preload: one template runs `init()`, the workers are forks of it. Real processes; memory as the kernel counts it."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.scoring.front.revision import Revision
from jupyter_mlops.scoring.front.template import why_not_preload
from tests.load import Load
from tests.scoring.front.conftest import ECHO, KEY, MEET, RunningFront, Start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has templates")

MEGABYTE = 1 << 20
BIG = """
def init():
    global model
    model = bytearray(b"x") * (200 << 20)

def run(data):
    return len(model) + model[int(data)]
"""
THREAD = """
import threading

def init():
    threading.Thread(target=threading.Event().wait, name="ticker", daemon=True).start()

def run(data):
    return [each.name for each in threading.enumerate()]
"""
RANDOM = """
import os, random
import numpy

def init():
    random.seed(1)
    numpy.random.seed(1)

def run(data):
    return [os.getpid(), random.random(), float(numpy.random.rand())]
"""
ASYNC = """
import asyncio

async def init():
    await asyncio.sleep(0)

async def run(data):
    await asyncio.sleep(0.01)
    return "well"
"""


def status(front: RunningFront) -> dict[str, Any]:
    return dict(front.control.get("/status").json())


def worker_pids(front: RunningFront) -> list[int]:
    return [worker["pid"] for worker in status(front)["workers"]]


def has_workers(front: RunningFront, number: int) -> dict[str, Any]:
    return front.until(lambda now: [one["state"] for one in now["workers"]] == ["Ready"] * number)


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def kill_one(front: RunningFront) -> None:
    """One of two; returns when the front has another in its place."""
    pid = has_workers(front, 2)["workers"][0]["pid"]
    os.kill(pid, signal.SIGKILL)
    front.until(lambda now: pid not in [one["pid"] for one in now["workers"]])
    has_workers(front, 2)


def memory(pid: int, what: str) -> int:
    """Bytes; `what` is a name of /proc/PID/smaps_rollup."""
    found = re.search(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def has_gone(pid: int) -> bool:
    end = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def logged(front: RunningFront, text: str, times: int = 1) -> int:
    """How often; the log is written a little later than it is made."""
    end = time.monotonic() + 30
    while (found := front.log().count(text)) < times and time.monotonic() < end:
        time.sleep(0.02)
    return found


def warned(front: RunningFront) -> list[str]:
    logged(front, "serving")
    return [line for line in front.log().splitlines() if "preload" in line]


def test_init_runs_once_and_all_workers_serve(start: Start) -> None:
    front = start(MEET, "--preload", "--workers", "4", "--wait-ms", "60000")
    now = has_workers(front, 4)
    assert logged(front, "init ran") == 1
    assert {parent(worker["pid"]) for worker in now["workers"]} == {now["template"]}
    with ThreadPoolExecutor(4) as clients:
        answers = clients.map(lambda _: front.http.post("/score", content="4 60"), range(4))
        assert [answer.json() for answer in answers] == [4, 4, 4, 4]
    assert {int(path.name.split("-")[1]) for path in front.folder.glob("begun-*")} == set(worker_pids(front))
    assert not warned(front)


def test_workers_share_the_model(start: Start) -> None:
    front = start(BIG, "--preload", "--workers", "3")
    has_workers(front, 3)
    for _ in range(12):
        assert front.post(7).json() == (200 << 20) + ord("x")
    pids = worker_pids(front)
    assert all(memory(pid, "Rss") > 200 * MEGABYTE for pid in pids)
    assert all(memory(pid, "Private_Dirty") < 20 * MEGABYTE for pid in pids)
    assert sum(memory(pid, "Pss") for pid in [*pids, status(front)["template"]]) < 260 * MEGABYTE


def test_a_worker_that_is_killed_under_load_costs_what_it_ran_and_no_init(start: Start) -> None:
    front = start(ECHO, "--preload", "--workers", "2", "--wait-ms", "30000")
    has_workers(front, 2)
    kills = 5
    with Load("127.0.0.1", front.port, key=KEY, keep_alive=8, per_request=2) as load:
        for _ in range(kills):
            load.wait_for(50)
            kill_one(front)
            load.wait_for(50)
    assert load.report.lost <= kills, load.report
    assert has_workers(front, 2)["restarts"] == kills
    assert logged(front, "ended by SIGKILL", kills) == kills
    assert front.log().count("init ran") == 1


def test_the_exit_code_of_a_fork_is_told(start: Start) -> None:
    front = start(ECHO, "--preload", "--workers", "2")
    lost = front.post({"exit": 7})
    assert (lost.status_code, "code 7" in lost.text) == (500, True)
    assert front.post({}).status_code == 200


def test_a_stuck_fork_is_replaced(start: Start) -> None:
    front = start(ECHO, "--preload", "--workers", "2", env={"SCORING_TIMEOUT_MS": "1000"})
    before = {worker["pid"] for worker in has_workers(front, 2)["workers"]}
    assert front.post({"sleep": 60}).status_code == 504
    assert front.post({}).status_code == 200
    front.until(lambda now: {worker["pid"] for worker in now["workers"]} != before)
    after = {worker["pid"] for worker in has_workers(front, 2)["workers"]}
    assert len(before & after) == 1
    assert has_gone((before - after).pop())


def test_a_template_that_dies_is_started_anew(start: Start) -> None:
    front = start(ECHO, "--preload", "--workers", "2")
    now = has_workers(front, 2)
    old = {worker["pid"] for worker in now["workers"]}
    os.kill(now["template"], signal.SIGKILL)
    front.until(lambda then: old.isdisjoint(worker["pid"] for worker in then["workers"]))
    again = has_workers(front, 2)
    assert again["template"] != now["template"]
    assert front.post({}).status_code == 200
    assert {parent(worker["pid"]) for worker in again["workers"]} == {again["template"]}
    assert logged(front, "init ran", 2) == 2
    assert all(has_gone(worker["pid"]) for worker in now["workers"])


def test_a_script_that_fails_says_so_once(start: Start) -> None:
    front = start()
    (front.folder / "score.py").write_text("def init():\n    1 / 0\ndef run(data): return 1\n")
    about = {"revision": 2, "service": "s", "app_root": str(front.folder), "entry_script": "score.py"}
    failed = front.candidate({**about, "workers": 3, "preload": True})[-1]["failed"]
    assert (failed["where"], failed["exit_code"]) == ("init", 3)
    assert front.post({}).status_code == 200
    assert logged(front, "\nZeroDivisionError: division by zero") == 1


def test_a_candidate_takes_over_from_forks_without_a_lost_request(start: Start) -> None:
    front = start(ECHO, "--preload", "--workers", "2", "--wait-ms", "30000")
    old = has_workers(front, 2)
    about = {"revision": 2, "service": "s", "app_root": str(front.folder), "entry_script": "score.py"}
    about |= {"limits": {"wait_ms": 30000}}
    with Load("127.0.0.1", front.port, key=KEY, keep_alive=8, per_request=2) as load:
        load.wait_for(50)
        assert front.candidate({**about, "workers": 2, "preload": True})[-1]["ready"]
        front.control.post("/candidate/activate")
        load.wait_for(100)
    assert load.report.lost == 0, load.report
    assert has_gone(old["template"])
    assert all(has_gone(worker["pid"]) for worker in old["workers"])


def test_a_changed_script_is_loaded_by_another_template(start: Start) -> None:
    front = start(ECHO, "--preload", "--workers", "2", "--hot-reload")
    old = has_workers(front, 2)["template"]
    (front.folder / "score.py").write_text(ECHO.replace('"echo"', '"changed"'))
    front.until(lambda now: now["reloaded"])
    assert "changed" in front.post({}).json()
    assert has_workers(front, 2)["template"] != old


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_all_end_with_the_front(start: Start, number: int) -> None:
    front = start(ECHO, "--preload", "--workers", "2")
    now = has_workers(front, 2)
    front.stop(number)
    assert all(has_gone(pid) for pid in [now["template"], *(one["pid"] for one in now["workers"])])


def test_a_thread_of_init_is_warned_of_by_name(start: Start) -> None:
    front = start(THREAD, "--preload", "--workers", "2")
    assert "'ticker'" in warned(front)[0]
    assert "ticker" not in front.post({}).json()


def test_threads_that_survive_a_fork_by_themselves_are_no_reason_to_warn(start: Start) -> None:
    pytest.importorskip("numpy")
    front = start("import numpy\n" + ECHO, "--preload", "--workers", "2")
    assert not warned(front)


def test_each_fork_has_random_numbers_of_its_own(start: Start) -> None:
    pytest.importorskip("numpy")
    front = start(RANDOM, "--preload", "--workers", "2")
    has_workers(front, 2)
    drawn = {}
    while len(drawn) < 2:
        pid, *numbers = front.post({}).json()
        drawn.setdefault(pid, numbers)
    (one, two) = drawn.values()
    assert one[0] != two[0]
    assert one[1] != two[1]


def test_coroutines_run_on_a_loop_of_the_fork(start: Start) -> None:
    front = start(ASYNC, "--preload", "--workers", "2")
    has_workers(front, 2)
    assert "event loop" in warned(front)[0]
    with ThreadPoolExecutor(4) as clients:
        assert {answer.json() for answer in clients.map(lambda _: front.post({}), range(20))} == {"well"}


def test_several_threads_a_fork(start: Start) -> None:
    front = start(MEET, "--preload", "--workers", "2", "--threads", "2", "--wait-ms", "60000")
    has_workers(front, 2)
    with ThreadPoolExecutor(4) as clients:
        answers = clients.map(lambda _: front.http.post("/score", content="4 30"), range(4))
        assert [answer.json() for answer in answers] == [4, 4, 4, 4]


@pytest.mark.parametrize(
    ("document", "platform", "word"),
    [
        ({"preload": True, "workers": 2}, "linux", None),
        ({"preload": False, "workers": 1}, "darwin", None),
        ({"preload": True, "workers": 2}, "darwin", "darwin"),
        ({"preload": True, "workers": 2, "attendants": ["/a", "/b"]}, "linux", "containers"),
        ({"preload": True, "workers": 1}, "linux", "one worker"),
    ],
)
def test_where_it_is_refused(document: dict[str, Any], platform: str, word: str | None) -> None:
    why = why_not_preload(Revision.from_document(document), platform)
    assert (why is None) if word is None else (why is not None and word in why)


def test_a_refusal_is_a_warning_and_the_service_runs(start: Start) -> None:
    front = start(ECHO, "--preload")
    assert "one worker" in warned(front)[0]
    assert front.post({}).status_code == 200
    assert status(front)["template"] is None
