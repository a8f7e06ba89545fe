"""Workers in other containers: an attendant starts them, the front has their link, their output and their end."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.scoring.worker import attend
from tests.load import Load
from tests.scoring.front.conftest import ECHO, KEY, RunningFront, Start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux: /proc says whose child a process is")

Attend = Callable[[], tuple[str, "subprocess.Popen[bytes]"]]


@pytest.fixture
def attendant() -> Iterator[Attend]:
    """Starts one; the socket and the process."""
    processes = []
    with tempfile.TemporaryDirectory(prefix="attend-") as folder:

        def begin() -> tuple[str, subprocess.Popen[bytes]]:
            path = str(Path(folder) / f"{len(processes)}.sock")
            process = subprocess.Popen([sys.executable, "-I", str(attend.__file__), path])
            processes.append(process)
            return path, process

        yield begin
        for process in processes:
            process.kill()
            process.wait()


def revision(
    front: RunningFront, number: int, attendants: list[str], script: str = ECHO, **more: Any
) -> dict[str, Any]:
    folder = front.folder / f"app{number}"
    folder.mkdir()
    (folder / "score.py").write_text(script)
    about = {"revision": number, "service": "s", "app_root": str(folder), "entry_script": "score.py"}
    return {**about, "workers": len(attendants), "attendants": attendants, **more}


def activated(front: RunningFront, document: dict[str, Any]) -> None:
    events = front.candidate(document)
    assert events[-1].get("ready"), events
    front.control.post("/candidate/activate")


def test_workers_run_where_the_attendants_are(start: Start, attendant: Attend) -> None:
    front, (one, first), (two, second) = start(), attendant(), attendant()
    activated(front, revision(front, 2, [one, two], environment={"GREETING": "hello"}))
    assert {parent(pid) for pid in pids(front)} == {first.pid, second.pid}
    assert front.post({"a": 1}).json()["echo"] == {"a": 1}
    assert "init ran" in front.log()
    assert b"GREETING=hello" in Path(f"/proc/{pids(front)[0]}/environ").read_bytes()


def test_a_front_that_did_not_ask_what_a_worker_uses_is_told_its_end_alone(attendant: Attend) -> None:
    """A front of an older image, which stays while images come and go."""
    path, _ = attendant()
    ours, link = socket.socketpair()
    wish = json.dumps({"environment": {}}).encode()
    with ours, link, tempfile.TemporaryFile() as slots, socket.socket(socket.AF_UNIX) as leash:
        while leash.connect_ex(path):
            threading.Event().wait(0.02)
        files = [link.fileno(), slots.fileno(), slots.fileno()]
        socket.send_fds(leash, [struct.pack("<I", len(wish)) + wish], files)
        assert struct.unpack("<I", leash.recv(4))[0] > 0
        assert not select.select([leash], [], [], 1.5)[0]
        leash.send(b"K")
        assert leash.makefile("rb").read() == struct.pack("<i", -signal.SIGKILL)


def test_a_script_that_fails_there_says_so_here(start: Start, attendant: Attend) -> None:
    front, (path, _) = start(), attendant()
    failed = front.candidate(revision(front, 2, [path], "def init():\n    1 / 0\ndef run(data): return 1\n"))[-1][
        "failed"
    ]
    assert (failed["where"], failed["exit_code"]) == ("init", 3)
    assert "ZeroDivisionError" in failed["traceback"]
    assert front.post({"a": 1}).status_code == 200


def test_a_worker_that_exits_is_started_again_with_its_exit_code_told(start: Start, attendant: Attend) -> None:
    front, (path, _) = start(), attendant()
    activated(front, revision(front, 2, [path]))
    lost = front.post({"exit": 7})
    assert (lost.status_code, "code 7" in lost.text) == (500, True)
    assert front.post({"a": 1}).status_code == 200


def test_a_stuck_run_is_ended_there(start: Start, attendant: Attend) -> None:
    front, (path, _) = start(), attendant()
    activated(front, revision(front, 2, [path], limits={"scoring_timeout_ms": 1000}))
    before = pids(front)
    assert front.post({"sleep": 60}).status_code == 504
    assert front.post({"a": 1}).status_code == 200
    assert pids(front) != before


def test_an_attendant_that_is_killed_under_load_costs_what_it_ran(start: Start, attendant: Attend) -> None:
    front, (one, first), (two, _) = start(), attendant(), attendant()
    activated(front, revision(front, 2, [one, two]))
    with Load("127.0.0.1", front.port, key=KEY, keep_alive=8, per_request=0) as load:
        load.wait_for(200)
        (worker,) = [pid for pid in pids(front) if parent(pid) == first.pid]
        first.kill()  # both at once, as the end of a container does
        with contextlib.suppress(ProcessLookupError):  # it ends with its parent, too
            os.kill(worker, signal.SIGKILL)
        first.wait()
        load.wait_for(200)
    assert load.report.lost <= 1, load.report


def test_an_attendant_that_is_asked_to_end_waits_for_its_workers(start: Start, attendant: Attend) -> None:
    front, (one, first), (two, _) = start(), attendant(), attendant()
    activated(front, revision(front, 2, [one]))
    first.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        first.wait(0.3)
    assert front.post({"a": 1}).status_code == 200
    activated(front, revision(front, 3, [two]))
    assert first.wait(30) == 0
    assert not Path(one).exists()


def test_a_front_that_goes_away_takes_its_workers_along(start: Start, attendant: Attend) -> None:
    front, (path, process) = start(), attendant()
    activated(front, revision(front, 2, [path]))
    front.stop(signal.SIGKILL)
    process.terminate()
    assert process.wait(30) == 0


def pids(front: RunningFront) -> list[int]:
    return [worker["pid"] for worker in front.control.get("/status").json()["workers"]]


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
