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
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

from jupyter_mlops.errors import ImageError, StorageError
from jupyter_mlops.images import layout
from jupyter_mlops.images.wheel import wheel_name
from jupyter_mlops.records import FileTree, ImageManifest, ManifestModel, Progress, canonical_json

__all__ = ["Blobs", "fetch_wheels", "is_whole", "unpack"]


class Blobs(Protocol):
    """What of `storage.BlobStore` images need."""

    def get_bytes(self, sha256: str) -> bytes: ...

    def fetch(self, sha256: str, destination: Path) -> None: ...

    def file(self, sha256: str, folder: Path) -> Path: ...

    def get_tree(self, digest: str) -> FileTree: ...

    def fetch_tree(self, digest: str, folder: Path, progress: Callable[[int], None] | None = None) -> object: ...


def unpack(manifest: ImageManifest, blobs: Blobs, folder: Path, *, progress: Progress | None = None) -> Path:
    """Lay the image out as `folder` (see `layout`) and return it; reused when it is there and whole.

    Model and script files are read-only, the folders are their owner's alone. `progress` is told the fraction of
    the bytes. Two processes that unpack the same image do it once.
    Raises `StorageError` when the disk is full, the folder is read-only, or a blob is corrupt or gone; nothing is
    left behind then.
    """
    with _disk_errors(folder):
        if is_whole(folder, manifest):
            os.utime(folder)  # it is wanted again: whoever tidies up leaves it alone for a while
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
        if (folder / layout.MANIFEST).read_bytes() != canonical_json(manifest.document()):
            return False
        return all((folder / path).stat().st_size == size for path, size in listed.items())
    except (OSError, ValueError):
        return False


def _write(manifest: ImageManifest, blobs: Blobs, part: Path, progress: Progress | None) -> None:
    lock = blobs.get_bytes(manifest.lock)
    trees = [(layout.model_folder(model), blobs.get_tree(model.digest), model.digest) for model in manifest.models]
    trees.append(
        (layout.source_folder(manifest.script), blobs.get_tree(manifest.script.digest), manifest.script.digest)
    )
    told = _told(progress, sum(tree.size for _, tree, _ in trees))
    sizes: dict[str, int] = {}
    for root, tree, digest in trees:
        paths = [layout.inside(root, entry.path) for entry in tree.entries]
        (part / root).mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _linked(part, root, digest, tree, told):
            blobs.fetch_tree(digest, part / root, told)
        for path, entry in zip(paths, tree.entries, strict=True):
            (part / path).chmod(0o500 if entry.executable else 0o400)
            sizes[path.as_posix()] = entry.size
    wheels = (package.get("wheel") for package in json.loads(lock)["packages"])
    for name, size in fetch_wheels(filter(None, wheels), blobs, part / layout.WHEELS):
        sizes[f"{layout.WHEELS}/{name}"] = size
    # The three documents come last: a folder without them is never taken for an image.
    for name, content in ((layout.LOCK, lock), (layout.MANIFEST, canonical_json(manifest.document()))):
        (part / name).write_bytes(content)
        sizes[name] = len(content)
    (part / layout.MODELS).mkdir(parents=True, exist_ok=True)
    (part / layout.FILES).write_bytes(canonical_json(sizes))


def _linked(part: Path, root: PurePosixPath, digest: str, tree: FileTree, told: Callable[[int], None] | None) -> bool:
    """Whether the model's files were had from another image that is laid out beside this one: a changed script costs
    no copy of its model. They are read-only on both sides; False where that cannot be, and nothing is left then.
    """
    for manifest in part.parent.glob(f"[!.]*/{layout.MANIFEST}"):
        try:
            models = json.loads(manifest.read_bytes())["models"]
            if digest not in {
                model["digest"] for model in models if layout.model_folder(ManifestModel(**model)) == root
            }:
                continue
            for entry in tree.entries:
                path = layout.inside(root, entry.path)
                (part / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if (manifest.parent / path).stat().st_size != entry.size:
                    raise OSError(f"{path} is not as it was")
                (part / path).hardlink_to(manifest.parent / path)
        except (OSError, ValueError, TypeError, KeyError):  # removed meanwhile, another file system, not ours
            shutil.rmtree(part / root)
            (part / root).mkdir(mode=0o700, parents=True)
            continue
        if told is not None:
            told(tree.size)
        return True
    return False


def _told(progress: Progress | None, total: int) -> Callable[[int], None] | None:
    """Bytes as they are done → the fraction of all of them."""
    if progress is None or total == 0:
        return None
    done = 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        progress.fraction(done / total)

    return told


def fetch_wheels(digests: Iterable[str], blobs: Blobs, folder: Path) -> Iterator[tuple[str, int]]:
    """The distributions with these digests, into a new folder: name and size of each, as it comes."""
    folder.mkdir(mode=0o700)
    for digest in digests:
        fetched = folder / digest
        blobs.fetch(digest, fetched)
        named = fetched.rename(folder / wheel_name(fetched))
        yield named.name, named.stat().st_size


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the lock of one image; it goes with the process, however that ends."""
    path = folder.parent / f".{folder.name}.lock"
    while True:
        with path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Whoever removes an unused image removes its lock file too, perhaps while we waited for it.
            if path.exists() and os.path.samestat(os.fstat(lock.fileno()), path.stat()):
                yield
                return


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
