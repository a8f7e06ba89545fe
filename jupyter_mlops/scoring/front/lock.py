"""One front for one control socket: a lock on a file beside it, held as long as the process lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

__all__ = ["LockHeldError", "hold"]


class LockHeldError(Exception):
    """Another front lives."""


def hold(path: Path) -> int:
    """The descriptor that holds the lock; keep it. Raises `LockHeldError`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise LockHeldError(f"{path}: another front holds it") from None
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
