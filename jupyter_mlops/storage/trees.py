"""A folder (or one file) as a list of files, and the names that a tree may have."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from jupyter_mlops.errors import StorageError, UsageError
from jupyter_mlops.records import FileEntry, FileTree, canonical_json

__all__ = ["Found", "entry_path", "find_files", "parse_tree", "tree_document"]


class Found(NamedTuple):
    """A file on the disk, and what it is called inside the tree."""

    file: Path
    path: str
    size: int
    executable: bool


def find_files(folder: Path) -> list[Found]:
    """Every file under `folder`, sorted by path; a single file is found under its own name.

    Links are followed. Raises `UsageError` for a folder without files, a link that leads nowhere or in a circle, a
    socket or a device, a name that is no text.
    """
    if not folder.exists():
        raise UsageError("no such file or folder", where=str(folder))
    found = [_found(folder, folder.name)] if not folder.is_dir() else list(_walk(folder, PurePosixPath(), ()))
    if not found:
        raise UsageError("the folder has no files", where=str(folder))
    return sorted(found, key=lambda each: each.path)


def _walk(folder: Path, inside: PurePosixPath, above: tuple[Path, ...]) -> Iterator[Found]:
    real = folder.resolve()
    if real in above:
        raise UsageError("a link that leads in a circle", where=str(folder))
    for file in folder.iterdir():
        if file.is_dir():
            yield from _walk(file, inside / file.name, (*above, real))
        else:
            yield _found(file, str(inside / file.name))


def _found(file: Path, path: str) -> Found:
    try:
        status = file.stat()
        path.encode()
    except FileNotFoundError:
        raise UsageError("the file is gone, or a link that leads nowhere", where=str(file)) from None
    except UnicodeEncodeError:
        raise UsageError("a file whose name is no text", where=repr(str(file)), hint="rename it") from None
    if not stat.S_ISREG(status.st_mode):
        raise UsageError("not a regular file", where=str(file))
    return Found(file, path, status.st_size, bool(status.st_mode & stat.S_IXUSR))


def tree_document(tree: FileTree) -> bytes:
    """The tree's own JSON, whose sha256 is the tree's digest."""
    return canonical_json([asdict(entry) for entry in tree.entries])


def parse_tree(document: bytes) -> FileTree:
    """What `tree_document` wrote."""
    return FileTree(tuple(FileEntry(**entry) for entry in json.loads(document)))


def entry_path(folder: Path, entry: FileEntry) -> Path:
    """Where `entry` goes under `folder`. Raises `StorageError` for a path that leads out of it."""
    parts = PurePosixPath(entry.path).parts
    if not parts or ".." in parts or parts[0] == "/" or "\0" in entry.path:
        raise StorageError(f"a file that would lie outside of its folder: {entry.path!r}", hint="do not use this model")
    return folder.joinpath(*parts)
