"""Rows of attached targets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, insert, select

from jupyter_mlops.records import TargetRecord
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.documents import encode
from jupyter_mlops.storage.tables import targets

__all__ = ["Targets"]


class Targets:
    """A name for a kind and its configuration."""

    def __init__(self, database: Database):
        self._database = database

    def insert(self, record: TargetRecord) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(targets).values(encode(record) | {"created": record.created}))

    def get(self, name: str) -> TargetRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(select(targets).where(targets.c.name == name)).first()
        return None if row is None else _record_of(row)

    def search(self, *, kind: str | None = None) -> list[TargetRecord]:
        """By name."""
        query = select(targets).order_by(targets.c.name)
        if kind is not None:
            query = query.where(targets.c.kind == kind)
        with self._database.reading() as connection:
            return [_record_of(row) for row in connection.execute(query)]

    def delete(self, name: str) -> bool:
        with self._database.writing() as connection:
            return connection.execute(delete(targets).where(targets.c.name == name)).rowcount > 0


def _record_of(row: Row[Any]) -> TargetRecord:
    return TargetRecord(name=row.name, kind=row.kind, configuration=row.configuration, created=row.created)
