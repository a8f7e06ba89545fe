"""Bytes that are hashed while they are moved: reading, hashing and writing at the same time, a few blocks in memory.

Hashing and file calls release the GIL, so that a large file moves at the speed of the slowest of the three.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO, NamedTuple

__all__ = ["BLOCK", "FirstBlock", "Moved", "Progress", "Write", "first_block", "move", "move_rest", "write_all"]

#: Bytes in a block.
BLOCK = 16 * 1024 * 1024
_BUFFERS = 3

Write = Callable[[memoryview], None]
#: Told the bytes that were done since the last call; they sum up to the size.
Progress = Callable[[int], None]


class Moved(NamedTuple):
    sha256: str
    size: int


def move(source: BinaryIO, write: Write | None, progress: Progress | None = None) -> Moved:
    """Read `source` to its end, give each block to `write` in order, and say what it was.

    `source` must be unbuffered or fill a whole buffer by `readinto`. What `write` raises is raised here, after the
    threads have ended.
    """
    first = first_block(source)
    if first.is_all:
        return _move_one(first.block, write, progress)
    return move_rest(source, first.block, write, progress)


class FirstBlock(NamedTuple):
    """The beginning of a stream, and whether that was all of it."""

    block: memoryview
    is_all: bool


def first_block(source: BinaryIO) -> FirstBlock:
    """Read the first block; of a small file, all of it, into a buffer that is not larger than the file."""
    buffer = bytearray(min(BLOCK, _size_of(source) + 1))  # one more, to see that this is the end
    count = _fill(source, memoryview(buffer))
    return FirstBlock(memoryview(buffer)[:count], count < len(buffer))


def move_rest(source: BinaryIO, first: memoryview, write: Write | None, progress: Progress | None = None) -> Moved:
    """As `move`, for a source whose `first` block was read already."""
    digest = hashlib.sha256()
    buffers = [first, *(memoryview(bytearray(BLOCK)) for _ in range(_BUFFERS - 1))]
    under_way: list[list[Future[None]]] = [[] for _ in buffers]
    size, turn, count = 0, 0, len(first)
    with ThreadPoolExecutor(1) as hasher, ThreadPoolExecutor(1) as writer:
        while count:
            block = buffers[turn][:count]
            under_way[turn] = [hasher.submit(digest.update, block)]
            if write is not None:
                under_way[turn].append(writer.submit(write, block))
            size += count
            if progress is not None:
                progress(count)
            turn = (turn + 1) % _BUFFERS
            _wait(under_way[turn])
            count = _fill(source, buffers[turn])
        for futures in under_way:
            _wait(futures)
    return Moved(digest.hexdigest(), size)


def _size_of(source: BinaryIO) -> int:
    try:
        return os.fstat(source.fileno()).st_size
    except (AttributeError, OSError):  # no file of this machine
        return BLOCK


def write_all(descriptor: int) -> Write:
    """A `write` for a file descriptor: writes the whole block, however often the system is asked."""

    def write(block: memoryview) -> None:
        while block:
            block = block[os.write(descriptor, block) :]

    return write


def _fill(source: BinaryIO, view: memoryview) -> int:
    filled = 0
    while filled < len(view):
        count = source.readinto(view[filled:])  # type: ignore[attr-defined]  # every binary file has it
        if not count:
            break
        filled += count
    return filled


def _move_one(block: memoryview, write: Write | None, progress: Progress | None) -> Moved:
    if write is not None and block:
        write(block)
    if progress is not None:
        progress(len(block))
    return Moved(hashlib.sha256(block).hexdigest(), len(block))


def _wait(futures: list[Future[None]]) -> None:
    for future in futures:
        future.result()
