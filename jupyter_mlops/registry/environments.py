"""Environments that were registered by name: what was asked for, not yet a lock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.records import EnvironmentRecord
from jupyter_mlops.registry.names import check_environment_name, no_version, not_found, split_id

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = ["get", "register", "search"]


def register(store: Store, name: str, definition: Mapping[str, Any]) -> EnvironmentRecord:
    """The next version of `name`; the same definition as the newest one is that one."""
    check_environment_name(name)
    with store.transaction():
        newest = store.environments.get(name)
        if newest is not None and newest.definition == dict(definition):
            return newest
        version = store.counters.next("environment", name)
        record = EnvironmentRecord(name=name, version=version, definition=dict(definition), created=datetime.now(UTC))
        store.environments.insert(record)
        store.events.append(f"environment/{name}:{version}", "registered", "registered")
    return record


def get(store: Store, name: str, version: int | None = None) -> EnvironmentRecord:
    """The version (or `name:version`), or the newest. Raises `NotFoundError` naming near ones."""
    name, version = split_id(name, version)
    record = store.environments.get(name, version)
    if record is None:
        versions = [other.version for other in store.environments.search(name=name)]
        if version is not None and versions:
            raise no_version("environment", name, version, versions)
        raise not_found("environment", name, store.environments.names())
    return record


def search(store: Store, *, name: str | None = None) -> list[EnvironmentRecord]:
    """Newest first."""
    return store.environments.search(name=name)
