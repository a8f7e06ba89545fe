"""Wiring the stages for one image: what to freeze, the Python that satisfies it, its files on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.errors import UsageError
from jupyter_mlops.images import manifest as manifests
from jupyter_mlops.images import unpack as unpacking
from jupyter_mlops.operations.deployment import ImageParts
from jupyter_mlops.records import (
    EnvironmentLock,
    ImageManifest,
    ImageRecord,
    LineOrigin,
    ModelRecord,
    Progress,
    Provenance,
    ScriptRecord,
)
from jupyter_mlops.registry import images, locks, models, scripts
from jupyter_mlops.services.process import interpreter
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.storage import Store
from jupyter_mlops.version import __version__

__all__ = ["Unpacked", "freeze", "manifest_of", "models_of", "parts_of", "unpack"]


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """An image's files on this machine, and the Python to run them with."""

    content: Path
    interpreter: str
    lock: EnvironmentLock
    lines: tuple[LineOrigin, ...]


def models_of(store: Store, references: tuple[str, ...]) -> list[ModelRecord]:
    """The models of `name` or `name:version` references; the newest of a name where no version is said.

    Raises `UsageError` when two versions of one name are asked for at once.
    """
    found = [models.get(store, reference) for reference in references]
    by_name: dict[str, ModelRecord] = {}
    for record in found:
        other = by_name.setdefault(record.name, record)
        if other.version != record.version:
            raise UsageError(
                f"two versions of the model {record.name!r} in one service ({other.version} and {record.version})",
                hint="name one of them",
            )
    return list(by_name.values())


def manifest_of(store: Store, parts: ImageParts, script: ScriptRecord | None = None) -> ImageManifest:
    """The manifest of the parts; `script` stands in for one that is not saved yet.

    Raises `NotFoundError` for a part that is not there.
    """
    return manifests.make(
        models_of(store, parts.models),
        script or scripts.get(store, parts.script),
        parts.lock,
        locks.get(store, parts.lock),
        scoring_version=__version__,
        base=parts.base,
    )


def parts_of(manifest: ImageManifest) -> ImageParts:
    """The parts that an image was made of."""
    return ImageParts(
        models=tuple(f"{model.name}:{model.version}" for model in manifest.models),
        script=manifest.script.digest,
        lock=manifest.lock,
        base=manifest.base,
    )


def freeze(
    store: Store,
    name: str,
    parts: ImageParts,
    *,
    provenance: Provenance,
    description: str | None = None,
    tags: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    operation: str | None = None,
) -> ImageRecord:
    """The image of the parts under `name`: the newest version when it is the same, else the next one."""
    return images.register(
        store,
        name,
        manifest_of(store, parts),
        description=description,
        tags=tags or {},
        properties=properties or {},
        operation=operation,
        provenance=provenance,
    )


def unpack(
    store: Store,
    manifest: ImageManifest,
    preferred_python: str,
    progress: Progress,
    lines: tuple[LineOrigin, ...] | None = None,
) -> Unpacked:
    """The image's files on this machine and a Python that satisfies its lock (made with uv when none does).

    `lines` say where the script's lines came from; those of the saved script when they are not given.
    """
    machine = MachineFolder(store.id)
    lock = locks.get(store, manifest.lock)
    content = unpacking.unpack(manifest, store.blobs, machine.image(manifest.digest), progress=progress)
    python = interpreter.choose(machine, lock, content / "wheels", progress, preferred=preferred_python)
    origins = scripts.get(store, manifest.script.digest).lines if lines is None else lines
    return Unpacked(content=content, interpreter=python, lock=lock, lines=origins)
