"""Whether a runner lives: it holds an OS lock from before it is started until it ends.

The lock lies on an open file that the spawning process passes on, so there is no moment between the record and the
runner at which nobody holds it. A process id proves nothing (it is reused); a lock goes with its process. A runner
of another machine is believed as long as its heartbeat is young.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jupyter_mlops.records import OperationRecord
from jupyter_mlops.services.process.machine import MachineFolder

__all__ = ["HEARTBEAT", "is_alive", "lock_path", "take"]

HEARTBEAT = timedelta(seconds=2)
"""How often a runner says that it lives."""

_SILENCE = timedelta(seconds=30)
_STARTING = timedelta(seconds=3)


def lock_path(workspace_id: str, operation_id: str) -> Path:
    """The file whose lock says that the operation's runner lives."""
    folder = MachineFolder(workspace_id).root / "operations"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{operation_id}.lock"


@contextlib.contextmanager
def take(path: Path) -> Iterator[int]:
    """The file descriptor of the held lock; inheritable. Raises `BlockingIOError` when somebody holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    finally:
        os.close(descriptor)


def is_alive(workspace_id: str, operation: OperationRecord) -> bool:
    """Whether somebody is still at work on an operation that is not finished."""
    if operation.host != socket.gethostname():
        seen = operation.heartbeat or operation.created
        return datetime.now(UTC) - seen < _SILENCE
    if operation.state == "Queued" and datetime.now(UTC) - operation.created < _STARTING:
        return True  # recorded, and its lock not yet taken
    try:
        with take(lock_path(workspace_id, operation.id)):
            return False
    except BlockingIOError:
        return True
