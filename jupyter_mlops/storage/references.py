"""Which blobs are in use, and by whom: a blob that nobody refers to may go."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, select

from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.tables import references

__all__ = ["References"]

# Fewer than SQLite's and PostgreSQL's limits on the parameters of a statement.
_PAGE = 5000


class References:
    """`owner` is text such as `model/N:1` or `lock/DIGEST`."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, owner: str, digests: Iterable[str]) -> None:
        """`owner` refers to these blobs from now on, too."""
        with self._database.writing() as connection:
            known = set(connection.execute(select(references.c.sha256).where(references.c.owner == owner)).scalars())
            rows = [{"sha256": digest, "owner": owner} for digest in sorted(set(digests) - known)]
            if rows:
                connection.execute(insert(references), rows)

    def drop(self, owner: str) -> set[str]:
        """`owner` refers to nothing any more; returns what it referred to."""
        mine = references.c.owner == owner
        with self._database.writing() as connection:
            digests = set(connection.execute(select(references.c.sha256).where(mine)).scalars())
            connection.execute(delete(references).where(mine))
        return digests

    def of(self, owner: str) -> set[str]:
        """The blobs that `owner` refers to."""
        with self._database.reading() as connection:
            mine = select(references.c.sha256).where(references.c.owner == owner)
            return set(connection.execute(mine).scalars())

    def unused(self, digests: Iterable[str]) -> set[str]:
        """Those of `digests` that nobody refers to."""
        wanted = sorted(set(digests))
        used: set[str] = set()
        with self._database.reading() as connection:
            for start in range(0, len(wanted), _PAGE):
                page = references.c.sha256.in_(wanted[start : start + _PAGE])
                used |= set(connection.execute(select(references.c.sha256).where(page)).scalars())
        return set(wanted) - used
