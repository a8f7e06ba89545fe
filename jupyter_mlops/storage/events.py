"""Rows of the append-only table that every surface follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select

from jupyter_mlops.records import EventRecord
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.documents import encode
from jupyter_mlops.storage.tables import events

__all__ = ["Events"]


class Events:
    """Numbers count up in the order of the commits, so that a reader who remembers the last one misses none."""

    def __init__(self, database: Database):
        self._database = database

    def append(self, subject: str, kind: str, message: str, data: dict[str, Any] | None = None) -> int:
        """One more line; returns its number."""
        return self.extend(subject, kind, [message], data)

    def extend(self, subject: str, kind: str, messages: Iterable[str], data: dict[str, Any] | None = None) -> int:
        """A line for each message, in one transaction; returns the number of the last one (0: there was none)."""
        number, now = 0, datetime.now(UTC)
        with self._database.writing() as connection:
            for message in messages:
                # PostgreSQL's text takes no NUL, which a program's output may hold.
                values = {"time": now, "subject": subject, "kind": kind, "message": message.replace("\0", "�")}
                row = insert(events).values(**values, data=encode(data or {})).returning(events.c.id)
                number = connection.execute(row).scalar_one()
        return number

    def since(self, number: int, *, subject: str | None = None, limit: int = 1000) -> list[EventRecord]:
        """Those after `number`, oldest first."""
        query = select(events).where(events.c.id > number).order_by(events.c.id).limit(limit)
        if subject is not None:
            query = query.where(events.c.subject == subject)
        with self._database.reading() as connection:
            return [_record_of(row) for row in connection.execute(query)]

    def tail(self, subject: str, kinds: Sequence[str], count: int) -> list[EventRecord]:
        """The last `count` of a subject and these kinds (none given: any), oldest first."""
        query = select(events).where(events.c.subject == subject).order_by(events.c.id.desc()).limit(count)
        if kinds:
            query = query.where(events.c.kind.in_(kinds))
        with self._database.reading() as connection:
            return [_record_of(row) for row in connection.execute(query)][::-1]

    def last(self) -> int:
        """The newest number; 0 when there is none."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(events.c.id))).scalar() or 0


def _record_of(row: Row[Any]) -> EventRecord:
    return EventRecord(
        number=row.id, time=row.time, subject=row.subject, kind=row.kind, message=row.message, data=row.data
    )
