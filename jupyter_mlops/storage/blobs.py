"""Blobs by the sha256 of their bytes: what both kinds of store have in common, and which one a root asks for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from jupyter_mlops.errors import StorageError, UsageError
from jupyter_mlops.records import FileEntry, FileTree
from jupyter_mlops.storage.streams import BLOCK, Progress
from jupyter_mlops.storage.trees import Found, entry_path, find_files, parse_tree, tree_document

__all__ = ["BlobStore", "open_blobs"]

#: Seconds; a younger blob may belong to a registration that is under way.
YOUNG = 3600.0
#: Small files are moved this many at a time: each waits for the disk, not for the processor.
_AT_ONCE = 8


class BlobStore(ABC):
    """Immutable bytes, found by their sha256 in hex. Safe across threads and processes.

    `progress` is called with the bytes done since its last call; in all they are the size of what is moved.
    """

    root: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.root!r})"

    @abstractmethod
    def put_file(self, path: Path, progress: Progress | None = None) -> FileEntry:
        """Keep a file's bytes; what is there already is kept once. Whole and on the disk when this returns.

        The entry's path is the file's name. Raises `StorageError` when the disk is full or read-only (nothing
        half-made is left), `UsageError` when the file is not there.
        """

    @abstractmethod
    def put_bytes(self, data: bytes) -> str:
        """Keep `data`; returns its sha256."""

    @abstractmethod
    def get_bytes(self, sha256: str) -> bytes:
        """The bytes, checked against their digest. Raises `StorageError` when they are corrupt or gone."""

    @abstractmethod
    def fetch(self, sha256: str, destination: Path, progress: Progress | None = None) -> None:
        """Write the blob to `destination`, checked while it is copied; a corrupt one leaves no file there."""

    @abstractmethod
    def file(self, sha256: str, folder: Path) -> Path:
        """The blob as a file to read and never to write: the store's own where that is one of this machine, which is
        not checked; else fetched into `folder`. Raises `StorageError` when it is gone."""

    @abstractmethod
    def exists(self, sha256: str) -> bool:
        """Whether the blob is there (its bytes are not read)."""

    @abstractmethod
    def remove(self, digests: Iterable[str]) -> int:
        """Remove these blobs; returns how many were there. `Store.free` says which may go."""

    @abstractmethod
    def digests(self, older_than: float = YOUNG) -> set[str]:
        """The blobs that are at least `older_than` seconds old."""

    def collect(self, keep: set[str], *, older_than: float = YOUNG) -> int:
        """Remove every blob that is not in `keep` and not younger than `older_than` seconds; returns how many.

        A registration that is under way holds blobs that nobody refers to yet: `Store.free` is the safe way.
        """
        return self.remove(self.digests(older_than) - keep)

    def missing(self, digests: Iterable[str]) -> set[str]:
        """Those of `digests` that are not there."""
        wanted = sorted(set(digests))
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            return {digest for digest, there in zip(wanted, threads.map(self.exists, wanted), strict=True) if not there}

    def put_tree(self, folder: Path, progress: Progress | None = None) -> FileTree:
        """Keep every file under `folder` (or the one file), and the tree's own JSON under its digest."""
        tree = FileTree(tuple(sorted(self._put_all(find_files(folder), progress))))
        self.put_bytes(tree_document(tree))
        return tree

    def get_tree(self, digest: str) -> FileTree:
        """The tree that `put_tree` returned."""
        return parse_tree(self.get_bytes(digest))

    def fetch_tree(self, digest: str, folder: Path, progress: Progress | None = None) -> None:
        """Write the files of a tree under `folder`, which is made. `StorageError` when one is corrupt or gone."""
        for entry in self.get_tree(digest).entries:
            path = entry_path(folder, entry)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.fetch(entry.sha256, path, progress)
            if entry.executable:
                path.chmod(path.stat().st_mode | 0o111)

    def _put_all(self, files: list[Found], progress: Progress | None) -> list[FileEntry]:
        def put(found: Found) -> FileEntry:
            entry = self.put_file(found.file, progress)
            return FileEntry(found.path, entry.size, entry.sha256, found.executable)

        return in_threads(put, files)


def in_threads(put: Callable[[Found], FileEntry], files: list[Found]) -> list[FileEntry]:
    """`put` each file: small ones a few at a time, a large one (which has threads of its own) after the other."""
    large: list[Found] = []
    small: list[Found] = []
    for found in files:
        (large if found.size >= BLOCK else small).append(found)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return [*threads.map(put, small), *map(put, large)]


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """The file, open and unbuffered. Raises `UsageError` when it is gone or cannot be read."""
    try:
        source = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise UsageError("the file is gone", where=str(path)) from None
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", where=str(path)) from None
    with source:
        yield cast(BinaryIO, source)


def open_blobs(root: str, folder: Path | None = None) -> BlobStore:
    """The store at `root`: an fsspec URL, or a path (a relative one is under `folder`).

    Raises `WorkspaceError` when what serves the URL is not installed.
    """
    from jupyter_mlops.storage.local_blobs import LocalBlobs

    scheme, separator, rest = root.partition("://")
    if not separator:
        return LocalBlobs((folder or Path.cwd()) / root)
    if scheme in ("file", "local"):
        return LocalBlobs(Path(rest))
    from jupyter_mlops.storage.remote_blobs import RemoteBlobs

    return RemoteBlobs(root)


def corrupt(sha256: str, where: str) -> StorageError:
    """The error for a blob whose bytes are not what they were."""
    return StorageError(
        f"the blob {sha256[:12]}… is corrupt: its bytes are not those that were stored",
        where=where,
        hint="register the model again, or restore the file from a copy",
    )


def gone(sha256: str, where: str) -> StorageError:
    """The error for a blob that is not there."""
    return StorageError(
        f"the blob {sha256[:12]}… is gone",
        where=where,
        hint="register the model again, or restore the file from a copy",
    )
