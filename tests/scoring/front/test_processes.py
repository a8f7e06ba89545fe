"""`/metrics` about the processes themselves: since when, how much memory, how much CPU, of each of several workers."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from jupyter_mlops.telemetry.scrape import Scrape, parse
from tests.scoring.front.conftest import RunningFront, Start

WORKS = """
import os, time

def init():
    global held
    held = bytearray(50_000_000)

def run(data):
    end = time.process_time() + float(data)
    while time.process_time() < end:
        pass
    return os.getpid()
"""


def scrape(front: RunningFront) -> Scrape:
    return parse(front.http.get("/metrics").text)


def by_process(read: Scrape, name: str) -> dict[str | None, float]:
    return {sample.label("process"): sample.value for sample in read.named(name)}


def test_when_it_began(front: RunningFront) -> None:
    began = scrape(front).total("process_start_time_seconds")
    assert psutil.Process(front.process.pid).create_time() - 1 < began < time.time()
    assert scrape(front).total("process_start_time_seconds") == began


def test_memory_and_cpu_of_several_workers(start: Start) -> None:
    front = start(WORKS, "--workers", "2")
    pids = [worker["pid"] for worker in front.wait()["workers"]]
    before = by_process(scrape(front), "mlops_process_cpu_seconds_total")
    assert set(before) == {"front", *(f"worker-{pid}" for pid in pids)}
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: front.http.post("/score", content="0.2").json(), range(4)))
    assert set(answers) == set(pids)

    read = scrape(front)
    cpu, memory = (by_process(read, f"mlops_process_{name}") for name in ("cpu_seconds_total", "resident_memory_bytes"))
    for pid in pids:
        process = psutil.Process(pid)
        used = process.cpu_times()
        assert cpu[f"worker-{pid}"] == pytest.approx(used.user + used.system, abs=0.1)
        assert cpu[f"worker-{pid}"] - before[f"worker-{pid}"] >= 0.2 * answers.count(pid) - 0.03
        assert memory[f"worker-{pid}"] == pytest.approx(process.memory_info().rss, rel=0.1)
        assert memory[f"worker-{pid}"] > 50e6
    assert cpu["front"] - before["front"] < 0.3
    assert read.total("mlops_requests_total") == 4  # of both together
    assert read.total("mlops_run_duration_seconds_count") == 4


def test_a_worker_that_was_replaced_is_no_longer_shown(start: Start) -> None:
    front = start(WORKS, "--workers", "2")
    gone, stays = [worker["pid"] for worker in front.wait()["workers"]]
    os.kill(gone, signal.SIGKILL)
    front.until(lambda status: status["restarts"] == 1 and len(status["workers"]) == 2)
    shown = set(by_process(scrape(front), "mlops_process_resident_memory_bytes"))
    assert len(shown) == 3
    assert {"front", f"worker-{stays}"} < shown
    assert f"worker-{gone}" not in shown
