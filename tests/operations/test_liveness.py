"""Whether a runner lives is told by an OS lock, not by a process id."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jupyter_mlops.errors import BusyError, OperationError
from jupyter_mlops.operations import follow, liveness
from jupyter_mlops.registry import operations
from tests.operations.conftest import House

HOLD = "import sys, fcntl; fcntl.flock(int(sys.argv[1]), fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"


def begun(house: House, host: str | None = None) -> operations.OperationRecord:
    record = operations.start(
        house.store, "deploy", "service/linear", ("start",), {}, user="ada", host=host or socket.gethostname()
    )
    return operations.advance(house.store, record.id, state="Running", stage="start")


def test_a_runner_that_is_killed_leaves_an_interrupted_operation_that_says_how_to_go_on(house: House) -> None:
    record = begun(house)
    with liveness.take(liveness.lock_path(house.store.id, record.id)) as lock:
        runner = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(lock)], pass_fds=(lock,), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert runner.stdout is not None
        runner.stdout.readline()
    with runner:
        assert follow.check(house.store, record).state == "Running", "the lock is held by the child alone"
        with pytest.raises(BusyError):
            begun(house)
        runner.kill()
    with pytest.raises(OperationError, match=r"interrupted in its stage 'start'.*type the same command again"):
        follow.wait(house.store, record.id)
    assert begun(house).state == "Running", "the name is free again"


def test_a_runner_of_another_machine_is_believed_while_its_heart_beats(house: House) -> None:
    record = begun(house, host="elsewhere")
    assert liveness.is_alive(house.store.id, record)
    silent = replace(record, heartbeat=datetime.now(UTC) - timedelta(minutes=1))
    assert not liveness.is_alive(house.store.id, silent)


def test_an_operation_that_was_just_recorded_is_given_a_moment(house: House) -> None:
    queued = operations.start(house.store, "build", "image/a", ("prove",), {}, user="ada", host=socket.gethostname())
    assert liveness.is_alive(house.store.id, queued)
    assert not liveness.is_alive(house.store.id, replace(queued, created=queued.created - timedelta(minutes=1)))
