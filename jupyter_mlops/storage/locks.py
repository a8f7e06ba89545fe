"""Rows of environment locks: what the blob of a lock does not hold. The blob is found by the lock's digest."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.tables import images, locks

__all__ = ["LockRow", "Locks"]


class LockRow(NamedTuple):
    digest: str
    source: str
    differences: tuple[str, ...]
    created: datetime


class Locks:
    """One row a digest: two roads to the same packages are one environment, and the last one is told."""

    def __init__(self, database: Database):
        self._database = database

    def save(self, row: LockRow) -> None:
        with self._database.writing() as connection:
            connection.execute(delete(locks).where(locks.c.digest == row.digest))
            values = row._asdict() | {"differences": list(row.differences)}
            connection.execute(insert(locks).values(values))

    def get(self, digest: str) -> LockRow | None:
        with self._database.reading() as connection:
            row = connection.execute(select(locks).where(locks.c.digest == digest)).first()
        return None if row is None else LockRow(row.digest, row.source, tuple(row.differences), row.created)

    def delete_unused(self, digest: str, created_before: datetime) -> bool:
        """Delete a lock that no image has; True when it did."""
        with self._database.writing() as connection:
            used = select(images.c.id).where(images.c.lock == digest).exists()
            old = locks.c.created < created_before
            return connection.execute(delete(locks).where(locks.c.digest == digest, old, ~used)).rowcount > 0
