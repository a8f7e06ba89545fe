"""One database: connections, transactions, and its errors in our words.

There is one writer at a time, on SQLite (`BEGIN IMMEDIATE`) and on PostgreSQL (an advisory lock): what a
transaction checks is still true when it commits, numbers are handed out in the order in which they are committed
(so that a reader of `events` who remembers the last number misses none), and no two writers wait for each other.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc
from sqlalchemy.pool import QueuePool

from jupyter_mlops.errors import ConflictError, MlopsError, StorageError, UsageError, WorkspaceError
from jupyter_mlops.storage.location import Location, is_on_network

__all__ = ["Database", "MissingTableError"]

#: Seconds that a writer waits for its turn.
PATIENCE = 60
#: Seconds that a connection to a server may take.
CONNECT_TIMEOUT = 10
# Any number will do, as long as every version of this program takes the same one.
_WRITER_LOCK = 7_077_013_370

_NO_SLOT = ("connection slots", "too many clients", "too many connections")
_NO_ROOM = ("database or disk is full", "disk i/o error", "no space left")
_READ_ONLY = ("readonly database", "unable to open database file", "read-only transaction")
_NOT_A_DATABASE = ("file is not a database", "malformed", "unsupported file format")


class MissingTableError(WorkspaceError):
    """The database is there, its tables are not."""


class Database:
    """An engine, and the rule of one writer. Safe across threads and `fork`.

    `reading()` and `writing()` give a connection inside a transaction; within `writing()`, both give its own
    connection to the same thread, so that gateways can be put together into one change.
    """

    def __init__(self, location: Location):
        self.location = location
        self.engine = _sqlite(location.file) if location.file is not None else _server(location.server)
        self._owner = [os.getpid()]
        self._local = threading.local()
        # Whoever forgets to close it leaves no connection open: a notebook drops its variables, and says nothing.
        weakref.finalize(self, _dispose, self.engine, self._owner).atexit = False

    def __repr__(self) -> str:
        return f"Database({self.location.shown!r})"

    @property
    def is_server(self) -> bool:
        return self.location.server is not None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database."""
        current: Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            yield current
            return
        with self._translated(), self._connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection that alone may write; committed at the end, rolled back by any exception."""
        current: Connection | None = getattr(self._local, "connection", None)
        if current is not None:
            yield current
            return
        with self._translated(), self._connect() as connection:
            connection.execution_options(jupyter_mlops_writes=True)
            with connection.begin():
                self._local.connection = connection
                try:
                    yield connection
                finally:
                    self._local.connection = None

    def close(self) -> None:
        self.engine.dispose()

    def _connect(self) -> Connection:
        if os.getpid() != self._owner[0]:  # a connection must not be shared with the parent of a fork
            self.engine.dispose(close=False)
            self._owner[0], self._local = os.getpid(), threading.local()
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self.engine.connect()
            except exc.OperationalError as error:
                # A server with no free slot has one as soon as somebody is done: that is a queue, not a failure.
                if not any(text in str(error.orig) for text in _NO_SLOT) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except exc.DBAPIError as error:
            self._explain(error)
        except exc.TimeoutError:
            raise StorageError("too many threads use the workspace at once", where=self.location.shown) from None

    def _explain(self, error: exc.DBAPIError) -> NoReturn:
        # `from None`: SQLAlchemy's own text repeats the statement and its values.
        raise _explained(error, self.location) from None


def _explained(error: exc.DBAPIError, location: Location) -> MlopsError:
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    state = getattr(error.orig, "sqlstate", None) or ""
    lower, where = said.lower(), location.shown
    if state == "53100" or any(text in lower for text in _NO_ROOM):
        return StorageError("no space left for the database", where=where, hint="free some space, then run it again")
    if state == "25006" or any(text in lower for text in _READ_ONLY):
        hint = "is it read-only? Choose another: JUPYTER_MLOPS_WORKSPACE=FOLDER"
        return StorageError("the workspace cannot be written", where=where, hint=hint)
    if state == "55P03" or "database is locked" in lower:
        return StorageError(f"somebody else has been writing for {PATIENCE} seconds", where=where, hint="run it again")
    if any(text in lower for text in _NOT_A_DATABASE):
        return WorkspaceError("the database is damaged", where=where, hint="restore it from a copy")
    if "no such table" in lower or state == "42P01":
        return MissingTableError(
            "the database lacks a table of this program", where=where, hint="restore it from a copy"
        )
    if isinstance(error, exc.IntegrityError):
        return ConflictError(f"refused by the database: {said}", where=where)
    if isinstance(error, exc.DataError):
        return UsageError(f"a value that the database does not take: {said}", where=where)
    if location.server is not None and isinstance(error, exc.OperationalError):
        return WorkspaceError(
            f"PostgreSQL does not answer: {said}",
            where=where,
            hint="is the server up, and the name and password right?",
        )
    return StorageError(f"the database failed: {said}", where=where)


def _dispose(engine: Engine, owner: list[int]) -> None:
    engine.dispose(close=owner[0] == os.getpid())


# ── engines ──


def _sqlite(file: Path) -> Engine:
    address = f"file:{quote(str(file))}?mode=rw"  # never makes a file: that is `create_store`'s

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, max_overflow=-1)
    wanted: list[str] = []  # found out once: it takes a look at the mounts

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        if not wanted:
            wanted.append("delete" if is_on_network(file) else "wal")
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != wanted[0]:
                connection.execute(f"PRAGMA journal_mode = {wanted[0]}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("jupyter_mlops_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _server(url: URL | None) -> Engine:
    assert url is not None
    engine = create_engine(
        url,
        pool_pre_ping=True,
        max_overflow=-1,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_TIMEOUT},
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("jupyter_mlops_writes", False):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")

    return engine
