"""Blobs on any file system that fsspec knows: S3, Azure, Google, SFTP, a network share …

An object store shows an object only once it is whole. Everywhere else a blob is written under `tmp/` first and then
renamed. A file is hashed before it is sent, so that what is there already is not sent again, and once more while
it is sent, so that a file that changed meanwhile is never kept under a wrong name. What is there already is read, for
a blob that was damaged must be replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec

from jupyter_mlops.errors import RequirementError, StorageError, UsageError
from jupyter_mlops.records import FileEntry
from jupyter_mlops.storage.blobs import YOUNG, BlobStore, corrupt, gone, reading
from jupyter_mlops.storage.private import storage_errors
from jupyter_mlops.storage.streams import BLOCK, Moved, Progress, move, write_all

__all__ = ["RemoteBlobs"]

# Their PUT is atomic, and their rename is a copy.
_OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "oci", "r2", "memory"}
_DIGEST_LENGTH = 64  # what is in `tmp/` has shorter names
#: What is in `tmp/` for longer was left by a process that died.
_ABANDONED = timedelta(days=1)
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "abfs": "azure", "abfss": "azure", "az": "azure"}


class RemoteBlobs(BlobStore):
    """See `BlobStore`. `root` is an fsspec URL; its credentials come from the environment or fsspec's configuration."""

    def __init__(self, root: str):
        self.root = root
        scheme = root.partition("://")[0]
        self._atomic = scheme in _OBJECT_STORES
        self._swept = False
        try:
            self._files, self._base = fsspec.core.url_to_fs(root)
        except ImportError as error:
            extra = _EXTRAS.get(scheme)
            hint = f"pip install 'jupyter-mlops[{extra}]'" if extra else str(error)
            raise RequirementError(f"blobs at {scheme}:// need a package that is not installed", hint=hint) from None
        except ValueError:
            raise UsageError(
                f"no file system is known for {scheme}://", hint="see fsspec's list of protocols"
            ) from None

    def put_file(self, path: Path, progress: Progress | None = None) -> FileEntry:
        with reading(path) as source:
            was = move(source, None)
        if self._holds(was):
            if progress is not None:
                progress(was.size)
        else:
            with reading(path) as source:
                self._send(source, was, progress, str(path))
        return FileEntry(path.name, was.size, was.sha256)

    def put_bytes(self, data: bytes) -> str:
        was = Moved(hashlib.sha256(data).hexdigest(), len(data))
        if not self._holds(was):
            self._send(io.BytesIO(data), was, None, self.root)
        return was.sha256

    def get_bytes(self, sha256: str) -> bytes:
        path = self._path(sha256)
        with self._errors("reading a blob"):
            try:
                data = cast(bytes, self._files.cat_file(path))
            except FileNotFoundError:
                raise gone(sha256, self.root) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise corrupt(sha256, self.root)
        return data

    def fetch(self, sha256: str, destination: Path, progress: Progress | None = None) -> None:
        partial = destination.with_name(f"{destination.name}.{uuid.uuid4().hex[:8]}.part")
        with storage_errors("writing a file", destination), self._errors("reading a blob"):
            try:
                source = self._files.open(self._path(sha256), "rb", block_size=BLOCK)
            except FileNotFoundError:
                raise gone(sha256, self.root) from None
            try:
                with source, partial.open("xb", buffering=0) as file:
                    moved = move(source, write_all(file.fileno()), progress)
                if moved.sha256 != sha256:
                    raise corrupt(sha256, self.root)
                partial.replace(destination)
            finally:
                partial.unlink(missing_ok=True)

    def file(self, sha256: str, folder: Path) -> Path:
        fetched = folder / sha256
        if not fetched.exists():
            self.fetch(sha256, fetched)
        return fetched

    def exists(self, sha256: str) -> bool:
        with self._errors("looking for a blob"):
            self._forget_listing(sha256)
            return bool(self._files.exists(self._path(sha256)))

    def remove(self, digests: Iterable[str]) -> int:
        removed = 0
        for digest in digests:
            with self._errors("removing a blob"), contextlib.suppress(FileNotFoundError):
                self._files.rm_file(self._path(digest))
                removed += 1
        return removed

    def digests(self, older_than: float = YOUNG) -> set[str]:
        newest = datetime.now(UTC) - timedelta(seconds=older_than)
        with self._errors("listing the blobs"):
            self._files.invalidate_cache()
            try:
                found = cast(dict[str, dict[str, Any]], self._files.find(self._base, detail=True))
            except FileNotFoundError:
                return set()
        written = {path.rpartition("/")[2]: _modified(info) for path, info in found.items()}
        return {name for name, when in written.items() if len(name) == _DIGEST_LENGTH and when <= newest}

    # ── how ──

    def _path(self, sha256: str) -> str:
        return f"{self._base}/{sha256[:2]}/{sha256}"

    def _holds(self, was: Moved) -> bool:
        """False for a blob that was damaged: registering its file again puts it right."""
        with self._errors("reading a blob"):
            self._forget_listing(was.sha256)
            try:
                with self._files.open(self._path(was.sha256), "rb", block_size=BLOCK) as source:
                    return move(source, None) == was
            except FileNotFoundError:
                return False

    def _forget_listing(self, sha256: str) -> None:
        """Another process may have put the blob since fsspec listed the folder."""
        self._files.invalidate_cache(f"{self._base}/{sha256[:2]}")

    def _send(self, source: BinaryIO, was: Moved, progress: Progress | None, origin: str) -> None:
        path = self._path(was.sha256)
        written = path if self._atomic else f"{self._base}/tmp/{uuid.uuid4().hex}"
        with self._errors("storing a blob"):
            self._sweep()
            if not self._atomic:  # an object store has no folders, and some drivers would make the bucket
                self._files.makedirs(written.rpartition("/")[0], exist_ok=True)
            try:
                with self._files.open(written, "wb", block_size=BLOCK) as file:
                    now = move(source, file.write, progress)
                if now != was:
                    raise StorageError("the file changed while it was stored", where=origin, hint="run it again")
                if not self._atomic:
                    self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
                    self._replace(written, path)
            except BaseException:
                with contextlib.suppress(Exception):
                    self._files.rm_file(written)
                raise

    def _replace(self, written: str, path: str) -> None:
        try:
            self._files.mv(written, path)
        except FileExistsError:  # a rename there does not replace: a damaged one, or one that was put just now
            self._files.rm_file(path)
            self._files.mv(written, path)

    def _sweep(self) -> None:
        """Remove, once, what processes that were killed have left half-written."""
        if self._atomic or self._swept:
            return
        self._swept = True
        with contextlib.suppress(FileNotFoundError):
            for info in self._files.ls(f"{self._base}/tmp", detail=True):
                if _modified(info) < datetime.now(UTC) - _ABANDONED:
                    self._files.rm_file(info["name"])

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        """What a driver raises, as one line. Drivers have exceptions of their own, of no common class."""
        with storage_errors(doing, self.root):
            try:
                yield
            except (OSError, StorageError):
                raise
            except Exception as error:
                said = (str(error).strip().splitlines() or [type(error).__name__])[0]
                raise StorageError(f"{type(error).__name__} while {doing}: {said}", where=self.root) from error


def _modified(info: dict[str, Any]) -> datetime:
    """When an object was written, by the name that its driver has for it; now, where none says."""
    for name in ("LastModified", "last_modified", "updated", "mtime", "created", "modified"):
        value = info.get(name)
        if isinstance(value, datetime):
            return value if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
    return datetime.now(UTC)
