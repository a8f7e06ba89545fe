"""Blobs in a folder of this machine: `ab/ab12…`, written to `tmp/` first, synced, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from jupyter_mlops.records import FileEntry
from jupyter_mlops.storage.blobs import YOUNG, BlobStore, corrupt, gone, in_threads, reading
from jupyter_mlops.storage.private import make_private_folder, storage_errors, sync_folder
from jupyter_mlops.storage.streams import Moved, Progress, first_block, move, move_rest, write_all
from jupyter_mlops.storage.trees import Found

__all__ = ["LocalBlobs"]

#: Seconds after which a file in `tmp/` that nobody holds was left by a process that died.
_ABANDONED = 60.0


class LocalBlobs(BlobStore):
    """See `BlobStore`. Nothing but whole blobs is ever seen under their names."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.root = str(folder)
        self._swept = False

    def put_file(self, path: Path, progress: Progress | None = None) -> FileEntry:
        with reading(path) as source, self._synced_at_the_end() as touched:
            moved = self._put(source, progress, touched)
        return FileEntry(path.name, moved.size, moved.sha256)

    def put_bytes(self, data: bytes) -> str:
        with self._synced_at_the_end() as touched:
            return self._put_block(memoryview(data), touched)

    def get_bytes(self, sha256: str) -> bytes:
        path = self._path(sha256)
        with storage_errors("reading a blob", path):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                raise gone(sha256, str(path)) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise corrupt(sha256, str(path))
        return data

    def fetch(self, sha256: str, destination: Path, progress: Progress | None = None) -> None:
        path = self._path(sha256)
        partial = destination.with_name(f"{destination.name}.{uuid.uuid4().hex[:8]}.part")
        with storage_errors("writing a file", destination):
            try:
                source = path.open("rb", buffering=0)
            except FileNotFoundError:
                raise gone(sha256, str(path)) from None
            try:
                with source, partial.open("xb", buffering=0) as file:
                    moved = move(source, write_all(file.fileno()), progress)
                if moved.sha256 != sha256:
                    raise corrupt(sha256, str(path))
                partial.replace(destination)
            finally:
                partial.unlink(missing_ok=True)

    def file(self, sha256: str, folder: Path) -> Path:  # noqa: ARG002
        if not self.exists(sha256):
            raise gone(sha256, str(self._path(sha256)))
        return self._path(sha256)

    def exists(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def missing(self, digests: Iterable[str]) -> set[str]:
        return {digest for digest in set(digests) if not self.exists(digest)}

    def remove(self, digests: Iterable[str]) -> int:
        removed = 0
        for digest in digests:
            path = self._path(digest)
            with storage_errors("removing a blob", path), contextlib.suppress(FileNotFoundError):
                path.unlink()
                removed += 1
            with contextlib.suppress(OSError):  # others are still in it
                path.parent.rmdir()
        return removed

    def digests(self, older_than: float = YOUNG) -> set[str]:
        newest = time.time() - older_than
        found = set()
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime <= newest:
                    found.add(path.name)
        return found

    # ── how ──

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def _put_all(self, files: list[Found], progress: Progress | None) -> list[FileEntry]:
        with self._synced_at_the_end() as touched:

            def put(found: Found) -> FileEntry:
                with reading(found.file) as source:
                    moved = self._put(source, progress, touched)
                return FileEntry(found.path, moved.size, moved.sha256, found.executable)

            return in_threads(put, files)

    def _put(self, source: BinaryIO, progress: Progress | None, touched: set[Path]) -> Moved:
        with storage_errors("storing a blob", self.folder):
            first = first_block(source)
            if first.is_all:  # small: hashed before it is written, if it is written at all
                if progress is not None:
                    progress(len(first.block))
                return Moved(self._put_block(first.block, touched), len(first.block))
            with self._temporary() as (descriptor, temporary):
                moved = move_rest(source, first.block, write_all(descriptor), progress)
                # One of that name may be corrupt, and to read it takes as long as to put this one in its place.
                self._publish(descriptor, temporary, moved.sha256, touched)
        return moved

    def _put_block(self, block: memoryview, touched: set[Path]) -> str:
        sha256 = hashlib.sha256(block).hexdigest()
        with storage_errors("storing a blob", self.folder):
            if not (self._touch(sha256) and self._holds(sha256, block)):
                with self._temporary() as (descriptor, temporary):
                    write_all(descriptor)(block)
                    self._publish(descriptor, temporary, sha256, touched)
        return sha256

    @contextmanager
    def _synced_at_the_end(self) -> Iterator[set[Path]]:
        """Folders that got a new name, each synced once: a tree of many small files waits for few of them."""
        touched: set[Path] = set()
        yield touched
        with storage_errors("storing a blob", self.folder):
            for folder in touched:
                sync_folder(folder)

    def _touch(self, sha256: str) -> bool:
        """True when the blob is there; it becomes young again, so that nobody collects it under our hands."""
        try:
            os.utime(self._path(sha256))
        except FileNotFoundError:
            return False
        except PermissionError:
            return self.exists(sha256)
        return True

    def _holds(self, sha256: str, block: memoryview) -> bool:
        """False for a blob that was damaged: registering its file again puts it right."""
        try:
            return self._path(sha256).read_bytes() == block
        except FileNotFoundError:  # collected just now
            return False

    def _publish(self, descriptor: int, temporary: Path, sha256: str, touched: set[Path]) -> None:
        os.fsync(descriptor)
        path = self._path(sha256)
        while True:
            make_private_folder(path.parent)
            try:
                temporary.rename(path)
            except FileNotFoundError:  # somebody removed the empty folder just now
                if not temporary.exists():
                    raise
            else:
                break
        touched |= {path.parent, self.folder}

    @contextmanager
    def _temporary(self) -> Iterator[tuple[int, Path]]:
        """A private file that is held while it is written, and gone afterwards unless it was renamed."""
        make_private_folder(self.folder)
        folder = make_private_folder(self.folder / "tmp")
        self._sweep(folder)
        path = folder / uuid.uuid4().hex
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            os.fchmod(descriptor, 0o600)
            _hold(descriptor)
            yield descriptor, path
        finally:
            path.unlink(missing_ok=True)
            os.close(descriptor)

    def _sweep(self, folder: Path) -> None:
        """Remove, once, what processes that were killed have left half-written."""
        if self._swept:
            return
        self._swept = True
        for path in folder.iterdir():
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED and not _is_held(path):
                    path.unlink()


def _hold(descriptor: int) -> None:
    import fcntl

    with contextlib.suppress(OSError):  # some network file systems have no locks: age alone decides there
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_held(path: Path) -> bool:
    import fcntl

    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
