"""Models: `name:version`, immutable files, mutable tags, add-only properties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import InUseError, StorageError
from jupyter_mlops.records import CapturedModel, FileTree, ModelRecord, Provenance
from jupyter_mlops.registry import labels
from jupyter_mlops.registry.labelled import Labelled
from jupyter_mlops.registry.names import check_model_name, no_version, not_found, split_id

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = [
    "add_properties",
    "add_tags",
    "delete",
    "download",
    "files",
    "get",
    "names",
    "register",
    "remove_tags",
    "search",
    "update",
    "users",
]

Labels = Iterable[str | Sequence[str | None]] | Mapping[str, str | None]


def register(
    store: Store,
    name: str,
    captured: CapturedModel,
    *,
    description: str | None = None,
    version_tag: str | None = None,
    tags: Mapping[str, Any] | None = None,
    properties: Mapping[str, Any] | None = None,
    run_id: str | None = None,
    experiment_name: str | None = None,
    provenance: Provenance,
    progress: Callable[[int], None] | None = None,
    registered: Callable[[ModelRecord], None] | None = None,
) -> ModelRecord:
    """The next version of `name`: its files first, then, in one transaction, its number, its row and its event.

    Broken off at any point it leaves no version, and the number is not used up. `progress` is called with the bytes
    done since its last call; `registered`, in the same transaction, with the new record. Raises `InvalidNameError`,
    `UsageError` (a tag, a file that is gone), `StorageError`.
    """
    check_model_name(name)
    all_tags = labels.checked("tag", tags)
    all_properties = labels.checked("property", {**captured.properties, **(properties or {})})
    folder = Path(captured.folder)
    tree = store.blobs.put_tree(folder, progress)
    while True:
        with store.transaction():
            if not store.blobs.missing(_digests(tree)):
                record = ModelRecord(
                    name=name,
                    version=store.counters.next("model", name),
                    digest=tree.digest,
                    size=tree.size,
                    flavor=captured.flavor,
                    framework=captured.framework,
                    framework_version=captured.framework_version,
                    description=description,
                    version_tag=version_tag,
                    tags=all_tags,
                    properties=all_properties,
                    signature=captured.signature,
                    requirements=captured.requirements,
                    run_id=run_id,
                    experiment_name=experiment_name,
                    provenance=provenance,
                    created=datetime.now(UTC),
                )
                store.models.insert(record)
                store.references.add(_subject(record), _digests(tree))
                store.events.append(
                    _subject(record), "registered", f"registered by {provenance.user}", {"size": tree.size}
                )
                if registered is not None:
                    registered(record)
                return record
        # Another process deleted the last model with one of these files, just when we found that it was there.
        tree = store.blobs.put_tree(folder)


def get(store: Store, name: str, version: int | None = None) -> ModelRecord:
    """The version (or `name:version`), or the newest. Raises `NotFoundError` naming near ones."""
    name, version = split_id(name, version)
    record = store.models.get(name, version)
    if record is not None:
        return record
    versions = store.models.versions(name)
    if version is not None and versions:
        raise no_version("model", name, version, versions)
    raise not_found("model", name, store.models.names(), hint="see %models")


def search(
    store: Store,
    *,
    name: str | None = None,
    part: str | None = None,
    tags: Labels = (),
    properties: Labels = (),
    framework: str | None = None,
    run_id: str | None = None,
    latest: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[ModelRecord]:
    """Newest first, those that meet every condition; at most `limit`, after the first `offset`.

    `part` is looked for in the names, capitals or not. `tags=[['k', 'v'], 'k2']`: k is v, and there is a k2.

    `latest`: of each name only its newest version, if that one meets the conditions.
    """
    return store.models.search(
        name=name,
        part=part,
        tags=labels.wanted(tags),
        properties=labels.wanted(properties),
        framework=framework,
        run_id=run_id,
        latest=latest,
        limit=limit,
        offset=offset,
    )


def names(store: Store) -> list[str]:
    """Every name that has a version, in order."""
    return store.models.names()


labelled = Labelled("model", get, lambda store: store.models)
update = labelled.update
add_tags = labelled.add_tags
remove_tags = labelled.remove_tags
add_properties = labelled.add_properties


def users(store: Store, record: ModelRecord) -> list[str]:
    """Who uses it: `image n:1`, `service s`."""
    images = [f"image {image.id}" for image in store.images.search(model=(record.name, record.version))]
    services = [f"service {name}" for name in store.services.using_model(record.name, record.version)]
    return sorted(images) + services


def delete(store: Store, record: ModelRecord) -> None:
    """Delete the version and the files that nothing else has. Its number is never used again.

    Raises `InUseError` naming the images and services that use it, `NotFoundError` when it is gone.
    """
    with store.transaction():
        get(store, record.name, record.version)
        used_by = users(store, record)
        if used_by:
            first = used_by[0].split(" ", 1)
            raise InUseError(
                f"the model {record.id} is used by {', '.join(used_by)}", hint=f"%delete_{first[0]} {first[1]} first"
            )
        store.models.delete(record.name, record.version)
        freed = store.references.drop(_subject(record))
        store.events.append(_subject(record), "deleted", "deleted")
    store.free(freed)


def files(store: Store, record: ModelRecord) -> FileTree:
    """Its files. Raises `StorageError` when their list is corrupt or gone."""
    return store.blobs.get_tree(record.digest)


def download(store: Store, record: ModelRecord, folder: Path, progress: Callable[[int], None] | None = None) -> Path:
    """Write its files under `folder`; returns the path of the one file, or of the folder.

    Raises `StorageError` when one is corrupt or gone; it names the model.
    """
    try:
        store.blobs.fetch_tree(record.digest, folder, progress)
        entries = files(store, record).entries
    except StorageError as error:
        raise StorageError(f"the model {record.id}: {error.what}", where=error.where, hint=error.hint) from error
    only = entries[0].path if len(entries) == 1 else ""
    return folder / only if only and "/" not in only else folder


def _digests(tree: FileTree) -> set[str]:
    return {tree.digest, *(entry.sha256 for entry in tree.entries)}


def _subject(record: ModelRecord) -> str:
    return f"model/{record.id}"
