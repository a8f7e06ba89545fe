"""Where a workspace is: a folder, or the URL of a database. What a person sees of a URL never shows a password."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from jupyter_mlops.errors import RequirementError, UsageError, WorkspaceError

__all__ = ["DATABASE_FILE", "Location", "has_password", "is_on_network", "locate"]

DATABASE_FILE = "workspace.db"

_MOUNT = "/sbin/mount"  # where macOS has it
_SECRET_OPTIONS = ("password", "passwd", "sslpassword")
_NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gluster", "lustre", "gpfs", "beegfs", "webdav", "fuse")


@dataclass(frozen=True)
class Location:
    """A place that was given by a person. `shown` is safe to print; `given` opens it again and may hold a password."""

    given: str = field(repr=False)
    shown: str
    file: Path | None = None
    """The SQLite file; None for a server."""
    server: URL | None = field(default=None, repr=False)

    @property
    def blob_folder(self) -> Path | None:
        return None if self.file is None else self.file.parent / "blobs"


def locate(location: str | Path) -> Location:
    """Read `location`: a folder, `sqlite:///FILE`, or `postgresql://USER@HOST/DATABASE`.

    Raises `UsageError` for a URL that cannot be read or a database that is not served, `RequirementError` when the
    driver of PostgreSQL is not installed.
    """
    text = str(location)
    if "://" not in text:
        folder = Path(text).expanduser().absolute()
        return Location(given=str(folder), shown=str(folder), file=folder / DATABASE_FILE)
    url = _read_url(text)
    backend = url.get_backend_name()
    if backend == "sqlite":
        return _sqlite(url)
    if backend in ("postgresql", "postgres"):
        _require_psycopg()
        return Location(given=text, shown=_shown(url), server=url.set(drivername="postgresql+psycopg"))
    raise UsageError(
        f"no workspace can be in a database of the kind {backend!r}",
        where=_shown(url),
        hint="give a folder, or postgresql://USER@HOST/DATABASE",
    )


def _read_url(text: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        # Neither the text nor SQLAlchemy's own message is repeated: there may be a password in it.
        scheme = text.partition("://")[0]
        raise UsageError(
            f"this {scheme} URL of a workspace cannot be read",
            hint="give scheme://USER@HOST:PORT/DATABASE, the special characters of a password as %XX",
        ) from None


def _sqlite(url: URL) -> Location:
    if not url.database or url.database == ":memory:":
        raise UsageError("a workspace cannot live in memory", hint="give a folder, or sqlite:////FOLDER/workspace.db")
    file = Path(url.database).expanduser().absolute()
    given = str(file.parent) if file.name == DATABASE_FILE else f"sqlite:///{file}"
    return Location(given=given, shown=given, file=file)


def _require_psycopg() -> None:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise RequirementError(
            "a workspace in PostgreSQL needs the package 'psycopg'", hint="pip install 'jupyter-mlops[postgresql]'"
        ) from None


def _shown(url: URL) -> str:
    hidden = {name: "***" for name in url.query if name.lower() in _SECRET_OPTIONS}
    return url.update_query_dict(hidden).render_as_string(hide_password=True).replace("%2A%2A%2A", "***")


def has_password(url: str) -> bool:
    """True when a URL carries a password in its address (`s3://KEY:SECRET@bucket`)."""
    return urlsplit(url).password is not None


def is_on_network(path: Path) -> bool:
    """True when `path` is on a network file system, where SQLite's write-ahead log would lose data.

    False where the system does not say.
    """
    kind = _file_system(path.resolve())
    return any(kind.startswith(name) for name in _NETWORK)


def _file_system(path: Path) -> str:
    found, depth = "", -1
    for mount, kind in _mounts():
        if len(mount.parts) > depth and path.is_relative_to(mount):
            found, depth = kind, len(mount.parts)
    return found


def _mounts() -> list[tuple[Path, str]]:
    table = Path("/proc/self/mounts")
    if table.exists():
        rows = [line.split() for line in table.read_text(errors="surrogateescape").splitlines()]
        # The kernel writes a space in a path as \040.
        return [(Path(row[1].replace("\\040", " ")), row[2]) for row in rows if len(row) > 2]
    if sys.platform == "darwin":
        return _mounts_of_macos()
    return []


def _mounts_of_macos() -> list[tuple[Path, str]]:
    # Lines such as: /dev/disk3s1 on / (apfs, sealed, local)
    try:
        answer = subprocess.run([_MOUNT], capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    found = []
    for line in answer.splitlines():
        place, _, flags = line.partition(" on ")[2].rpartition(" (")
        found.append((Path(place), flags.partition(",")[0].rstrip(")")))
    return found


def no_workspace(location: Location) -> WorkspaceError:
    """The error for a place where nothing was made yet."""
    return WorkspaceError(
        f"no workspace at {location.shown}", hint=f"make one: Workspace.create('NAME', location={location.shown!r})"
    )
