"""Services: a name on a target, its revisions, and the one that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import NameTakenError, NotFoundError, UsageError
from jupyter_mlops.records import Provenance, RevisionRecord, ServiceOptions, ServiceRecord
from jupyter_mlops.registry import labels
from jupyter_mlops.registry.names import check_service_name, not_found, split_id

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = [
    "add_properties",
    "add_revision",
    "add_tags",
    "create",
    "delete",
    "get",
    "names",
    "remove_tags",
    "revision",
    "revisions",
    "search",
    "set_desired",
    "update",
]

Labels = Iterable[str | Sequence[str | None]] | Mapping[str, str | None]


def create(store: Store, record: ServiceRecord) -> ServiceRecord:
    """A new service. Raises `InvalidNameError`, `UsageError` (a tag), `NameTakenError`."""
    check_service_name(record.name)
    record = replace(
        record, tags=labels.checked("tag", record.tags), properties=labels.checked("property", record.properties)
    )
    with store.transaction():
        other = store.services.get(record.name)
        if other is not None:
            raise NameTakenError(
                f"there is a service {other.name!r} on the target {other.target_name or other.target} already",
                hint=f"replace it: %update_service {other.name}, or remove it: %delete_service {other.name}",
            )
        store.services.insert(record)
        store.events.append(_subject(record.name), "registered", f"created by {record.provenance.user}")
    return record


def get(store: Store, name: str) -> ServiceRecord:
    """The service. Raises `NotFoundError` naming near ones."""
    record = store.services.get(name)
    if record is None:
        raise not_found("service", name, store.services.names(), hint="see %services")
    return record


def search(
    store: Store,
    *,
    name: str | None = None,
    part: str | None = None,
    model_name: str | None = None,
    model_id: str | None = None,
    image_name: str | None = None,
    image_id: str | None = None,
    image_digest: str | None = None,
    target: str | None = None,
    kinds: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
    tags: Labels = (),
    properties: Labels = (),
    by_name: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[ServiceRecord]:
    """Those that meet every condition, newest first or `by_name`; at most `limit`, after the first `offset`.

    `part` is looked for in the names, capitals or not. `model_id` and `image_id` are `name:version`. Models and images
    are looked for in the revision that is wanted now; `target` is a kind, `kinds` several; `targets` are kinds or names
    of attached ones.
    """
    return store.services.search(
        name=name,
        part=part,
        kinds=kinds if target is None else (target,),
        targets=targets,
        model=_part(model_name, model_id),
        image=_part(image_name, image_id),
        image_digest=image_digest,
        tags=labels.wanted(tags),
        properties=labels.wanted(properties),
        by_name=by_name,
        limit=limit,
        offset=offset,
    )


def names(store: Store) -> list[str]:
    """Every service's name, in order."""
    return store.services.names()


def add_revision(
    store: Store, service: str, image_id: str, options: ServiceOptions, provenance: Provenance
) -> RevisionRecord:
    """The next revision, counted from 1. It is not wanted before `set_desired` says so.

    Raises `NotFoundError` when the service or the image (`name:version`) is gone.
    """
    name, version = split_id(image_id)
    if version is None:
        raise UsageError(f"{image_id!r} is no name:version of an image")
    with store.transaction():
        get(store, service)
        if store.images.get(name, version) is None:
            raise NotFoundError(f"no image {image_id}", hint="see %images")
        record = RevisionRecord(
            service=service,
            number=store.counters.next("service", service),
            image=image_id,
            options=options,
            provenance=provenance,
            created=datetime.now(UTC),
        )
        store.services.insert_revision(record, (name, version))
        data = {"revision": record.number, "image": image_id}
        store.events.append(_subject(service), "registered", f"revision {record.number} of {image_id}", data)
    return record


def revisions(store: Store, name: str) -> list[RevisionRecord]:
    """All of a service, oldest first. Raises `NotFoundError` when the service is gone."""
    found = store.services.revisions(name)
    if not found:
        get(store, name)
    return found


def revision(store: Store, name: str, number: int) -> RevisionRecord:
    """One of a service. Raises `NotFoundError` naming those that there are."""
    found = revisions(store, name)
    for each in found:
        if each.number == number:
            return each
    there = ", ".join(str(each.number) for each in found[-8:])
    raise NotFoundError(f"no revision {number} of the service {name!r}", hint=f"there is {there or 'none yet'}")


def set_desired(store: Store, name: str, number: int) -> ServiceRecord:
    """Revision `number` is the one that is wanted from now on. Raises `NotFoundError`."""
    with store.transaction():
        revision(store, name, number)
        before = get(store, name).revision
        data = {"revision": number, "before": before}
        said = f"revision {number}" if before is None else f"revision {before} → {number}"
        return _changed(store, name, lambda now: replace(now, revision=number), said, data)


def update(
    store: Store,
    name: str,
    *,
    tags: Mapping[str, Any] | None = None,
    properties: Mapping[str, Any] | None = None,
    description: str | None = None,
    interpreter: str | None = None,
    host: str | None = None,
) -> ServiceRecord:
    """Put these tags, this description … in the place of the old ones; properties are added; what is None stays.

    Raises `NotFoundError`, `ConflictError` for a property that is there with another value.
    """
    new_tags = None if tags is None else labels.checked("tag", tags)

    def change(now: ServiceRecord) -> ServiceRecord:
        return replace(
            now,
            tags=now.tags if new_tags is None else new_tags,
            properties=labels.added(now.properties, properties or {}),
            description=now.description if description is None else description,
            interpreter=now.interpreter if interpreter is None else interpreter,
            host=now.host if host is None else host,
        )

    return _changed(store, name, change, "tags, properties or description changed")


def add_tags(store: Store, name: str, tags: Mapping[str, Any]) -> ServiceRecord:
    """More tags; one that is there takes the new value."""
    more = labels.checked("tag", tags)
    return _changed(store, name, lambda now: replace(now, tags={**now.tags, **more}), "tags changed")


def remove_tags(store: Store, name: str, keys: Iterable[str]) -> ServiceRecord:
    """Fewer tags; one that is not there is none the less not there."""
    return _changed(store, name, lambda now: replace(now, tags=labels.without(now.tags, keys)), "tags changed")


def add_properties(store: Store, name: str, properties: Mapping[str, Any]) -> ServiceRecord:
    """More properties. Raises `ConflictError` for one that is there with another value."""
    return update(store, name, properties=properties)


def delete(store: Store, name: str) -> None:
    """Forget the service and its revisions: for after its target has removed what runs. Raises `NotFoundError`."""
    with store.transaction():
        get(store, name)
        store.services.delete(name)
        store.counters.forget("service", name)
        store.events.append(_subject(name), "deleted", "deleted")


def _changed(
    store: Store,
    name: str,
    change: Callable[[ServiceRecord], ServiceRecord],
    said: str,
    data: dict[str, Any] | None = None,
) -> ServiceRecord:
    """Apply `change` to what the row says now, not to what somebody read some time ago."""
    with store.transaction():
        before = get(store, name)
        after = change(before)
        if after != before:
            after = replace(after, updated=datetime.now(UTC))
            store.services.save(after)
            store.events.append(_subject(name), "updated", said, data)
    return after


def _part(name: str | None, id: str | None) -> tuple[str, int | None] | None:
    if id is not None:
        return split_id(id)
    return None if name is None else (name, None)


def _subject(name: str) -> str:
    return f"service/{name}"
