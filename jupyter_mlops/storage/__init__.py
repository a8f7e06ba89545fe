"""The only user of SQLAlchemy and of fsspec: rows and blobs of one workspace.

May import `records` and `errors`. Knows nothing of rules (those are the registry's): a gateway turns rows into
records and back, one module a noun; `Store.transaction()` makes several of them one change.

Nothing is imported until it is asked for: SQLAlchemy alone takes a third of a second.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlops.storage.blobs import BlobStore, open_blobs
    from jupyter_mlops.storage.documents import decode, encode
    from jupyter_mlops.storage.store import Store, create_store, open_store, upgrade_store

__all__ = ["BlobStore", "Store", "create_store", "decode", "encode", "open_blobs", "open_store", "upgrade_store"]

_HOMES = {
    "BlobStore": "blobs",
    "open_blobs": "blobs",
    "decode": "documents",
    "encode": "documents",
    "Store": "store",
    "create_store": "store",
    "open_store": "store",
    "upgrade_store": "store",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
