"""Layers of a container image as deterministic tars: the same files give the same bytes, everywhere and always.

A layer is a list of entries; its bytes are made while they are sent, never kept. Owner, times and modes are not those
of the machine that made it. Purely computational but for the files it reads.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from jupyter_mlops.errors import ImageError
from jupyter_mlops.images.layout import inside
from jupyter_mlops.records import FileTree
from jupyter_mlops.storage.blobs import corrupt

__all__ = ["Entry", "Layer", "blob_entries", "file_entries", "folder", "link", "parents"]

_BLOCK = 512
_READ = 1 << 20
_END = b"\0" * (2 * _BLOCK)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file, folder or link. `content` is bytes, or the file to read; None for folders and links."""

    path: str
    """POSIX, from the root of the image, without a leading slash."""
    mode: int
    content: bytes | Path | None = None
    sha256: str | None = None
    """What a file's bytes must be, where that is known: they are checked while they are read."""
    target: str | None = None
    """Of a symbolic link."""
    uid: int = 0
    gid: int = 0

    @property
    def size(self) -> int:
        if isinstance(self.content, Path):
            return self.content.stat().st_size
        return 0 if self.content is None else len(self.content)

    def header(self) -> bytes:
        """Its tar header: no time, no names of users."""
        info = tarfile.TarInfo(self.path)
        info.mode, info.uid, info.gid, info.mtime = self.mode, self.uid, self.gid, 0
        if self.target is not None:
            info.type, info.linkname = tarfile.SYMTYPE, self.target
        elif self.content is None:
            info.type = tarfile.DIRTYPE
        else:
            info.size = self.size
        return info.tobuf(tarfile.PAX_FORMAT)

    def chunks(self) -> Iterator[bytes]:
        """Its content, padded to whole blocks.

        Raises `ImageError` when the file changes meanwhile, `StorageError` when it is not what it must be.
        """
        if self.content is None:
            return
        if isinstance(self.content, bytes):
            yield self.content
        else:
            yield from _read(self.content, self.size, self.sha256)
        yield b"\0" * (-self.size % _BLOCK)


def _read(path: Path, size: int, sha256: str | None) -> Iterator[bytes]:
    left, digest = size, hashlib.sha256()
    with path.open("rb") as file:
        while left and (data := file.read(min(_READ, left))):
            left -= len(data)
            if sha256 is not None:
                digest.update(data)
            yield data
    if left:
        raise ImageError("the file changed while the image was made", where=str(path), hint="try again")
    if sha256 is not None and sha256 != digest.hexdigest():
        raise corrupt(sha256, str(path))


@dataclass(frozen=True)
class Layer:
    """One layer. `name` is what a person calls it (`packages`); `key` the digest of all that goes into it: two layers
    of one key have the same bytes.
    """

    name: str
    key: str
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, name: str, key: str, entries: Iterable[Entry]) -> Layer:
        """A layer of these entries, sorted by path; of those with one path the last one counts."""
        by_path = {entry.path: entry for entry in entries}
        return cls(name, key, tuple(by_path[path] for path in sorted(by_path)))

    def with_entries(self, entries: Iterable[Entry]) -> Layer:
        """The same with these entries too."""
        return Layer.of(self.name, self.key, [*self.entries, *entries])

    @cached_property
    def size(self) -> int:
        """Bytes of the tar; no file is read for it."""
        contents = sum(entry.size + -entry.size % _BLOCK for entry in self.entries)
        return sum(map(len, self._headers)) + contents + len(_END)

    def chunks(self) -> Iterator[bytes]:
        """The tar."""
        for header, entry in zip(self._headers, self.entries, strict=True):
            yield header
            yield from entry.chunks()
        yield _END

    @cached_property
    def diff_id(self) -> str:
        """The sha256 of the tar, as an engine and an image's configuration name it. All of it is read for it."""
        digest = hashlib.sha256()
        for chunk in self.chunks():
            digest.update(chunk)
        return f"sha256:{digest.hexdigest()}"

    @cached_property
    def _headers(self) -> tuple[bytes, ...]:
        return tuple(entry.header() for entry in self.entries)


def folder(path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> Entry:
    return Entry(path=path, mode=mode, uid=uid, gid=gid)


def link(path: str, target: str) -> Entry:
    return Entry(path=path, mode=0o777, target=target)


def parents(paths: Iterable[str], *, below: str = "") -> list[Entry]:
    """Folders for all parents of these paths, the outermost first; those of `below` itself are left out."""
    known = {str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"."}
    skipped = {str(parent) for parent in [PurePosixPath(below), *PurePosixPath(below).parents]} if below else set()
    return [folder(path) for path in sorted(known - skipped)]


def blob_entries(tree: FileTree, at: str, file: Callable[[str], Path]) -> list[Entry]:
    """The files of a tree as entries below `at`, with their folders; `file` says where the one of a sha256 lies.

    Raises `ImageError` for a path that would lead out of `at`.
    """
    root = PurePosixPath(at)
    found = [
        Entry(
            path=str(inside(root, entry.path)),
            mode=0o555 if entry.executable else 0o444,
            content=file(entry.sha256),
            sha256=entry.sha256,
        )
        for entry in tree.entries
    ]
    return [*parents((entry.path for entry in found), below=at), *found]


def file_entries(root: Path, at: str, *, leave_out: Sequence[str] = ()) -> list[Entry]:
    """All files below `root` as entries below `at`, sorted, with their folders; readable by all, written by nobody.

    `leave_out` are names of files and folders that are not taken. Links are taken as what they point to.
    """
    found: list[Entry] = []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if any(part in leave_out for part in relative.parts):
            continue
        name = f"{at}/{relative.as_posix()}"
        if path.is_dir():
            found.append(folder(name))
        elif path.is_file():
            found.append(Entry(path=name, mode=0o555 if path.stat().st_mode & 0o100 else 0o444, content=path))
    return found
