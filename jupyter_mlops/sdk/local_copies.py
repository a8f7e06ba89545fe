"""Files of the workspace on this machine: under a service's app root, or copied once into the machine's folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.storage import Store

__all__ = ["fetched", "in_app_root", "kept"]


def in_app_root(name: str, version: int | None) -> Path | None:
    """`$AML_APP_ROOT/azureml-models/NAME/VERSION/<its one file, or the folder>`; None outside a service."""
    root = os.environ.get("AML_APP_ROOT")
    versions = Path(root) / "azureml-models" / name if root else None
    if versions is None or not versions.is_dir():
        return None
    numbers = sorted(int(path.name) for path in versions.iterdir() if path.name.isdigit())
    if not numbers or (version is not None and version not in numbers):
        return None
    return _only_one(versions / str(version or numbers[-1]))


def fetched(model: Model) -> Path:
    """The model's file or folder in the machine's folder of this workspace, copied there once."""
    from jupyter_mlops.registry import models

    store = model.workspace.store

    def fetch(folder: Path) -> None:
        models.download(store, model._record, folder)

    return _only_one(kept(store, "models", model.digest, fetch))


def kept(store: Store, kind: str, digest: str, fetch: Callable[[Path], None]) -> Path:
    """The digest's folder in the machine's folder; when it is not there `fetch` fills it, wholly or not at all."""
    from jupyter_mlops.services.process.machine import MachineFolder

    folder = MachineFolder(store.id).root / kind / digest
    if folder.exists():
        return folder
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        fetch(partial)
        partial.rename(folder)
    except OSError:
        if not folder.exists():  # else another process was first, with the same content
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _only_one(folder: Path) -> Path:
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 else folder
