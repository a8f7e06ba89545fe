"""Rows of services and of their revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, insert, select, update

from jupyter_mlops.records import Provenance, RevisionRecord, ServiceOptions, ServiceRecord
from jupyter_mlops.storage import labels
from jupyter_mlops.storage.database import Database
from jupyter_mlops.storage.documents import decode, encode
from jupyter_mlops.storage.labels import Wanted
from jupyter_mlops.storage.paging import has_part, page
from jupyter_mlops.storage.tables import image_models, images, revisions, service_labels, services

__all__ = ["Services"]

_PLAIN = [field.name for field in fields(ServiceRecord) if field.name != "provenance"]
_IMAGE = (images.c.name.label("image_name"), images.c.version.label("image_version"))


class Services:
    """A name has one service. What is found is newest first."""

    def __init__(self, database: Database):
        self._database = database

    def insert(self, record: ServiceRecord) -> None:
        with self._database.writing() as connection:
            owner = connection.execute(insert(services).values(_row_of(record)).returning(services.c.id)).scalar_one()
            labels.replace(connection, service_labels, owner, record.tags, record.properties)

    def get(self, name: str) -> ServiceRecord | None:
        with self._database.reading() as connection:
            row = connection.execute(select(services).where(services.c.name == name)).first()
        return None if row is None else _record_of(row)

    def search(
        self,
        *,
        name: str | None = None,
        part: str | None = None,
        kinds: Sequence[str] | None = None,
        targets: Sequence[str] | None = None,
        model: tuple[str, int | None] | None = None,
        image: tuple[str, int | None] | None = None,
        image_digest: str | None = None,
        tags: Sequence[Wanted] = (),
        properties: Sequence[Wanted] = (),
        by_name: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[ServiceRecord]:
        """Those that meet every condition; `part`: of the name, capitals or not; `targets`: kinds or names of attached
        ones; `by_name`: in that order, else newest first.

        `model` and `image` are looked for in the revision that is wanted now (in the newest one while none was ready
        yet); a version of None is any.
        """
        source, conditions, order = labels.found_by(services, service_labels, tags, properties)
        query = select(services).select_from(source).where(*conditions)
        query = page(query.order_by(services.c.name if by_name else order.desc()), limit, offset)
        if part:
            query = query.where(has_part(services.c.name, part))
        if targets is not None:
            query = query.where(services.c.target.in_(targets) | services.c.target_name.in_(targets))
        if name is not None:
            query = query.where(services.c.name == name)
        if kinds is not None:
            query = query.where(services.c.target.in_(kinds))
        if image_digest is not None:
            query = query.where(_current_revision().where(images.c.digest == image_digest).exists())
        for wanted, inside in ((model, _has_model), (image, _has_image)):
            if wanted is not None:
                query = query.where(_current_revision().where(*inside(*wanted)).exists())
        with self._database.reading() as connection:
            return [_record_of(row) for row in connection.execute(query)]

    def names(self) -> list[str]:
        with self._database.reading() as connection:
            return list(connection.execute(select(services.c.name).order_by(services.c.name)).scalars())

    def save(self, record: ServiceRecord) -> bool:
        """Write all of a service that is there. False when it is gone."""
        with self._database.writing() as connection:
            owner = connection.execute(select(services.c.id).where(services.c.name == record.name)).scalar()
            if owner is None:
                return False
            connection.execute(update(services).where(services.c.id == owner).values(_row_of(record)))
            labels.replace(connection, service_labels, owner, record.tags, record.properties)
        return True

    def delete(self, name: str) -> bool:
        """With its revisions. False when it is gone already."""
        with self._database.writing() as connection:
            return connection.execute(delete(services).where(services.c.name == name)).rowcount > 0

    # ── revisions ──

    def insert_revision(self, record: RevisionRecord, image: tuple[str, int]) -> None:
        """The service and the image (name and version) must be there."""
        with self._database.writing() as connection:
            service = select(services.c.id).where(services.c.name == record.service).scalar_subquery()
            made_of = select(images.c.id).where(images.c.name == image[0], images.c.version == image[1])
            values = {
                "service": service,
                "number": record.number,
                "image": made_of.scalar_subquery(),
                "options": encode(record.options),
                "provenance": encode(record.provenance),
                "created": record.created,
            }
            connection.execute(insert(revisions).values(values))

    def revisions(self, name: str) -> list[RevisionRecord]:
        """All of a service, oldest first."""
        query = (
            select(revisions, *_IMAGE)
            .join(images, images.c.id == revisions.c.image)
            .join(services, services.c.id == revisions.c.service)
            .where(services.c.name == name)
            .order_by(revisions.c.number)
        )
        with self._database.reading() as connection:
            return [_revision_of(name, row) for row in connection.execute(query)]

    def using_image(self, name: str, version: int) -> list[str]:
        """The services that have a revision (wanted now, or to roll back to) of this image, by name."""
        return self._using(_has_image(name, version))

    def using_model(self, name: str, version: int) -> list[str]:
        """The services that have a revision with this model inside, by name."""
        return self._using(_has_model(name, version))

    def _using(self, conditions: list[ColumnElement[bool]]) -> list[str]:
        query = (
            select(services.c.name)
            .distinct()
            .join(revisions, revisions.c.service == services.c.id)
            .join(images, images.c.id == revisions.c.image)
            .where(*conditions)
            .order_by(services.c.name)
        )
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())


def _has_image(name: str, version: int | None) -> list[ColumnElement[bool]]:
    return [images.c.name == name, *([] if version is None else [images.c.version == version])]


def _has_model(name: str, version: int | None) -> list[ColumnElement[bool]]:
    inside = select(image_models.c.image).where(image_models.c.name == name)
    return [images.c.id.in_(inside if version is None else inside.where(image_models.c.version == version))]


def _current_revision() -> Select[Any]:
    other = revisions.alias("newest")
    newest = select(func.max(other.c.number)).where(other.c.service == services.c.id).scalar_subquery()
    return (
        select(revisions.c.number)
        .join(images, images.c.id == revisions.c.image)
        .where(revisions.c.service == services.c.id, revisions.c.number == func.coalesce(services.c.revision, newest))
        .correlate(services)
    )


def _row_of(record: ServiceRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _PLAIN} | {"provenance": encode(record.provenance)}


def _record_of(row: Row[Any]) -> ServiceRecord:
    values = row._mapping
    return ServiceRecord(**{name: values[name] for name in _PLAIN}, provenance=decode(Provenance, row.provenance))


def _revision_of(service: str, row: Row[Any]) -> RevisionRecord:
    return RevisionRecord(
        service=service,
        number=row.number,
        image=f"{row.image_name}:{row.image_version}",
        options=decode(ServiceOptions, row.options),
        provenance=decode(Provenance, row.provenance),
        created=row.created,
    )
