"""Many processes at once: no version is shared, none is skipped, no operation is started twice."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jupyter_mlops.errors import BusyError
from jupyter_mlops.records import CapturedModel
from jupyter_mlops.registry import events, models, operations
from jupyter_mlops.storage import Store, open_store

ROOT = Path(__file__).parents[2]


def crowd(location: str, folder: str, processes: int, each: int) -> list[int]:
    """The versions that they got, in any order."""
    command = [sys.executable, "-m", "tests.registry.crowd", folder, str(processes), str(each)]
    environment = {**os.environ, "JUPYTER_MLOPS_WORKSPACE": location}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [int(line) for line in done.stdout.split()]


@pytest.mark.slow
def test_a_hundred_processes_never_share_or_skip_a_version(location: str, captured: CapturedModel) -> None:
    versions = crowd(location, captured.folder, processes=100, each=2)
    assert sorted(versions) == list(range(1, 201))
    with open_store(location) as store:
        found = models.search(store, name="crowded")
        assert [model.version for model in found] == list(range(200, 0, -1))  # numbered as they were committed
        numbers = [event.number for event in events.since(store, 0)]
        assert numbers == list(range(numbers[0], numbers[0] + 200))


def test_a_follower_misses_no_event(location: str, captured: CapturedModel) -> None:
    """Somebody reads from the last number that they saw while eight processes write."""
    seen: list[int] = []
    with open_store(location) as store, ThreadPoolExecutor(1) as thread:
        writing = thread.submit(crowd, location, captured.folder, 8, 10)
        while not writing.done() or events.last(store) > (seen or [0])[-1]:
            seen += [event.number for event in events.since(store, (seen or [0])[-1], limit=7)]
        writing.result()
        assert seen == [event.number for event in events.since(store, 0)]
    assert len(seen) == 80


def test_two_notebooks_cannot_start_on_the_same_service(location: str) -> None:
    def start(_: int) -> str:
        with open_store(location) as store:
            try:
                return operations.start(store, "deploy", "service/diabetes", ["start"], {}, "ada", "lovelace").id
            except BusyError as error:
                return str(error)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(start, range(16)))
    started = [answer for answer in answers if len(answer) == 12]
    assert len(started) == 1
    refused = [answer for answer in answers if answer not in started]
    assert len(refused) == 15
    assert all("ada on lovelace has been at work on service/diabetes since" in answer for answer in refused)
    assert all(f"(deploy, operation {started[0]})" in answer for answer in refused)


def test_delete_beside_register_never_loses_a_file(location: str, store: Store, captured: CapturedModel) -> None:
    """One deletes what others register, all of them the same file: what is registered has its file."""
    with ThreadPoolExecutor(1) as thread:
        registering = thread.submit(crowd, location, captured.folder, 4, 8)
        while not registering.done():
            for model in models.search(store, name="crowded"):
                if model.version % 4:
                    models.delete(store, model)
        registering.result()
    left = models.search(store, name="crowded")
    assert {model.version % 4 for model in left} >= {0}
    for model in left:
        assert store.blobs.missing([entry.sha256 for entry in models.files(store, model).entries]) == set()
