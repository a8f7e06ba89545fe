"""What a worker prints, line by line, as it comes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

__all__ = ["OutputReader"]

_LONGEST = 65536
_READ = 65536


class OutputReader:
    """Reads a pipe on the event loop; a line without an end is given when the pipe closes, or when it is very long."""

    def __init__(self, loop: asyncio.AbstractEventLoop, descriptor: int, on_line: Callable[[str], None]):
        self._loop = loop
        self._descriptor: int | None = descriptor
        self._on_line = on_line
        self._rest = b""
        os.set_blocking(descriptor, False)
        loop.add_reader(descriptor, self._read)

    def take(self) -> None:
        """What is there now, though the loop has not come to it yet."""
        for _ in range(16):
            if not self._read():
                break

    def close(self) -> None:
        """Takes what is there still and ends; a child of the worker may hold the other end for ever."""
        self.take()
        self._end()

    def _read(self) -> bool:
        """False when there is nothing more for now."""
        if self._descriptor is None:
            return False
        try:
            data = os.read(self._descriptor, _READ)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._end()
            return False
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._give(line)
        if len(self._rest) > _LONGEST:
            self._give(self._rest)
            self._rest = b""
        return True

    def _give(self, line: bytes) -> None:
        self._on_line(line.rstrip(b"\r").decode("utf-8", "replace"))

    def _end(self) -> None:
        if self._descriptor is None:
            return
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        if self._rest:
            self._give(self._rest)
            self._rest = b""
