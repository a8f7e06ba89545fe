"""Rows of model versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, tuple_, update

from jupyter_mlops.records import ModelRecord, Provenance, Signature
from jupyter_mlops.storage import labels
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.documents import decode, encode
from jupyter_mlops.storage.labels import Wanted
from jupyter_mlops.storage.paging import has_part, page
from jupyter_mlops.storage.tables import model_labels, models
from jupyter_mlops.storage.unreadable import REASONS, UnreadableModel

__all__ = ["Models"]

_PLAIN = [field.name for field in fields(ModelRecord) if field.name not in ("signature", "requirements", "provenance")]


class Models:
    """`name:version` rows. What is found is newest first."""

    def __init__(self, database: Database):
        self._database = database

    def insert(self, record: ModelRecord) -> None:
        with self._database.writing() as connection:
            owner = connection.execute(insert(models).values(row_of(record)).returning(models.c.id)).scalar_one()
            rows = labels.rows(owner, record.tags, record.properties)
            if rows:
                connection.execute(insert(model_labels), rows)

    def get(self, name: str, version: int | None = None) -> ModelRecord | None:
        """The version, or the newest one that there is."""
        query = select(models).where(models.c.name == name).order_by(models.c.version.desc()).limit(1)
        if version is not None:
            query = query.where(models.c.version == version)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else record_of(row)

    def search(
        self,
        *,
        name: str | None = None,
        part: str | None = None,
        tags: Sequence[Wanted] = (),
        properties: Sequence[Wanted] = (),
        framework: str | None = None,
        run_id: str | None = None,
        latest: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[ModelRecord]:
        """Those that meet every condition; `part`: of the name, capitals or not.

        `latest`: only the newest version of each name.
        """
        source, conditions, order = labels.found_by(models, model_labels, tags, properties)
        query = select(models).select_from(source).where(*conditions).order_by(order.desc())
        query = page(query, limit, offset)
        for column, value in ((models.c.name, name), (models.c.framework, framework), (models.c.run_id, run_id)):
            if value is not None:
                query = query.where(column == value)
        if part:
            query = query.where(has_part(models.c.name, part))
        if latest:
            query = query.where(tuple_(models.c.name, models.c.version).in_(_newest_versions()))
        with self._database.reading() as connection:
            return [record_of(row) for row in connection.execute(query)]

    def names(self) -> list[str]:
        """Every name that has a version, in order."""
        with self._database.reading() as connection:
            return list(connection.execute(select(models.c.name).distinct().order_by(models.c.name)).scalars())

    def versions(self, name: str) -> list[int]:
        """The versions of `name`, in order."""
        query = select(models.c.version).where(models.c.name == name).order_by(models.c.version)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def save(self, record: ModelRecord) -> bool:
        """Write what may change of a version: description, tags, properties. False when it is gone."""
        values = {"description": record.description, "tags": record.tags, "properties": record.properties}
        mine = (models.c.name == record.name) & (models.c.version == record.version)
        with self._database.writing() as connection:
            owner = connection.execute(select(models.c.id).where(mine)).scalar()
            if owner is None:
                return False
            connection.execute(update(models).where(models.c.id == owner).values(values))
            labels.replace(connection, model_labels, owner, record.tags, record.properties)
        return True

    def delete(self, name: str, version: int) -> bool:
        """False when it is gone already."""
        with self._database.writing() as connection:
            mine = (models.c.name == name) & (models.c.version == version)
            return connection.execute(delete(models).where(mine)).rowcount > 0


def _newest_versions() -> Select[Any]:
    """Found once for all names: a look at the index for each found row costs ten times as much."""
    other = models.alias("other")
    return select(other.c.name, func.max(other.c.version)).group_by(other.c.name)


def row_of(record: ModelRecord) -> dict[str, Any]:
    """The record as the columns of its row."""
    row = {name: getattr(record, name) for name in _PLAIN}
    row["signature"] = encode(record.signature)
    row["requirements"] = list(record.requirements)
    row["provenance"] = encode(record.provenance)
    return row


def record_of(row: Row[Any]) -> ModelRecord:
    """What `row_of` wrote."""
    values = row._mapping
    known = {name: values[name] for name in _PLAIN} | {"requirements": tuple(row.requirements)}
    try:
        signature = None if row.signature is None else decode(Signature, row.signature)
        provenance = decode(Provenance, row.provenance)
    except REASONS as error:
        return UnreadableModel.of(known, error)
    return ModelRecord(**known, signature=signature, provenance=provenance)
