"""What `Model.register` takes, made into files that the registry can keep."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import UnsupportedError, UsageError
from jupyter_mlops.records import CapturedModel
from jupyter_mlops.sdk.filters import text_values
from jupyter_mlops.sdk.profiling import profiled, with_profile

if TYPE_CHECKING:
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["begin", "capture", "name_of", "refuse_datasets", "set_aside"]


def refuse_datasets(datasets: object, sample_input: object, sample_output: object, resources: object) -> None:
    if datasets is not None or sample_input is not None or sample_output is not None:
        raise UnsupportedError("data sets are not served", hint="give a sample of the data itself: sample=X[:5]")
    if resources is not None:
        raise UnsupportedError(
            "resource_configuration is not served on a model", hint="give cpu_cores and memory_gb when deploying"
        )


def name_of(model_path: str | os.PathLike[str] | None) -> str:
    if model_path is None:
        raise UsageError("a model needs a name", hint='model_name="NAME"')
    return Path(str(model_path).rstrip("/").partition("?")[0]).name.partition(".")[0]


def capture(
    folder: Path,
    name: str,
    model_path: str | os.PathLike[str] | None,
    model: object,
    child_paths: Sequence[str] | None,
    sample: object,
    sha256: str | None,
    framework: str | None,
    framework_version: str | None,
    progress: Callable[[int], None] | None,
) -> CapturedModel:
    from jupyter_mlops.capture.objects import capture_model
    from jupyter_mlops.operations import registering

    if (model is None) == (model_path is None):
        raise UsageError("give a path or a live object, one of them", hint="model_path=… or model=…")
    if model_path is None:
        if child_paths is not None or sha256 is not None:
            raise UsageError("child_paths and sha256 belong to model_path", hint="leave them out for a live object")
        return capture_model(model, folder, name=name, sample=sample, framework=framework)
    return registering.capture(
        folder,
        str(model_path),
        child_paths=child_paths,
        sample=sample,
        sha256=sha256,
        framework=framework,
        framework_version=framework_version,
        progress=progress,
    )


# ── as an operation, which outlives whoever asked ──


def set_aside(
    workspace: Workspace, model: object, name: str, *, sample: object = None, framework: str | None = None
) -> str:
    """A live object as files of this machine that `begin(captured=…)` registers, from any process: the kernel is free
    again as soon as the object is written out. Returns the word by which it is found, for a day.

    Raises `InvalidNameError`, `CaptureError` (with the path inside the object), `UsageError`, `StorageError`.
    """
    from jupyter_mlops.capture.objects import capture_model
    from jupyter_mlops.capture.provenance import provenance
    from jupyter_mlops.operations import registering
    from jupyter_mlops.operations import set_aside as desks
    from jupyter_mlops.registry.names import check_model_name

    check_model_name(name)
    token, folder = desks.make(workspace.store.id)
    try:
        (folder / "object").mkdir(mode=0o700)
        captured = capture_model(model, folder / "object", name=name, sample=sample, framework=framework)
        captured = profiled(captured, sample)
        asked = registering.Registration(name=name, captured=captured, provenance=provenance())
        registering.set_down(workspace.store, asked, token)
    except BaseException:
        desks.forget(workspace.store.id, token)
        raise
    return token


def begin(
    workspace: Workspace,
    name: str | None = None,
    *,
    model_path: str | os.PathLike[str] | None = None,
    captured: str | None = None,
    tags: Mapping[str, object] | None = None,
    properties: Mapping[str, object] | None = None,
    description: str | None = None,
    version_tag: str | None = None,
    framework: str | None = None,
    framework_version: str | None = None,
    child_paths: Sequence[str] | None = None,
    sample: object = None,
    sha256: str | None = None,
) -> Operation:
    """`Model.register` of a path, a URL or what `set_aside` captured, done by an operation; returns at once.

    The operation's result is `{"model": "name:version"}`. Raises `InvalidNameError`, `UsageError`, `NotFoundError`,
    and `BusyError` while another operation registers the same name.
    """
    from jupyter_mlops.capture.provenance import provenance
    from jupyter_mlops.capture.signature import signature_of
    from jupyter_mlops.operations import registering, verbs
    from jupyter_mlops.sdk.operation import Operation

    if (model_path is None) == (captured is None):
        raise UsageError("give a path or what was captured, one of them", hint="model_path=… or captured=…")
    known: dict[str, Any] = {}
    if captured is not None:
        _refuse_beside_captured(child_paths=child_paths, sha256=sha256, sample=sample, framework=framework)
        known = vars(registering.take_up(workspace.store, captured))
    else:
        path = str(model_path)
        known = {
            "source": path if "://" in path else str(Path(path).expanduser().absolute()),
            "child_paths": None if child_paths is None else tuple(child_paths),
            "sha256": sha256,
            "framework": framework,
            "framework_version": framework_version,
            "signature": None if sample is None else with_profile(signature_of(sample), sample),
            "provenance": provenance(),
        }
    registration = registering.Registration(
        **{
            **known,
            "name": name or known.get("name") or name_of(model_path),
            "description": description,
            "version_tag": version_tag,
            "tags": text_values(tags),
            "properties": text_values(properties),
        }
    )
    record = verbs.register_model(workspace.store, registration, set_aside_as=captured)
    return Operation._of(workspace, record)


def _refuse_beside_captured(**given: object) -> None:
    for option, value in given.items():
        if value is not None:
            raise UsageError(f"{option} is part of what was captured", hint=f"give {option} when it is captured")
