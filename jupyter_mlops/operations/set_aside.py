"""What a registration needs until it is done, in folders of the machine folder that only their owner may enter.

A kernel's captured object waits there, a URL (whose query may be a key) is written there and not into the database,
and a download grows there. The folder goes with the operation, however that ends.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import NotFoundError
from jupyter_mlops.services.process.machine import MachineFolder, disk_errors, write_private

__all__ = ["find", "forget", "make", "read", "sweep", "write"]

_KEPT_SECONDS = 24 * 3600.0
_TOKEN = re.compile(r"[0-9a-f]{16}")
_DOCUMENT = "registration.json"


def _root(workspace_id: str) -> Path:
    return MachineFolder(workspace_id).root / "registrations"


def make(workspace_id: str) -> tuple[str, Path]:
    """A new folder, and the word by which another process of this machine finds it. Raises `StorageError`."""
    token, root = secrets.token_hex(8), _root(workspace_id)
    with disk_errors(root):
        root.mkdir(mode=0o700, exist_ok=True)
        (root / token).mkdir(mode=0o700)
    return token, root / token


def find(workspace_id: str, token: str) -> Path:
    """The folder. Raises `NotFoundError` when it is gone, or was made on another machine."""
    folder = _root(workspace_id) / token
    if not _TOKEN.fullmatch(token) or not folder.is_dir():
        raise NotFoundError(
            "what was to be registered is not on this machine any more", where=token, hint="capture it again"
        )
    return folder


def forget(workspace_id: str, token: str) -> None:
    """Remove the folder; one that is gone is no error."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(_root(workspace_id) / token, ignore_errors=True)


def sweep(workspace_id: str) -> None:
    """Remove what nobody came for in a day (a kernel that died between capturing and registering)."""
    root, edge = _root(workspace_id), time.time() - _KEPT_SECONDS
    for folder in root.iterdir() if root.is_dir() else ():
        try:
            old = folder.stat().st_mtime < edge
        except FileNotFoundError:
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)


def write(folder: Path, document: dict[str, Any]) -> None:
    """Keep what is asked for in the folder, 0600. Raises `StorageError`."""
    write_private(folder / _DOCUMENT, json.dumps(document).encode())


def read(folder: Path) -> dict[str, Any]:
    """What `write` kept. Raises `NotFoundError` when there is nothing."""
    try:
        document: dict[str, Any] = json.loads((folder / _DOCUMENT).read_bytes())
    except FileNotFoundError:
        raise NotFoundError("nothing was asked for here", where=str(folder), hint="register it again") from None
    return document
