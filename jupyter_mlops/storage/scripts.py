"""Rows of entry scripts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update

from jupyter_mlops.records import LineOrigin, ProofResult, Provenance, ScriptRecord
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.documents import decode, encode
from jupyter_mlops.storage.paging import has_part, page
from jupyter_mlops.storage.tables import scripts

__all__ = ["Scripts"]


class Scripts:
    """A name may have many rows; its newest one counts. What is found is newest first."""

    def __init__(self, database: Database):
        self._database = database

    def insert(self, record: ScriptRecord) -> None:
        with self._database.writing() as connection:
            connection.execute(insert(scripts).values(encode(record) | {"created": record.created}))

    def by_name(self, name: str) -> ScriptRecord | None:
        return self._newest(scripts.c.name == name)

    def by_digest(self, digest: str, name: str | None = None) -> ScriptRecord | None:
        """The newest row of that content, of that name when one is given."""
        return self._newest(*([scripts.c.digest == digest] + ([] if name is None else [scripts.c.name == name])))

    def search(
        self, *, name: str | None = None, part: str | None = None, limit: int | None = None, offset: int = 0
    ) -> list[ScriptRecord]:
        """The newest row of each name (of those with `part` in it, capitals or not); with `name`, all of its rows."""
        query = page(select(scripts).order_by(scripts.c.id.desc()), limit, offset)
        if name is not None:
            query = query.where(scripts.c.name == name)
        else:
            query = query.where(scripts.c.id.in_(select(func.max(scripts.c.id)).group_by(scripts.c.name)))
        if part:
            query = query.where(has_part(scripts.c.name, part))
        with self._database.reading() as connection:
            return [_record_of(row) for row in connection.execute(query)]

    def save_proof(self, name: str, digest: str, proof: ProofResult) -> None:
        """Write the proof into the newest row of that name and content."""
        mine = (scripts.c.name == name) & (scripts.c.digest == digest)
        with self._database.writing() as connection:
            newest = connection.execute(select(scripts.c.id).where(mine).order_by(scripts.c.id.desc())).scalar()
            connection.execute(update(scripts).where(scripts.c.id == newest).values(proof=encode(proof)))

    def names(self) -> list[str]:
        with self._database.reading() as connection:
            return list(connection.execute(select(scripts.c.name).distinct().order_by(scripts.c.name)).scalars())

    def _newest(self, *conditions: ColumnElement[bool]) -> ScriptRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(select(scripts).where(*conditions).order_by(scripts.c.id.desc()).limit(1)).first()
        return None if row is None else _record_of(row)


def _record_of(row: Row[Any]) -> ScriptRecord:
    return ScriptRecord(
        name=row.name,
        digest=row.digest,
        entry_script=row.entry_script,
        source_directory=row.source_directory,
        models=tuple(row.models),
        imports=tuple(row.imports),
        lines=decode(tuple[LineOrigin, ...], row.lines),
        sample_input=row.sample_input,
        sample_output=row.sample_output,
        has_sample_output=row.has_sample_output,
        proof=None if row.proof is None else decode(ProofResult, row.proof),
        provenance=decode(Provenance, row.provenance),
        created=row.created,
    )
