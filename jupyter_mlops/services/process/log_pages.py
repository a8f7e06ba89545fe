"""The log of a front from a place in it: a byte of a generation. A front that has written 20 MB copies its log to
`front.log.1` and cuts it to nothing, which begins the next generation."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.services.log_pages import LogPage, bad_cursor, page_of
from jupyter_mlops.services.process.logs import tail

__all__ = ["read"]

_HEAD = 256
_NEVER_ROTATED = 1 << 20
"""Bytes: a log that is shorter is not moved away."""
_SETTLE_S = 0.005
_SETTLE_LOOKS = 20


@dataclass(frozen=True)
class _Place:
    """`offset` bytes into the file of this `generation`, which began with `head` (so that it is known again when it
    has been moved away)."""

    generation: str
    offset: int
    head: str

    def __str__(self) -> str:
        return f"{self.generation}.{self.offset}.{self.head}"

    @classmethod
    def of(cls, cursor: str) -> _Place:
        """Raises `UsageError`."""
        generation, _, rest = cursor.partition(".")
        offset, _, head = rest.partition(".")
        if not generation or not offset.isdecimal() or not head.isalnum():
            raise bad_cursor(cursor)
        return cls(generation, int(offset), head)


def read(path: Path, cursor: str | None, lines: int, *, ended: bool) -> LogPage:
    """What came since the cursor, or the last lines. A line that is not at its end yet is left for the next page,
    unless the front has `ended`.
    """
    while True:
        generation = _settled(path)
        data = _bytes(path, 0 if cursor is None else _start(cursor, generation), ended)
        found = _found(path, cursor, lines, generation, data)
        if _generation(path) == generation:
            return found


def _start(cursor: str, generation: str) -> int:
    place = _Place.of(cursor)
    return place.offset if place.generation == generation else 0


def _found(path: Path, cursor: str | None, lines: int, generation: str, data: bytes) -> LogPage:
    start = 0 if cursor is None else _start(cursor, generation)
    here = _Place(generation, start + len(data), _head(path, start + len(data)))
    if cursor is None:
        rest = tail(_rotated(path), lines - data.count(b"\n")) if data.count(b"\n") < lines else []
        return LogPage(tuple([*rest, *_lines(data)][-lines:]), str(here))
    place = _Place.of(cursor)
    if place.generation == generation:
        goes_on = _head(path, place.offset) == place.head
        return page_of(_lines(data if goes_on else _bytes(path, 0, True)), lines, str(here), goes_on=goes_on)
    # It was rotated since: what came before that is in the file beside it, if that is the one that was read.
    before = _rotated(path)
    goes_on = _head(before, place.offset) == place.head
    missed = _bytes(before, place.offset, True) if goes_on else b""
    return page_of(_lines(missed + data), lines, str(here), goes_on=goes_on)


def _rotated(path: Path) -> Path:
    return path.with_name(path.name + ".1")


def _generation(path: Path) -> str:
    """Which file it is, and which one was moved away last."""
    about = []
    for file in (path, _rotated(path)):
        try:
            found = file.stat()
        except FileNotFoundError:
            about.append("none")
        else:
            about.append(f"{found.st_ino:x}")
            if file != path:
                about.append(f"{found.st_mtime_ns:x}")
    return "_".join(about)


def _settled(path: Path) -> str:
    """The generation, when no rotation is under way: while it is, the copy is as long as the log or grows."""
    for _ in range(_SETTLE_LOOKS):
        generation = _generation(path)
        if not _is_being_rotated(path):
            break
        time.sleep(_SETTLE_S)
    return generation


def _is_being_rotated(path: Path) -> bool:
    try:
        return _rotated(path).stat().st_size <= path.stat().st_size > _NEVER_ROTATED
    except FileNotFoundError:
        return False


def _bytes(path: Path, start: int, ended: bool) -> bytes:
    """From a byte to the end of the last whole line; to the end when it `ended`."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read()
    except FileNotFoundError:
        return b""
    return data if ended else data[: data.rfind(b"\n") + 1]


def _head(path: Path, offset: int) -> str:
    """Of the first bytes before the offset; `short` when there are not so many, or no file."""
    try:
        with path.open("rb") as file:
            first = file.read(min(offset, _HEAD))
            is_there = file.seek(0, 2) >= offset
    except FileNotFoundError:
        return "0" if offset == 0 else "short"
    return hashlib.sha256(first).hexdigest()[:16] if is_there and offset else "0" if offset == 0 else "short"


def _lines(data: bytes) -> list[str]:
    text = data.decode(errors="replace")
    return text[:-1].split("\n") if text.endswith("\n") else text.split("\n") if text else []
