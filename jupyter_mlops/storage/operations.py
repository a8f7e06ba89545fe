"""Rows of operations."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Row, insert, select, update

from jupyter_mlops.records import OperationRecord
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.documents import encode
from jupyter_mlops.storage.paging import page
from jupyter_mlops.storage.tables import ACTIVE, operations

__all__ = ["Operations"]

_PLAIN = [field.name for field in fields(OperationRecord) if field.name not in ("id", "stages")]


class Operations:
    """A partial unique index allows one active operation (Queued or Running) for a subject."""

    def __init__(self, database: Database):
        self._database = database

    def insert(self, record: OperationRecord) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(operations).values(key=record.id, **_row_of(record)))

    def save(self, record: OperationRecord) -> None:
        """Write all of a record that is there."""
        with self._database.writing() as connection:
            connection.execute(update(operations).where(operations.c.key == record.id).values(_row_of(record)))

    def get(self, key: str) -> OperationRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(select(operations).where(operations.c.key == key)).first()
        return None if row is None else _record_of(row)

    def active(self, subject: str) -> OperationRecord | None:
        """The one that is Queued or Running."""
        with self._database.reading() as connection:
            row = connection.execute(select(operations).where(operations.c.subject == subject, ACTIVE)).first()
        return None if row is None else _record_of(row)

    def search(
        self, *, state: str | None = None, subject: str | None = None, limit: int | None = None, offset: int = 0
    ) -> list[OperationRecord]:
        """Newest first."""
        query = page(select(operations).order_by(operations.c.id.desc()), limit, offset)
        if state is not None:
            query = query.where(operations.c.state == state)
        if subject is not None:
            query = query.where(operations.c.subject == subject)
        with self._database.reading() as connection:
            return [_record_of(row) for row in connection.execute(query)]


def _row_of(record: OperationRecord) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in _PLAIN}
    for document in ("arguments", "result", "error"):
        row[document] = encode(row[document])
    return {**row, "stages": list(record.stages)}


def _record_of(row: Row[Any]) -> OperationRecord:
    values = row._mapping
    return OperationRecord(id=row.key, stages=tuple(row.stages), **{name: values[name] for name in _PLAIN})
