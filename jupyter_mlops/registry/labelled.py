"""How the labels of a `name:version` change: the same verbs for models and for images."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from jupyter_mlops.records import ImageRecord, ModelRecord
from jupyter_mlops.registry import labels

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = ["Labelled"]

Record = TypeVar("Record", ModelRecord, ImageRecord)
_Given = TypeVar("_Given", ModelRecord, ImageRecord, contravariant=True)


class _Rows(Protocol[_Given]):
    def save(self, record: _Given) -> bool: ...


class Labelled(Generic[Record]):
    """The verbs of one `kind`: `get` reads a version (and raises `NotFoundError`), `rows` is where it is kept."""

    def __init__(
        self, kind: str, get: Callable[[Store, str, int | None], Record], rows: Callable[[Store], _Rows[Record]]
    ):
        self._kind = kind
        self._get: Callable[[Store, str, int | None], Record] = get
        self._rows: Callable[[Store], _Rows[Record]] = rows

    def update(
        self, store: Store, record: Record, *, tags: Mapping[str, Any] | None = None, description: str | None = None
    ) -> Record:
        """Put these tags, this description in the place of the old ones; what is None stays."""
        new_tags = None if tags is None else labels.checked("tag", tags)

        def change(now: Record) -> Record:
            return replace(
                now,
                tags=now.tags if new_tags is None else new_tags,
                description=now.description if description is None else description,
            )

        return self._changed(store, record, change)

    def add_tags(self, store: Store, record: Record, tags: Mapping[str, Any]) -> Record:
        """More tags; one that is there takes the new value."""
        more = labels.checked("tag", tags)
        return self._changed(store, record, lambda now: replace(now, tags={**now.tags, **more}))

    def remove_tags(self, store: Store, record: Record, keys: Iterable[str]) -> Record:
        """Fewer tags; one that is not there is none the less not there."""
        return self._changed(store, record, lambda now: replace(now, tags=labels.without(now.tags, keys)))

    def add_properties(self, store: Store, record: Record, properties: Mapping[str, Any]) -> Record:
        """More properties. Raises `ConflictError` for one that is there with another value."""
        return self._changed(
            store, record, lambda now: replace(now, properties=labels.added(now.properties, properties))
        )

    def _changed(self, store: Store, record: Record, change: Callable[[Record], Record]) -> Record:
        """Apply `change` to what the row says now, not to what somebody read some time ago.

        The event names the fields that changed.
        """
        with store.transaction():
            before = self._get(store, record.name, record.version)
            after = change(before)
            fields = [name for name in ("tags", "properties", "description") if _differ(before, after, name)]
            if fields:
                self._rows(store).save(after)
                said = f"{' and '.join(fields)} changed"
                store.events.append(f"{self._kind}/{after.id}", "updated", said, {"fields": fields})
        return after


def _differ(before: object, after: object, field: str) -> bool:
    return bool(getattr(before, field) != getattr(after, field))
