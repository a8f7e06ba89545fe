"""Rows of image versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from jupyter_mlops.records import ImageManifest, ImageRecord, Provenance
from jupyter_mlops.storage import labels
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.documents import decode, encode
from jupyter_mlops.storage.labels import Wanted
from jupyter_mlops.storage.paging import has_part, page
from jupyter_mlops.storage.tables import image_labels, image_models, images
from jupyter_mlops.storage.unreadable import REASONS, UnreadableImage

__all__ = ["Images"]

_PLAIN = [field.name for field in fields(ImageRecord) if field.name not in ("manifest", "provenance")]


class Images:
    """`name:version` rows, and which models are inside. What is found is newest first."""

    def __init__(self, database: Database):
        self._database = database

    def insert(self, record: ImageRecord) -> None:
        with self._database.writing() as connection:
            owner = connection.execute(insert(images).values(_row_of(record)).returning(images.c.id)).scalar_one()
            inside = sorted({(model.name, model.version) for model in record.manifest.models})
            if inside:
                rows = [{"image": owner, "name": name, "version": version} for name, version in inside]
                connection.execute(insert(image_models), rows)
            labels.replace(connection, image_labels, owner, record.tags, record.properties)

    def get(self, name: str, version: int | None = None) -> ImageRecord | None:
        """The version, or the newest one that there is."""
        query = select(images).where(images.c.name == name).order_by(images.c.version.desc()).limit(1)
        if version is not None:
            query = query.where(images.c.version == version)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _record_of(row)

    def search(
        self,
        *,
        name: str | None = None,
        part: str | None = None,
        model: tuple[str, int | None] | None = None,
        tags: Sequence[Wanted] = (),
        properties: Sequence[Wanted] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> list[ImageRecord]:
        """Those that meet every condition; `part`: of the name, capitals or not.

        `model` is a name, and the version that must be inside (None: any).
        """
        source, conditions, order = labels.found_by(images, image_labels, tags, properties)
        query = select(images).select_from(source).where(*conditions).order_by(order.desc())
        query = page(query, limit, offset)
        if part:
            query = query.where(has_part(images.c.name, part))
        if name is not None:
            query = query.where(images.c.name == name)
        if model is not None:
            inside = select(image_models.c.image).where(image_models.c.name == model[0])
            inside = inside if model[1] is None else inside.where(image_models.c.version == model[1])
            query = query.where(images.c.id.in_(inside))
        with self._database.reading() as connection:
            return [_record_of(row) for row in connection.execute(query)]

    def names(self) -> list[str]:
        with self._database.reading() as connection:
            return list(connection.execute(select(images.c.name).distinct().order_by(images.c.name)).scalars())

    def versions(self, name: str) -> list[int]:
        query = select(images.c.version).where(images.c.name == name).order_by(images.c.version)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def save(self, record: ImageRecord) -> bool:
        """Write what may change: description, tags, properties. False when it is gone."""
        values = {"description": record.description, "tags": record.tags, "properties": record.properties}
        mine = (images.c.name == record.name) & (images.c.version == record.version)
        with self._database.writing() as connection:
            owner = connection.execute(select(images.c.id).where(mine)).scalar()
            if owner is None:
                return False
            connection.execute(update(images).where(images.c.id == owner).values(values))
            labels.replace(connection, image_labels, owner, record.tags, record.properties)
        return True

    def delete(self, name: str, version: int) -> bool:
        """False when it is gone already."""
        with self._database.writing() as connection:
            mine = (images.c.name == name) & (images.c.version == version)
            return connection.execute(delete(images).where(mine)).rowcount > 0


def _row_of(record: ImageRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _PLAIN} | {
        "lock": record.manifest.lock,
        "manifest": encode(record.manifest),
        "provenance": encode(record.provenance),
    }


def _record_of(row: Row[Any]) -> ImageRecord:
    known = {name: getattr(row, name) for name in _PLAIN}
    try:
        manifest, provenance = decode(ImageManifest, row.manifest), decode(Provenance, row.provenance)
    except REASONS as error:
        return UnreadableImage.of(known, error)
    return ImageRecord(**known, manifest=manifest, provenance=provenance)
