"""Which schema a workspace has, and how it comes to the newest one.

A new workspace is made from the tables themselves and stamped (Alembic takes a fifth of a second to import); an
old one goes through the migrations. A test holds that both end at the same schema.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, select

from jupyter_mlops.errors import WorkspaceError
from jupyter_mlops.storage.database import Database, MissingTableError
from jupyter_mlops.storage.location import Location, no_workspace
from jupyter_mlops.storage.tables import METADATA, alembic_version, workspace

__all__ = ["HEAD", "HISTORY", "Identity", "check", "create", "upgrade"]

#: The revisions in `migrations/versions`, oldest first.
HISTORY = ("0001",)
HEAD = HISTORY[-1]
MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Identity:
    """The one row of `workspace`; its columns never change, so that any version of this program can read it."""

    id: str
    name: str
    blob_root: str
    revision: str


def check(database: Database) -> Identity:
    """Who the workspace is, by one SELECT. Raises `WorkspaceError` when it is absent, older or newer."""
    identity = _identity(database)
    if identity is None:
        raise no_workspace(database.location)
    if identity.revision != HEAD:
        raise _wrong_revision(identity.revision, database.location)
    return identity


def create(database: Database, name: str, blob_root: str) -> tuple[Identity, bool]:
    """Make the tables and the one row, or leave those that are there (another process may do the same now).

    Returns who the workspace is, and whether it was made here. Raises `WorkspaceError` when it is older or newer.
    """
    if _identity(database) is not None:
        return check(database), False
    with database.writing() as connection:
        absent = not inspect(connection).has_table(workspace.name)
        if absent:
            METADATA.create_all(connection, checkfirst=False)
            connection.execute(alembic_version.insert().values(version_num=HEAD))
            connection.execute(
                workspace.insert().values(
                    id=uuid.uuid4().hex, name=name, blob_root=blob_root, created=datetime.now(UTC)
                )
            )
    return check(database), absent


def upgrade(database: Database) -> tuple[str, str]:
    """Bring the workspace to the newest schema, in one transaction; returns the revisions before and after.

    Raises `WorkspaceError` when there is no workspace, or when it is newer than this program.
    """
    identity = _identity(database)
    if identity is None:
        raise no_workspace(database.location)
    if identity.revision == HEAD:
        return HEAD, HEAD
    if identity.revision not in HISTORY:
        raise _wrong_revision(identity.revision, database.location)
    with database.writing() as connection:
        migrate(connection, HEAD)
    return identity.revision, HEAD


def migrate(connection: Connection, revision: str) -> None:
    """Run the migrations up to `revision` inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _identity(database: Database) -> Identity | None:
    one_row = workspace.join(alembic_version, alembic_version.c.version_num != "")
    query = select(workspace.c.id, workspace.c.name, workspace.c.blob_root, alembic_version.c.version_num)
    try:
        with database.reading() as connection:
            row = connection.execute(query.select_from(one_row)).first()
    except MissingTableError:
        return None
    return None if row is None else Identity(*row)


def _wrong_revision(revision: str, location: Location) -> WorkspaceError:
    if revision in HISTORY:
        return WorkspaceError(
            f"the workspace at {location.shown} has schema {revision}, this program needs {HEAD}",
            hint="jupyter mlops workspace upgrade",
        )
    return WorkspaceError(
        f"the workspace at {location.shown} has schema {revision}, newer than this program's {HEAD}",
        hint="pip install --upgrade jupyter-mlops",
    )
