"""Registering files: `capture` them where they are (or fetch them), `store` them as the next version of a name.

`Model.register` calls the two stages in its own process; `verbs.register_model` records an operation of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.operations import set_aside
from jupyter_mlops.records import CapturedModel, ModelRecord, OperationRecord, Progress, Provenance, Signature
from jupyter_mlops.registry import models, operations
from jupyter_mlops.storage import Store
from jupyter_mlops.storage.documents import decode, encode

__all__ = ["STAGES", "Registration", "capture", "register", "set_down", "take_up"]

STAGES = ("capture", "store")


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What becomes the next version of `name`: a `source` (an absolute path, or a URL), or what was `captured`."""

    name: str
    source: str | None = None
    captured: CapturedModel | None = None
    child_paths: tuple[str, ...] | None = None
    sha256: str | None = None
    framework: str | None = None
    framework_version: str | None = None
    signature: Signature | None = None
    description: str | None = None
    version_tag: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    provenance: Provenance


def capture(
    folder: Path,
    source: str,
    *,
    child_paths: Sequence[str] | None = None,
    sample: object = None,
    sha256: str | None = None,
    framework: str | None = None,
    framework_version: str | None = None,
    progress: Callable[[int], None] | None = None,
    expected: Callable[[int], None] | None = None,
) -> CapturedModel:
    """A path or a URL as files under `folder`: links to what is here, a copy of what is fetched.

    `progress` is told of bytes as they come, `expected` once how many there will be, where a server says it.
    Raises `UsageError`, `CaptureError`.
    """
    from jupyter_mlops.capture.files import capture_files

    path = source if "://" in source else str(Path(source).expanduser())
    if child_paths is not None:
        path = str(_only(Path(path), child_paths, folder / "chosen" / Path(path).name))
    return capture_files(
        path,
        folder,
        sample=sample,
        sha256=sha256,
        framework=framework,
        framework_version=framework_version,
        progress=progress,
        expected=expected,
    )


def _only(source: Path, children: Sequence[str], folder: Path) -> Path:
    """A copy of those children of a folder."""
    for child in children:
        origin, target = source / child, folder / child
        if not origin.resolve().is_relative_to(source.resolve()) or not origin.exists():
            raise UsageError("no such file or folder in the model's folder", where=str(origin))
        target.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, target, dirs_exist_ok=True)
        else:
            shutil.copy2(origin, target)
    return folder


# ── as an operation ──


def set_down(store: Store, registration: Registration, token: str | None = None) -> str:
    """Keep what is asked for where the runner finds it, and return the word for it.

    `token`: of the folder in which a kernel's capture lies already.
    """
    set_aside.sweep(store.id)
    if token is None:
        token, folder = set_aside.make(store.id)
    else:
        folder = set_aside.find(store.id, token)
    set_aside.write(folder, encode(registration))
    return token


def take_up(store: Store, token: str) -> Registration:
    """What `set_down` kept. Raises `NotFoundError`."""
    return decode(Registration, set_aside.read(set_aside.find(store.id, token)))


def register(store: Store, operation: OperationRecord, progress: Progress) -> dict[str, Any]:
    """What the runner does. The model's row and the operation's end are one transaction: a runner that is killed has
    registered it and says so, or has not."""
    token = operation.arguments["folder"]
    try:
        return _registered(store, operation.id, token, progress)
    finally:
        set_aside.forget(store.id, token)


def _registered(store: Store, operation_id: str, token: str, progress: Progress) -> dict[str, Any]:
    wanted = take_up(store, token)
    progress.stage("capture")
    captured = _captured(wanted, set_aside.find(store.id, token), progress)
    progress.stage("store")
    size = _size(Path(captured.folder))
    progress.log(f"{size:,} bytes")
    result: dict[str, Any] = {}

    def end(record: ModelRecord) -> None:
        result["model"] = record.id
        progress.log(f"model {record.id}, sha256:{record.digest[:12]}")
        operations.finish(store, operation_id, "Succeeded", result=result)

    models.register(
        store,
        wanted.name,
        captured,
        description=wanted.description,
        version_tag=wanted.version_tag,
        tags=wanted.tags,
        properties=wanted.properties,
        provenance=wanted.provenance,
        progress=_Share(progress, size),
        registered=end,
    )
    return result


def _captured(wanted: Registration, folder: Path, progress: Progress) -> CapturedModel:
    if wanted.captured is not None:
        return wanted.captured
    if wanted.source is None:
        raise UsageError("nothing to register", hint="give a path or a URL")
    share = _Share(progress)
    captured = capture(
        folder,
        wanted.source,
        child_paths=wanted.child_paths,
        sha256=wanted.sha256,
        framework=wanted.framework,
        framework_version=wanted.framework_version,
        progress=share,
        expected=share.expect,
    )
    return captured if wanted.signature is None else replace(captured, signature=wanted.signature)


def _size(folder: Path) -> int:
    """Bytes of a folder's files, links followed."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class _Share:
    """Bytes done, told as a share of the stage when the total is known."""

    def __init__(self, progress: Progress, total: int | None = None):
        self._progress = progress
        self._total = total
        self._done = 0

    def expect(self, total: int) -> None:
        self._total = total

    def __call__(self, count: int) -> None:
        self._done += count
        if self._total:
            self._progress.fraction(min(self._done / self._total, 1.0))
