"""Where a service's script came from, on this machine: what `reload` reads again. The machine folder keeps it."""

from __future__ import annotations

import json
from pathlib import Path

from jupyter_mlops.services.process.machine import MachineFolder, disk_errors, write_private
from jupyter_mlops.storage import Store

__all__ = ["forget", "recall", "remember"]


def remember(store: Store, service: str, entry_script: str | None, source_directory: str | None) -> None:
    """Note the files of an `InferenceConfig`; with no entry script, that there are none."""
    path = _path(store, service)
    if entry_script is None:
        path.unlink(missing_ok=True)
        return
    found = {"entry_script": entry_script, "source_directory": source_directory}
    if source_directory is not None:
        found["source_directory"] = str(Path(source_directory).expanduser().absolute())
    else:
        found["entry_script"] = str(Path(entry_script).expanduser().absolute())
    with disk_errors(path):
        path.parent.mkdir(mode=0o700, exist_ok=True)
    write_private(path, json.dumps(found).encode())


def recall(store: Store, service: str) -> dict[str, str | None] | None:
    """`entry_script` and `source_directory`; None for a script that came from no file of this machine."""
    try:
        found: dict[str, str | None] = json.loads(_path(store, service).read_bytes())
    except (OSError, ValueError):
        return None
    return found


def forget(store: Store, service: str) -> None:
    """The service is gone."""
    _path(store, service).unlink(missing_ok=True)


def _path(store: Store, service: str) -> Path:
    return MachineFolder(store.id).root / "sources" / f"{service}.json"
