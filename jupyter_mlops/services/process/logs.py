"""The log of a front, from its end; its rotation (copied, then cut to nothing) is followed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["follow", "tail"]

_BLOCK = 64 * 1024
_LOOK_S = 0.05


def tail(path: Path, lines: int) -> list[str]:
    """The last `lines` lines, oldest first, without their ends; with the rotated file's end where the log is short."""
    found = _lines_of(path, lines)
    if len(found) < lines:
        found = _lines_of(path.with_name(path.name + ".1"), lines - len(found)) + found
    return found


def _lines_of(path: Path, lines: int) -> list[str]:
    try:
        with path.open("rb") as file:
            return [line.decode(errors="replace") for line in _last(file, lines).splitlines()]
    except FileNotFoundError:
        return []


def _last(file: BinaryIO, lines: int) -> bytes:
    """The last lines, read from the end block by block: a long log costs nothing. Leaves the file at its end."""
    end = at = file.seek(0, 2)
    data = b""
    while at > 0 and data.count(b"\n") <= lines:
        step = min(_BLOCK, at)
        at -= step
        file.seek(at)
        data = file.read(step) + data
    file.seek(end)
    return b"".join(data.splitlines(keepends=True)[-lines:]) if lines > 0 else b""


def follow(path: Path, lines: int, alive: Callable[[], bool]) -> Iterator[str]:
    """The last `lines` lines, then those that come, until `alive()` is false and all was read."""
    pause = threading.Event()
    with path.open("rb") as file:
        rest = _last(file, lines)
        while True:
            ending = not alive()
            if path.exists() and path.stat().st_size < file.tell():
                file.seek(0)  # it was rotated
            *complete, rest = (rest + file.read()).split(b"\n")
            yield from (line.decode(errors="replace") for line in complete)
            if ending:
                break
            if not complete:
                pause.wait(_LOOK_S)
    if rest:
        yield rest.decode(errors="replace")
