"""One workspace: its database, its blobs and the gateways to both. The composition root of this folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from jupyter_mlops.errors import UsageError, WorkspaceError
from jupyter_mlops.storage import schema
from jupyter_mlops.storage.blobs import YOUNG, BlobStore, open_blobs
from jupyter_mlops.storage.counters import Counters
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.environments import Environments
from jupyter_mlops.storage.events import Events
from jupyter_mlops.storage.experiments import Experiments
from jupyter_mlops.storage.images import Images
from jupyter_mlops.storage.location import Location, has_password, locate, no_workspace
from jupyter_mlops.storage.locks import Locks
from jupyter_mlops.storage.models import Models
from jupyter_mlops.storage.operations import Operations
from jupyter_mlops.storage.private import make_private_file, make_private_folder
from jupyter_mlops.storage.references import References
from jupyter_mlops.storage.scripts import Scripts
from jupyter_mlops.storage.services import Services
from jupyter_mlops.storage.targets import Targets

__all__ = ["Store", "create_store", "open_store", "upgrade_store"]


class Store:
    """An open workspace. Safe across threads; a forked child may go on using it.

    `url` is for people (a password in it is `***`); `location` opens the same workspace again, in another process
    too, and holds the password when one was given: it belongs into an environment variable, never on a command
    line. `id` is the workspace's own, made when it was made.
    """

    def __init__(self, database: Database, identity: schema.Identity):
        self._database = database
        self.id = identity.id
        self.name = identity.name
        self.revision = identity.revision
        self.url = database.location.shown
        self.location = database.location.given
        self.blobs: BlobStore = open_blobs(identity.blob_root, _folder(database.location))
        self.counters = Counters(database)
        self.environments = Environments(database)
        self.events = Events(database)
        self.experiments = Experiments(database)
        self.images = Images(database)
        self.locks = Locks(database)
        self.models = Models(database)
        self.operations = Operations(database)
        self.references = References(database)
        self.scripts = Scripts(database)
        self.services = Services(database)
        self.targets = Targets(database)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What the gateways write inside is one change: all of it is kept, or (by any exception) none.

        There is one writer at a time: what is read inside stays true until the end. Keep it short, and put no
        blob inside.
        """
        with self._database.writing():
            yield

    def free(self, digests: Iterable[str], *, older_than: float = 0.0) -> int:
        """Remove those of these blobs that nobody refers to; returns how many.

        Safe beside a registration: that one looks, in its own transaction, whether its blobs are still there.
        """
        candidates = set(digests)
        if older_than:
            candidates &= self.blobs.digests(older_than)
        with self.transaction():
            return self.blobs.remove(self.references.unused(candidates))

    def sweep(self, older_than: float = YOUNG) -> int:
        """Remove every blob that nobody refers to and that is old enough: what broken-off registrations left."""
        return self.free(self.blobs.digests(older_than))

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Store({self.url!r})"


def open_store(location: str | Path) -> Store:
    """Open the workspace at `location`: a folder, or the URL of a database.

    Raises `WorkspaceError` when there is none, when its schema is older or newer than this program, or when the
    server does not answer; `UsageError` for a URL that cannot be read.
    """
    place = locate(location)
    if place.file is not None and not place.file.exists():
        raise no_workspace(place)
    database = Database(place)
    try:
        return Store(database, schema.check(database))
    except BaseException:
        database.close()
        raise


def create_store(
    location: str | Path, *, name: str | None = None, blob_root: str | None = None, exist_ok: bool = True
) -> Store:
    """Make a workspace, or (`exist_ok`) open the one that is there.

    A folder is made with mode 0700, with `workspace.db` and `blobs/` inside. A server needs `blob_root`, an fsspec
    URL or an absolute path that all who use the workspace can reach; credentials for it come from the environment.
    `name` is the folder's or the database's when none is given.

    Raises `WorkspaceError` when one is there and `exist_ok` is False, `UsageError` without a `blob_root` for a
    server, `StorageError` when the folder cannot be written.
    """
    place = locate(location)
    root = _blob_root(place, blob_root)
    _make_files(place)
    database = Database(place)
    try:
        identity, made = schema.create(database, name or _default_name(place), root)
        if not made and not exist_ok:
            raise WorkspaceError(
                f"there is a workspace at {place.shown} already", hint="open it, or choose another place"
            )
        return Store(database, identity)
    except BaseException:
        database.close()
        raise


def upgrade_store(location: str | Path) -> tuple[str, str]:
    """Bring a workspace to this program's schema; returns the revisions before and after.

    Raises `WorkspaceError` when there is none, or when it is newer than this program.
    """
    place = locate(location)
    if place.file is not None and not place.file.exists():
        raise no_workspace(place)
    database = Database(place)
    try:
        return schema.upgrade(database)
    finally:
        database.close()


def _folder(place: Location) -> Path | None:
    return None if place.file is None else place.file.parent


def _blob_root(place: Location, given: str | None) -> str:
    if given is not None and has_password(given):
        raise UsageError(
            "a URL of blobs must not hold a password: it is written into the database",
            hint="put the credentials into the environment, or into fsspec's configuration",
        )
    if place.file is not None:
        return given or "blobs"
    if given is None:
        raise UsageError(
            "a workspace on a server needs a place for its files",
            where=place.shown,
            hint="blob_root='s3://BUCKET/PATH'",
        )
    return given if "://" in given else str(Path(given).expanduser().absolute())


def _default_name(place: Location) -> str:
    if place.file is not None:
        return place.file.parent.name.lstrip(".") or "workspace"
    return (place.server.database if place.server is not None else None) or "workspace"


def _make_files(place: Location) -> None:
    if place.file is not None:
        make_private_folder(place.file.parent)
        make_private_file(place.file)  # SQLite gives its journals the mode of the database
