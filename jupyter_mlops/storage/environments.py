"""Rows of registered environments: what was asked for, not yet a lock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select

from jupyter_mlops.records import EnvironmentRecord
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.documents import encode
from jupyter_mlops.storage.tables import environments

__all__ = ["Environments"]


class Environments:
    """`name` and version. What is found is newest first."""

    def __init__(self, database: Database):
        self._database = database

    def insert(self, record: EnvironmentRecord) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(environments).values(encode(record) | {"created": record.created}))

    def get(self, name: str, version: int | None = None) -> EnvironmentRecord | None:
        """The version, or the newest one."""
        query = select(environments).where(environments.c.name == name).order_by(environments.c.version.desc()).limit(1)
        if version is not None:
            query = query.where(environments.c.version == version)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _record_of(row)

    def search(self, *, name: str | None = None) -> list[EnvironmentRecord]:
        query = select(environments).order_by(environments.c.id.desc())
        if name is not None:
            query = query.where(environments.c.name == name)
        with self._database.reading() as connection:
            return [_record_of(row) for row in connection.execute(query)]

    def names(self) -> list[str]:
        with self._database.reading() as connection:
            query = select(environments.c.name).distinct().order_by(environments.c.name)
            return list(connection.execute(query).scalars())


def _record_of(row: Row[Any]) -> EnvironmentRecord:
    return EnvironmentRecord(name=row.name, version=row.version, definition=row.definition, created=row.created)
