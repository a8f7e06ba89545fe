"""What this machine keeps for its services, in a folder that only its owner may enter.

    <state>/<workspace>@<host>/                  MachineFolder
        services/<name>/                         ServiceFolder
            front.json  desired.json  failure.json  revisions/<n>.json
            keys/primary  keys/secondary  front.log  front.lock  front.pid  collected/
        images/<digest>/  venvs/<hash>/          shared by the services

`<state>` is `JUPYTER_MLOPS_STATE`, else the user's state folder. Sockets lie here too where their path is short
enough; else in a 0700 folder under `XDG_RUNTIME_DIR` or the temporary folder.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import socket
import stat
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import BusyError, MlopsError, ServiceError, StorageError

__all__ = ["MachineFolder", "ServiceFolder", "disk_errors", "locked", "short_folder", "state_root", "write_private"]

_SOCKET_PATH = 103
"""Bytes of a Unix socket's path that every system takes: macOS has 104 with the closing zero."""

_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def state_root() -> Path:
    """The folder of all workspaces on this machine."""
    chosen = os.environ.get("JUPYTER_MLOPS_STATE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return platformdirs.user_state_path("jupyter-mlops")


class MachineFolder:
    """The part of this machine that belongs to one workspace. Making one touches no file."""

    def __init__(self, workspace_id: str, state: Path | None = None):
        self._root = (state or state_root()) / f"{workspace_id}@{socket.gethostname()}"

    @property
    def root(self) -> Path:
        """The folder itself, made 0700 when it is not there. Raises `StorageError` when it cannot be."""
        return _private(self._root)

    @contextlib.contextmanager
    def scratch(self, prefix: str) -> Iterator[Path]:
        """An empty folder for as long as something is made in it. Raises `StorageError` when the disk is full."""
        with disk_errors(self._root), tempfile.TemporaryDirectory(prefix=prefix, dir=self.root) as folder:
            yield Path(folder)

    @property
    def services(self) -> Path:
        return self._root / "services"

    @property
    def images(self) -> Path:
        return self._root / "images"

    @property
    def venvs(self) -> Path:
        return self._root / "venvs"

    def image(self, digest: str) -> Path:
        """Where the image of this digest is unpacked."""
        return _private(self.root / "images") / digest

    def service(self, name: str) -> ServiceFolder:
        """The folder of a service, there or not. Raises `ServiceError` for what cannot be a service's name."""
        if not _SERVICE_NAME.fullmatch(name):
            raise ServiceError(f"no service can have the name {name!r}", hint="lower-case letters, digits and hyphens")
        return ServiceFolder(self, name)

    def names(self) -> list[str]:
        """The services that have a folder here, sorted."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return sorted(entry.name for entry in self.services.iterdir() if _SERVICE_NAME.fullmatch(entry.name))
        return []


class ServiceFolder:
    """What this machine keeps for one service."""

    def __init__(self, machine: MachineFolder, name: str):
        self.machine = machine
        self.name = name
        self.path = machine.services / name

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def log(self) -> Path:
        return self.path / "front.log"

    @property
    def collected(self) -> Path:
        """Where the script's `ModelDataCollector` writes, under the names of models."""
        return self.path / "collected"

    @property
    def lock(self) -> Path:
        """Held by the front for its life, from before it is started."""
        return self.path / "front.lock"

    def exists(self) -> bool:
        return self.path.is_dir()

    def make(self) -> None:
        """Make the folder. Raises `StorageError`."""
        _private(self.machine.root / "services")
        _private(self.path)
        _private(self.path / "revisions")

    def control(self) -> Path:
        """Where the control socket of a front started now goes."""
        beside = self.path / "control.sock"
        if len(os.fsencode(beside)) <= _SOCKET_PATH:
            return beside
        tag = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:20]
        return short_folder() / f"{tag}.sock"

    def read(self, document: str) -> dict[str, Any] | None:
        """The JSON of `front.json`, `desired.json`, …; None where there is none.

        Raises `StorageError` when it cannot be read.
        """
        path = self.path / document
        try:
            found: dict[str, Any] = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StorageError(f"cannot be read: {error}", where=str(path)) from error
        return found

    def write(self, document: str, content: dict[str, Any]) -> None:
        """Replace a document at once, 0600. Raises `StorageError`."""
        write_private(self.path / document, json.dumps(content, indent=1).encode())

    def remove(self, document: str) -> None:
        with disk_errors(self.path):
            (self.path / document).unlink(missing_ok=True)

    def busy(self) -> bool:
        """Whether somebody is changing the service now."""
        path = self.machine.services / f".{self.name}.lock"
        with contextlib.suppress(OSError), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextlib.contextmanager
    def exclusive(self, doing: str) -> Iterator[None]:
        """Only one at a time changes a service. Raises `BusyError`, which says what the other does and since when."""
        path = _private(self.machine.root / "services") / f".{self.name}.lock"
        with contextlib.ExitStack() as stack:
            try:
                with disk_errors(path):
                    descriptor = stack.enter_context(locked(path, wait=False))
            except BlockingIOError:
                what = f"service {self.name!r}: {_holder(path)} is at work on it"
                raise BusyError(what, hint="wait for it, or cancel its operation") from None
            note = f"{doing} by process {os.getpid()} since {datetime.now(UTC):%H:%M:%S} UTC"
            with contextlib.suppress(OSError):  # a full disk: the note is for people, the lock holds without it
                os.pwrite(descriptor, note.encode().ljust(200), 0)
            try:
                yield
            finally:
                if not self.exists():
                    path.unlink(missing_ok=True)


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[int]:
    """Hold the OS lock of a file, made 0600 when it is not there; it goes with the process, however that ends.

    Whoever holds it may remove the file. Raises `BlockingIOError` when somebody else holds it and `wait` is False.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_named(descriptor, path):
                yield descriptor
                return
            # The one before us removed the file while we waited: our lock is on no name.
        finally:
            os.close(descriptor)


def _is_named(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _holder(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text().strip() or "another operation"
    return "another operation"


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once, readable by its owner alone. Raises `StorageError`."""
    with disk_errors(path):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).rename(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _private(folder: Path) -> Path:
    """The folder, made 0700 with its parents when it is not there."""
    if not folder.is_dir():
        with disk_errors(folder):
            for part in reversed([folder, *folder.parents]):
                if not part.exists():
                    part.mkdir(mode=0o700, exist_ok=True)
    return folder


def short_folder() -> Path:
    """A 0700 folder of this user's whose path leaves room for a Unix socket's name.

    Raises `ServiceError` when somebody else made the folder of that name.
    """
    folder = _short_parent() / f"jupyter-mlops-{os.getuid()}"
    with disk_errors(folder):
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise ServiceError(
            "this folder must be yours alone (0700)", where=str(folder), hint="remove it, or set XDG_RUNTIME_DIR"
        )
    return folder


def _short_parent() -> Path:
    room = _SOCKET_PATH - len(f"/jupyter-mlops-{os.getuid()}/{'0' * 20}.sock")
    for name in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir()):
        if name and len(os.fsencode(name)) <= room and os.access(name, os.W_OK | os.X_OK):
            return Path(name)
    return Path("/tmp")


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """`OSError` as one line: a disk that is full, a folder that is read-only."""
    try:
        yield
    except (MlopsError, BlockingIOError):
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError("the disk is full", where=str(path), hint="free some space and try again") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                f"not writable: {error.strerror}", where=str(path), hint="set JUPYTER_MLOPS_STATE to a folder of yours"
            ) from error
        raise StorageError(f"{error.strerror or error}", where=str(path)) from error
