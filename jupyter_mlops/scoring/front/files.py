"""Says when files have changed: keys, certificates, the script. Polls: that works on every file system."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["FileWatch", "fingerprint"]


class FileWatch:
    """Calls `changed` after any of `paths` (files, or folders and what lies directly in them) has changed."""

    def __init__(self, paths: Iterable[str | Path], seconds: float, changed: Callable[[], object]):
        self._paths = [str(path) for path in paths]
        self._seconds = seconds
        self._changed = changed
        self._seen = fingerprint(self._paths)
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._arm()

    def marks(self) -> tuple[object, ...]:
        """Of the files as they are now, to be compared; not of folders, in which a script may write as it starts."""
        return fingerprint(path for path in self._paths if not os.path.isdir(path))  # noqa: PTH112

    def close(self) -> None:
        """Looks no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._timer = self._loop.call_later(self._seconds, self._look)

    def _look(self) -> None:
        self._arm()
        now = fingerprint(self._paths)
        if now != self._seen:
            self._seen = now
            self._changed()


def fingerprint(paths: Iterable[str]) -> tuple[object, ...]:
    """Changes whenever one of the files does: its time, size or inode, or that it is there at all."""
    marks: list[object] = []
    for path in paths:
        marks.append(_mark(path))
        if os.path.isdir(path):  # noqa: PTH112 - four times a second, on the event loop
            with os.scandir(path) as entries:
                marks.extend(sorted((entry.name, _mark(entry.path)) for entry in entries))
    return tuple(marks)


def _mark(path: str) -> tuple[int, int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
