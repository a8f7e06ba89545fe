"""Waiting on purpose: for a fuller batch (`--batch-wait-ms`), and before the end (`--drain-delay`)."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.load import Load
from tests.scoring.front.conftest import ECHO, KEY, RunningFront, Start

HOW_MANY = """
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema

def init(): pass

@input_schema("data", NumpyParameterType(np.array([[1, 2]])))
def run(data):
    return [len(data)] * len(data)
"""


def rows_of_each_run(front: RunningFront, requests: int) -> tuple[list[int], float]:
    """With how many rows each of several requests of one row was run, and the seconds until all were answered."""
    with ThreadPoolExecutor(requests) as threads:
        begun = time.monotonic()
        answers = list(threads.map(lambda _: front.post({"data": [[1, 2]]}), range(requests)))
        took = time.monotonic() - begun
    assert [answer.status_code for answer in answers] == [200] * requests
    return [answer.json()[0] for answer in answers], took


def test_a_batch_goes_when_it_is_full_or_its_time_is_over(start: Start) -> None:
    rows, took = rows_of_each_run(start(HOW_MANY, "--batch", "6", "--batch-wait-ms", "2000"), 3)
    assert rows == [3, 3, 3]
    assert took > 1.99
    rows, took = rows_of_each_run(start(HOW_MANY, "--batch", "6", "--batch-wait-ms", "25000"), 6)
    assert rows == [6] * 6
    assert took < 20


def test_without_a_timer_nobody_waits(start: Start) -> None:
    front = start(HOW_MANY, "--batch", "6")
    rows_of_each_run(front, 1)  # the first run is the slowest
    assert rows_of_each_run(front, 1)[1] < 2


def test_a_batch_may_be_waited_for_longer_than_for_a_worker(start: Start) -> None:
    front = start(HOW_MANY, "--batch", "6", "--batch-wait-ms", "2000", "--wait-ms", "1000")
    rows, took = rows_of_each_run(front, 2)
    assert rows == [2, 2]
    assert took > 1.99


def test_a_front_goes_on_accepting_while_others_hear_that_it_ends(start: Start) -> None:
    front = start(ECHO, "--drain-delay", "600", "--wait-ms", "30000")
    with Load("127.0.0.1", front.port, key=KEY, rate=200) as running:
        running.wait_for(20)
        front.process.terminate()
        front.until(lambda _: front.http.get("/healthz/ready").status_code == 503)
        running.wait_for(50)
        live = httpx.get(f"http://127.0.0.1:{front.port}/healthz/live", trust_env=False)  # a connection of its own
        assert live.status_code == 200
    assert running.report.lost == 0, running.report
    front.stop(signal.SIGKILL)


def test_it_ends_when_they_have_had_their_time_to_hear(start: Start) -> None:
    front = start(ECHO, "--drain-delay", "1")
    begun = time.monotonic()
    assert front.stop() == 0
    assert time.monotonic() - begun > 1
