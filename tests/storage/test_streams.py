"""Bytes that are hashed while they are moved."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from jupyter_mlops.storage.streams import BLOCK, move

DATA = os.urandom(1 << 20) * 40  # two blocks and a half


def test_what_is_written_is_what_was_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(DATA)
    written = bytearray()
    told: list[int] = []
    with (tmp_path / "source").open("rb", buffering=0) as source:
        moved = move(source, written.extend, told.append)  # type: ignore[arg-type]
    assert moved == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert bytes(written) == DATA
    assert told == [BLOCK, BLOCK, len(DATA) - 2 * BLOCK]


def test_a_source_that_gives_little_at_a_time_is_read_to_its_end() -> None:
    class Trickle(io.RawIOBase):
        left = memoryview(DATA)

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            count = min(len(buffer), 1_000_003, len(self.left))
            buffer[:count] = self.left[:count]
            self.left = self.left[count:]
            return count

    assert move(Trickle(), None).sha256 == hashlib.sha256(DATA).hexdigest()  # type: ignore[arg-type]


def test_a_file_that_grows_meanwhile_is_read_as_it_is_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"short")
    with (tmp_path / "source").open("rb", buffering=0) as source:

        class Growing:
            def fileno(self) -> int:
                return source.fileno()

            def readinto(self, buffer: memoryview) -> int | None:
                if source.tell() == 5:
                    with (tmp_path / "source").open("ab") as file:
                        file.write(b" and then long")
                return source.readinto(buffer)

        moved = move(Growing(), None)  # type: ignore[arg-type]
    assert moved == (hashlib.sha256((tmp_path / "source").read_bytes()).hexdigest(), moved.size)
    assert moved.size > 5


def test_what_the_writer_raises_is_raised_and_no_thread_is_left() -> None:
    def full(_block: memoryview) -> None:
        raise OSError(errno.ENOSPC, "full")

    before = threading.active_count()
    with pytest.raises(OSError, match="full"):
        move(io.BytesIO(DATA), full)
    assert threading.active_count() == before


def test_a_caller_that_gives_up_in_the_middle_leaves_no_thread() -> None:
    """As a person who interrupts the kernel."""

    def interrupted(_done: int) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        move(io.BytesIO(DATA), lambda _block: None, interrupted)
    assert threading.active_count() == before
