"""An image's files, laid out on this machine: all of them, checked by hash, or nothing.

The files are written into a folder whose name nobody looks for, which is renamed when it is whole. An OS lock says
who is at it: the leavings of a process that was killed are swept by the next one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Protocol

from jupyter_mlops.errors import ImageError, StorageError
from jupyter_mlops.images import layout
from jupyter_mlops.images.wheel import wheel_name
from jupyter_mlops.records import FileEntry, FileTree, ImageManifest, Progress, canonical_json

__all__ = ["Blobs", "is_whole", "unpack"]


class Blobs(Protocol):
    """What of `storage.BlobStore` unpacking needs."""

    def get_bytes(self, sha256: str) -> bytes: ...

    def get_tree(self, digest: str) -> FileTree: ...

    def fetch(self, sha256: str, destination: Path) -> None: ...


def unpack(manifest: ImageManifest, blobs: Blobs, folder: Path, *, progress: Progress | None = None) -> Path:
    """Lay the image out as `folder` (see `layout`) and return it; reused when it is there and whole.

    Model and script files are read-only, the folders are their owner's alone. `progress` is told the fraction of
    the bytes. Two processes that unpack the same image do it once.
    Raises `StorageError` when the disk is full, the folder is read-only, or a blob is corrupt or gone; nothing is
    left behind then.
    """
    with _disk_errors(folder):
        if is_whole(folder, manifest):
            return folder
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(folder):
            if is_whole(folder, manifest):
                return folder
            _sweep(folder)
            part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
            try:
                _write(manifest, blobs, part, progress)
                part.rename(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    return folder


def is_whole(folder: Path, manifest: ImageManifest) -> bool:
    """Whether `folder` holds all of this image: every file is there with its size."""
    try:
        listed = json.loads((folder / layout.FILES).read_bytes())
        if (folder / layout.MANIFEST).read_bytes() != canonical_json(asdict(manifest)):
            return False
        return all((folder / path).stat().st_size == size for path, size in listed.items())
    except (OSError, ValueError):
        return False


def _write(manifest: ImageManifest, blobs: Blobs, part: Path, progress: Progress | None) -> None:
    lock = blobs.get_bytes(manifest.lock)
    plan = list(_files(manifest, blobs))
    total = sum(entry.size for _, entry in plan) or 1
    sizes: dict[str, int] = {}
    done = 0
    for path, entry in plan:
        _place(blobs, entry, part / path)
        sizes[path.as_posix()] = entry.size
        done += entry.size
        if progress is not None:
            progress.fraction(done / total)
    for name, size in _wheels(lock, blobs, part / layout.WHEELS):
        sizes[f"{layout.WHEELS}/{name}"] = size
    # The three documents come last: a folder without them is never taken for an image.
    for name, content in ((layout.LOCK, lock), (layout.MANIFEST, canonical_json(asdict(manifest)))):
        (part / name).write_bytes(content)
        sizes[name] = len(content)
    (part / layout.MODELS).mkdir(parents=True, exist_ok=True)
    (part / layout.FILES).write_bytes(canonical_json(sizes))


def _files(manifest: ImageManifest, blobs: Blobs) -> Iterator[tuple[PurePosixPath, FileEntry]]:
    """Every file of the models and of the script, with its place in the image."""
    roots = [(layout.model_folder(model), model.digest) for model in manifest.models]
    for root, digest in [*roots, (layout.source_folder(manifest.script), manifest.script.digest)]:
        for entry in blobs.get_tree(digest).entries:
            yield layout.inside(root, entry.path), entry


def _place(blobs: Blobs, entry: FileEntry, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    blobs.fetch(entry.sha256, path)
    path.chmod(0o500 if entry.executable else 0o400)


def _wheels(lock: bytes, blobs: Blobs, folder: Path) -> Iterator[tuple[str, int]]:
    folder.mkdir(mode=0o700)
    for package in json.loads(lock)["packages"]:
        if not package.get("wheel"):
            continue
        fetched = folder / package["wheel"]
        blobs.fetch(package["wheel"], fetched)
        named = fetched.rename(folder / wheel_name(fetched))
        yield named.name, named.stat().st_size


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of one image; it goes with the process, however that ends."""
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(folder: Path) -> None:
    """Remove what a killed process left of this image, and a folder that is not whole."""
    for leavings in folder.parent.glob(f".{folder.name}.*.part"):
        shutil.rmtree(leavings)
    if folder.exists():
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
        folder.rename(aside / "old")
        shutil.rmtree(aside)


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError("the disk is full", where=str(folder), hint="free some space and try again") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                f"not writable: {error.strerror}",
                where=os.fspath(error.filename or folder),
                hint="set JUPYTER_MLOPS_STATE to a folder of yours",
            ) from error
        raise ImageError(f"could not unpack the image: {error}", where=str(folder)) from error
