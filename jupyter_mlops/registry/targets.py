"""Attached targets: a name for a kind and its configuration (references to secrets, never secrets)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import InUseError, NameTakenError
from jupyter_mlops.records import TargetRecord
from jupyter_mlops.registry.names import check_target_name, not_found

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = ["attach", "detach", "get", "search"]


def attach(store: Store, name: str, kind: str, configuration: Mapping[str, Any]) -> TargetRecord:
    """Give a target a name. The same again is no error; the name for something else raises `NameTakenError`."""
    check_target_name(name)
    record = TargetRecord(name=name, kind=kind, configuration=dict(configuration), created=datetime.now(UTC))
    with store.transaction():
        other = store.targets.get(name)
        if other is not None:
            if (other.kind, other.configuration) == (kind, record.configuration):
                return other
            raise NameTakenError(
                f"there is a target {name!r} of the kind {other.kind} already",
                hint=f"jupyter mlops computetarget detach {name}",
            )
        store.targets.insert(record)
        store.events.append(f"target/{name}", "registered", f"attached: {kind}")
    return record


def get(store: Store, name: str) -> TargetRecord:
    """The target. Raises `NotFoundError` naming near ones."""
    record = store.targets.get(name)
    if record is None:
        known = [target.name for target in store.targets.search()]
        raise not_found("attached target", name, known, hint="jupyter mlops computetarget list")
    return record


def search(store: Store, *, kind: str | None = None) -> list[TargetRecord]:
    """By name."""
    return store.targets.search(kind=kind)


def detach(store: Store, name: str) -> None:
    """Forget the name. Raises `InUseError` naming the services that run there, `NotFoundError`."""
    with store.transaction():
        get(store, name)
        used_by = [service.name for service in store.services.search() if service.target_name == name]
        if used_by:
            raise InUseError(
                f"the target {name!r} is used by service {', service '.join(used_by)}",
                hint=f"%delete_service {used_by[0]} first",
            )
        store.targets.delete(name)
        store.events.append(f"target/{name}", "deleted", "detached")
