"""Files and folders that only their owner can read, whatever the umask; and writes that survive a power cut."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_mlops.errors import StorageError

__all__ = ["make_private_file", "make_private_folder", "storage_errors", "sync_folder"]

# Disk full, quota reached, file too large for the limit of this process.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def storage_errors(doing: str, where: Path | str) -> Iterator[None]:
    """An `OSError` inside becomes a `StorageError` of one line that says what to do."""
    try:
        yield
    except OSError as error:
        place = str(where)
        if error.errno in _FULL:
            raise StorageError(
                f"no space left while {doing}", where=place, hint="free some space, then run it again; nothing was kept"
            ) from error
        if error.errno in _REFUSED:
            raise StorageError(
                f"not allowed to write while {doing}", where=place, hint=f"ls -ld {place}  # it must be yours to write"
            ) from error
        raise StorageError(f"{_said(error)} while {doing}", where=place) from error


def _said(error: OSError) -> str:
    """The system's words; a driver's own where the system had no part in it."""
    if error.errno:
        return os.strerror(error.errno)
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def make_private_folder(folder: Path) -> Path:
    """Make `folder` (mode 0700), and the folders above it as the umask says. One that is there keeps its mode."""
    with storage_errors("making a folder", folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            if not folder.is_dir():
                raise
        else:
            folder.chmod(0o700)
    return folder


def make_private_file(path: Path) -> None:
    """Make an empty file of mode 0600, or set the mode of the one that is there."""
    with storage_errors("making a file", path):
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: a rename is safe only once its folder is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        # Some network file systems cannot sync a folder; they make the rename durable themselves.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
