"""Numbers that count up by one: never shared, never skipped, never handed out again."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.tables import counters

__all__ = ["Counters"]


class Counters:
    """One row for each kind and name. A number is used up when the transaction around `next` commits."""

    def __init__(self, database: Database):
        self._database = database

    def next(self, kind: str, name: str) -> int:
        """The next number of `name`, from 1."""
        mine = (counters.c.kind == kind) & (counters.c.name == name)
        with self._database.writing() as connection:
            if connection.execute(update(counters).where(mine).values(last=counters.c.last + 1)).rowcount == 0:
                connection.execute(insert(counters).values(kind=kind, name=name, last=1))
            return int(connection.execute(select(counters.c.last).where(mine)).scalar_one())

    def forget(self, kind: str, name: str) -> None:
        """Begin again at 1: for what a deleted thing counted inside itself."""
        with self._database.writing() as connection:
            connection.execute(delete(counters).where(counters.c.kind == kind, counters.c.name == name))
