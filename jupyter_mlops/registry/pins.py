"""Which wheels a list of packages came down to, by Python and platform: noted once, the same ever after."""

from __future__ import annotations

import json
from collections.abc import Set
from typing import TYPE_CHECKING, Any

from jupyter_mlops.records import canonical_json

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = ["forget", "get", "save"]


def save(
    store: Store, subject: str, python: str, platform: str, pins: list[dict[str, Any]], wheels: Set[str] = frozenset()
) -> None:
    """Keep the wheels of a subject (a lock's digest). `python` is a minor version, `platform` uv's name of it;
    `wheels` are the blobs of those that are kept themselves.
    """
    document = {"python": python, "platform": platform, "pins": pins}
    digest = store.blobs.put_bytes(canonical_json(document))
    store.references.add(_owner(subject), {digest})
    store.references.add(f"{_owner(subject)}/wheels", wheels)


def get(store: Store, subject: str, python: str, platform: str) -> list[dict[str, Any]] | None:
    """What was kept; None where nothing was. Of two that were kept at once, both see the same one."""
    for digest in sorted(store.references.of(_owner(subject))):
        document = json.loads(store.blobs.get_bytes(digest))
        if (document["python"], document["platform"]) == (python, platform):
            pins: list[dict[str, Any]] = document["pins"]
            return pins
    return None


def forget(store: Store, subject: str) -> set[str]:
    """Drop them; returns the blobs that may be free now."""
    return store.references.drop(_owner(subject)) | store.references.drop(f"{_owner(subject)}/wheels")


def _owner(subject: str) -> str:
    return f"pins/{subject}"
