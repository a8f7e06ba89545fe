"""The tables of a workspace, as the newest migration leaves them.

JSON is kept as text of our own spelling: no database looks into it, and PostgreSQL's own JSON type takes neither
`NaN` nor an escaped NUL. What is searched by has a column, or a row in a side table with an index.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeDecorator

__all__ = ["METADATA", "Document", "Instant"]


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone, so that it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Document(TypeDecorator[Any]):
    """A JSON value as text; None is SQL's NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only a column that is spelled INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")


def _number() -> Column[int]:
    return Column("id", _Number, primary_key=True, autoincrement=True)


def _name(column: str = "name", **options: Any) -> Column[str]:
    return Column(column, String(255), **{"nullable": False, **options})


def _document(column: str, *, nullable: bool = False) -> Column[Any]:
    return Column(column, Document, nullable=nullable)


def _instant(column: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(column, Instant, nullable=nullable)


def _digest(column: str = "digest", **options: Any) -> Column[str]:
    return Column(column, String(64), **{"nullable": False, **options})


def _labels(table: str, owner: str) -> Table:
    """Tags and properties as an index for search; the truth is in the owner's row.

    `value` is the value itself, or its digest when it is too long to be indexed.
    """
    return Table(
        table,
        METADATA,
        Column("kind", String(8), primary_key=True),
        Column("key", String(255), primary_key=True),
        Column("owner", _Number, ForeignKey(f"{owner}.id", ondelete="CASCADE"), primary_key=True),
        Column("value", String(80), nullable=False),
        Index(f"ix_{table}_found", "kind", "key", "value", "owner"),
        Index(f"ix_{table}_owner", "owner"),
        sqlite_with_rowid=False,
    )


workspace = Table(
    "workspace",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("blob_root", Text, nullable=False),
    _instant("created"),
)

# What `alembic stamp` would make; kept here so that opening and creating need not import Alembic.
alembic_version = Table(
    "alembic_version",
    METADATA,
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

counters = Table(
    "counters",
    METADATA,
    Column("kind", String(16), primary_key=True),
    _name(primary_key=True),
    Column("last", BigInteger, nullable=False),
)

references = Table(
    "blob_references",
    METADATA,
    _digest("sha256", primary_key=True),
    Column("owner", String(300), primary_key=True),
    Index("ix_blob_references_owner", "owner"),
)

models = Table(
    "models",
    METADATA,
    _number(),
    _name(),
    Column("version", Integer, nullable=False),
    _digest(),
    Column("size", BigInteger, nullable=False),
    Column("flavor", Text, nullable=False),
    Column("framework", Text),
    Column("framework_version", Text),
    Column("description", Text),
    Column("version_tag", Text),
    _document("tags"),
    _document("properties"),
    _document("signature", nullable=True),
    _document("requirements"),
    Column("run_id", String(64), index=True),
    Column("experiment_name", Text),
    _document("provenance"),
    _instant("created"),
    UniqueConstraint("name", "version"),
    Index("ix_models_framework_id", "framework", "id"),
    sqlite_autoincrement=True,
)
model_labels = _labels("model_labels", "models")

scripts = Table(
    "scripts",
    METADATA,
    _number(),
    _name(index=True),
    _digest(index=True),
    Column("entry_script", Text, nullable=False),
    Column("source_directory", Text, nullable=False),
    _document("models"),
    _document("imports"),
    _document("lines"),
    Column("sample_input", Text),
    _document("sample_output", nullable=True),
    Column("has_sample_output", Boolean, nullable=False),
    _document("proof", nullable=True),
    _document("provenance"),
    _instant("created"),
    sqlite_autoincrement=True,
)

locks = Table(
    "locks",
    METADATA,
    _digest(primary_key=True),
    Column("source", Text, nullable=False),
    _document("differences"),
    _instant("created"),
)

environments = Table(
    "environments",
    METADATA,
    _number(),
    _name(),
    Column("version", Integer, nullable=False),
    _document("definition"),
    _instant("created"),
    UniqueConstraint("name", "version"),
    sqlite_autoincrement=True,
)

images = Table(
    "images",
    METADATA,
    _number(),
    _name(),
    Column("version", Integer, nullable=False),
    _digest(index=True),
    _digest("lock", index=True),
    _document("manifest"),
    Column("description", Text),
    _document("tags"),
    _document("properties"),
    Column("operation", String(64)),
    _document("provenance"),
    _instant("created"),
    UniqueConstraint("name", "version"),
    sqlite_autoincrement=True,
)
image_labels = _labels("image_labels", "images")
image_models = Table(
    "image_models",
    METADATA,
    Column("image", _Number, ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    _name(primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Index("ix_image_models_used", "name", "version", "image"),
)

services = Table(
    "services",
    METADATA,
    _number(),
    _name(unique=True),
    Column("target", String(64), nullable=False, index=True),
    _name("target_name", nullable=True),
    Column("host", Text, nullable=False),
    Column("interpreter", Text, nullable=False),
    Column("revision", Integer),
    Column("description", Text),
    _document("tags"),
    _document("properties"),
    _document("provenance"),
    _instant("created"),
    _instant("updated"),
    sqlite_autoincrement=True,
)
service_labels = _labels("service_labels", "services")
revisions = Table(
    "revisions",
    METADATA,
    Column("service", _Number, ForeignKey("services.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("image", _Number, ForeignKey("images.id"), nullable=False, index=True),
    _document("options"),
    _document("provenance"),
    _instant("created"),
)

targets = Table(
    "targets",
    METADATA,
    _name(primary_key=True),
    Column("kind", String(64), nullable=False),
    _document("configuration"),
    _instant("created"),
)

#: One of these at a time for a subject.
ACTIVE = text("state IN ('Queued', 'Running')")
operations = Table(
    "operations",
    METADATA,
    _number(),
    Column("key", String(32), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("state", String(16), nullable=False),
    _document("stages"),
    Column("stage", Text),
    Column("progress", Float),
    _document("arguments"),
    _document("result"),
    _document("error", nullable=True),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    _instant("created"),
    _instant("started", nullable=True),
    _instant("finished", nullable=True),
    _instant("heartbeat", nullable=True),
    Column("cancel_requested", Boolean, nullable=False),
    Index("ix_operations_subject_id", "subject", "id"),
    Index("ix_operations_state_id", "state", "id"),
    Index("ix_operations_active", "subject", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    METADATA,
    _number(),
    _instant("time"),
    Column("subject", String(300), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("message", Text, nullable=False),
    _document("data"),
    Index("ix_events_subject_id", "subject", "id"),
    sqlite_autoincrement=True,
)

experiments = Table("experiments", METADATA, _name(primary_key=True), _instant("created"))
runs = Table(
    "runs",
    METADATA,
    _number(),
    Column("key", String(64), nullable=False, unique=True),
    _name("experiment"),
    Column("number", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    _document("tags"),
    _document("properties"),
    _document("provenance"),
    _instant("created"),
    _instant("finished", nullable=True),
    UniqueConstraint("experiment", "number"),
    sqlite_autoincrement=True,
)
run_metrics = Table(
    "run_metrics",
    METADATA,
    _number(),
    Column("run", _Number, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    _document("value"),
    Index("ix_run_metrics_run_id", "run", "id"),
    sqlite_autoincrement=True,
)
run_files = Table(
    "run_files",
    METADATA,
    Column("run", _Number, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    _digest("sha256"),
    Column("executable", Boolean, nullable=False),
)
