"""Images: `name:version` of a manifest that never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import InUseError, NotFoundError
from jupyter_mlops.records import ImageManifest, ImageRecord, Provenance, canonical_json
from jupyter_mlops.registry import labels, pins
from jupyter_mlops.registry.labelled import Labelled
from jupyter_mlops.registry.names import check_image_name, no_version, not_found, split_id

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = [
    "add_properties",
    "add_tags",
    "delete",
    "get",
    "names",
    "register",
    "remove_tags",
    "search",
    "update",
    "users",
]

Labels = Iterable[str | Sequence[str | None]] | Mapping[str, str | None]

#: A lock that is younger may belong to a build that is under way.
_YOUNG_LOCK = timedelta(hours=1)


def register(
    store: Store,
    name: str,
    manifest: ImageManifest,
    *,
    description: str | None = None,
    tags: Mapping[str, Any] | None = None,
    properties: Mapping[str, Any] | None = None,
    operation: str | None = None,
    provenance: Provenance,
) -> ImageRecord:
    """The next version of `name`; the manifest that its newest version has is that version (a build resumed).

    Raises `InvalidNameError`, `UsageError` (a tag), and `NotFoundError` when a model, the script or the lock of the
    manifest is gone: whoever deletes one of them now waits for this, or this for them.
    """
    check_image_name(name)
    all_tags = labels.checked("tag", tags)
    all_properties = labels.checked("property", properties)
    document = canonical_json(manifest.document())
    store.blobs.put_bytes(document)
    with store.transaction():
        newest = store.images.get(name)
        if newest is not None and newest.digest == manifest.digest:
            return newest
        _check_parts(store, manifest)
        store.blobs.put_bytes(document)  # once more: now nobody can take it away
        record = ImageRecord(
            name=name,
            version=store.counters.next("image", name),
            digest=manifest.digest,
            manifest=manifest,
            description=description,
            tags=all_tags,
            properties=all_properties,
            operation=operation,
            provenance=provenance,
            created=datetime.now(UTC),
        )
        store.images.insert(record)
        store.references.add(_subject(record), {manifest.digest})
        store.events.append(_subject(record), "registered", f"registered by {provenance.user}")
    return record


def get(store: Store, name: str, version: int | None = None) -> ImageRecord:
    """The version (or `name:version`), or the newest. Raises `NotFoundError` naming near ones."""
    name, version = split_id(name, version)
    record = store.images.get(name, version)
    if record is None:
        versions = store.images.versions(name)
        if version is not None and versions:
            raise no_version("image", name, version, versions)
        raise not_found("image", name, store.images.names(), hint="see %images")
    return record


def search(
    store: Store,
    *,
    name: str | None = None,
    part: str | None = None,
    model_name: str | None = None,
    model_id: str | None = None,
    tags: Labels = (),
    properties: Labels = (),
    limit: int | None = None,
    offset: int = 0,
) -> list[ImageRecord]:
    """Newest first, those that meet every condition; at most `limit`, after the first `offset`.

    `part` is looked for in the names, capitals or not. `model_id` is `name:version`; tags as in `models.search`.
    """
    model = split_id(model_id) if model_id is not None else None
    if model is None and model_name is not None:
        model = (model_name, None)
    return store.images.search(
        name=name,
        part=part,
        model=model,
        tags=labels.wanted(tags),
        properties=labels.wanted(properties),
        limit=limit,
        offset=offset,
    )


def names(store: Store) -> list[str]:
    """Every name that has a version, in order."""
    return store.images.names()


labelled = Labelled("image", get, lambda store: store.images)
update = labelled.update
add_tags = labelled.add_tags
remove_tags = labelled.remove_tags
add_properties = labelled.add_properties


def users(store: Store, record: ImageRecord) -> list[str]:
    """The services with a revision of it, wanted now or to roll back to: `service s`."""
    return [f"service {name}" for name in store.services.using_image(record.name, record.version)]


def delete(store: Store, record: ImageRecord) -> None:
    """Delete the version, and its lock when no other image has it. Its number is never used again.

    Raises `InUseError` naming the services that use it, `NotFoundError` when it is gone.
    """
    with store.transaction():
        get(store, record.name, record.version)
        used_by = users(store, record)
        if used_by:
            service = used_by[0].removeprefix("service ")
            raise InUseError(
                f"the image {record.id} is used by {', '.join(used_by)}", hint=f"%delete_service {service} first"
            )
        store.images.delete(record.name, record.version)
        freed = store.references.drop(_subject(record))
        lock = record.manifest.lock
        if store.locks.delete_unused(lock, datetime.now(UTC) - _YOUNG_LOCK):
            freed |= store.references.drop(f"lock/{lock}") | pins.forget(store, lock)
        store.events.append(_subject(record), "deleted", "deleted")
    store.free(freed)


def _check_parts(store: Store, manifest: ImageManifest) -> None:
    for model in manifest.models:
        there = store.models.get(model.name, model.version)
        if there is None or there.digest != model.digest:
            raise NotFoundError(f"the model {model.name}:{model.version} of the image is gone", hint="see %models")
    if store.scripts.by_digest(manifest.script.digest) is None:
        raise NotFoundError(f"the script {manifest.script.name!r} of the image is gone", hint="run its cell again")
    if store.locks.get(manifest.lock) is None:
        raise NotFoundError("the environment lock of the image is gone", hint="build the image again")


def _subject(record: ImageRecord) -> str:
    return f"image/{record.id}"
