"""Environment locks, by the digest of their packages. The blob under that digest is what an image carries."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jupyter_mlops.errors import NotFoundError, StorageError
from jupyter_mlops.records import EnvironmentLock, LockedPackage, canonical_json

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = ["get", "save"]


def save(store: Store, lock: EnvironmentLock) -> str:
    """Keep the lock; returns its digest. Saving it again is no error, and tells the newest source and differences.

    Raises `StorageError` when one of its wheels is not among the blobs.
    """
    from jupyter_mlops.storage.locks import LockRow

    document = {"python": lock.python, "packages": [asdict(package) for package in lock.packages]}
    digest = store.blobs.put_bytes(canonical_json(document))
    wheels = set(lock.wheels)
    with store.transaction():
        missing = store.blobs.missing(wheels)
        if missing:
            names = sorted(package.name for package in lock.packages if package.wheel in missing)
            raise StorageError(f"the wheel of {', '.join(names)} is gone", hint="lock the environment again")
        store.locks.save(LockRow(digest, lock.source, lock.differences, datetime.now(UTC)))
        store.references.add(f"lock/{digest}", {digest, *wheels})
    return digest


def get(store: Store, digest: str) -> EnvironmentLock:
    """The lock. Raises `NotFoundError`, or `StorageError` when its blob is corrupt or gone."""
    row = store.locks.get(digest)
    if row is None:
        raise NotFoundError(f"no environment lock {digest[:12]}…")
    document = json.loads(store.blobs.get_bytes(digest))
    packages = (LockedPackage(**package | {"modules": tuple(package["modules"])}) for package in document["packages"])
    return EnvironmentLock(
        python=document["python"], packages=tuple(packages), source=row.source, differences=row.differences
    )
