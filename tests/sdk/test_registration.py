"""What a kernel sets aside is registered from elsewhere, or goes."""

from __future__ import annotations

import os
import socket
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.errors import BusyError, CaptureError, InvalidNameError, NotFoundError, UsageError
from jupyter_mlops.operations import follow
from jupyter_mlops.operations import set_aside as desks
from jupyter_mlops.records import OperationRecord
from jupyter_mlops.registry import operations
from jupyter_mlops.sdk.registration import begin, set_aside
from jupyter_mlops.sdk.workspace import Workspace
from jupyter_mlops.storage import Store


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Where it lies, in this test's machine folder."""
    return tmp_path / "state"


def lying(desk: Path) -> list[str]:
    return sorted(folder.name for root in desk.glob("*/registrations") for folder in root.iterdir())


def test_an_object_that_cannot_be_captured_leaves_nothing(ws: Workspace, desk: Path) -> None:
    with pytest.raises(CaptureError):
        set_aside(ws, {"lock": threading.Lock()}, "locked")
    with pytest.raises(InvalidNameError):
        set_aside(ws, {"a": 1}, "no/name")
    assert lying(desk) == []


def test_what_lies_there_is_its_owners_alone(ws: Workspace, desk: Path) -> None:
    word = set_aside(ws, {"a": 1}, "plain")
    (folder,) = desk.glob(f"*/registrations/{word}")
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "registration.json").stat().st_mode & 0o077 == 0


def test_what_was_captured_has_its_own_sample_and_framework(ws: Workspace) -> None:
    word = set_aside(ws, {"a": 1}, "plain")
    with pytest.raises(UsageError, match="sample is part of what was captured"):
        begin(ws, captured=word, sample=[1])
    with pytest.raises(UsageError, match="one of them"):
        begin(ws, captured=word, model_path="a")
    with pytest.raises(NotFoundError):
        begin(ws, captured="0" * 16)
    done = begin(ws, captured=word, tags={"k": 1}).wait(timeout=60)
    assert done.result == {"model": "plain:1"}
    assert ws.models["plain"].tags == {"k": "1"}


def test_what_nobody_came_for_is_removed_after_a_day(ws: Workspace, desk: Path) -> None:
    old, young = set_aside(ws, {"a": 1}, "old"), set_aside(ws, {"a": 1}, "young")
    (folder,) = desk.glob(f"*/registrations/{old}")
    yesterday = time.time() - 25 * 3600
    os.utime(folder, (yesterday, yesterday))
    desks.sweep(ws.store.id)
    assert lying(desk) == [young]


def test_while_the_name_is_being_registered_the_capture_waits(ws: Workspace, desk: Path) -> None:
    word = set_aside(ws, {"a": 1}, "plain")
    other = operations.start(ws.store, "register", "model/plain", (), {"folder": "0" * 16}, "ada", socket.gethostname())
    with pytest.raises(BusyError, match=f"operation {other.id}"):
        begin(ws, captured=word)
    assert lying(desk) == [word]
    operations.finish(ws.store, other.id, "Failed")
    assert begin(ws, captured=word).wait(timeout=60).result == {"model": "plain:1"}
    assert lying(desk) == []


def test_a_runner_that_is_slow_to_start_is_not_taken_for_a_dead_one(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the moment that others can see the operation, somebody holds its lock, however slow the machine is."""
    seen: list[str] = []
    start = operations.start

    def slowly(store: Store, *args: Any, **options: Any) -> OperationRecord:
        record = start(store, *args, **options)
        seen.append(follow.check(store, replace(record, created=record.created - timedelta(minutes=1))).state)
        return record

    monkeypatch.setattr(operations, "start", slowly)
    begun = begin(ws, captured=set_aside(ws, {"a": 1}, "plain"))
    assert seen == ["Queued"]
    assert begun.wait(timeout=60).result == {"model": "plain:1"}
