"""What `Model.register` takes, made into files that the registry can keep."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from jupyter_mlops.errors import UnsupportedError, UsageError
from jupyter_mlops.records import CapturedModel

__all__ = ["capture", "name_of", "refuse_datasets"]


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
    from jupyter_mlops.capture.files import capture_files
    from jupyter_mlops.capture.objects import capture_model

    if (model is None) == (model_path is None):
        raise UsageError("give a path or a live object, one of them", hint="model_path=… or model=…")
    if model_path is None:
        if child_paths is not None or sha256 is not None:
            raise UsageError("child_paths and sha256 belong to model_path", hint="leave them out for a live object")
        return capture_model(model, folder, name=name, sample=sample, framework=framework)
    path = str(model_path) if "://" in str(model_path) else str(Path(model_path).expanduser())
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
