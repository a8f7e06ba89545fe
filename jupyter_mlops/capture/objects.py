"""A live object → files that load without the notebook."""

from __future__ import annotations

import os
import types
from pathlib import Path
from typing import Any

from jupyter_mlops.capture.flavor import Flavor, flavor_named, flavor_of
from jupyter_mlops.capture.signature import signature_of
from jupyter_mlops.errors import CaptureError, StorageError
from jupyter_mlops.records import CapturedModel

__all__ = ["capture_model"]


def capture_model(
    obj: Any, folder: Path, *, name: str, sample: Any = None, framework: str | None = None
) -> CapturedModel:
    """Writes the object into the folder (made if need be) by the flavor of its type.

    `sample`: what `predict` takes (a frame, an array, values): it gives the signature. `framework`: the name of
    a flavor or framework to use in place of the one that is found. Raises `CaptureError` whose `where` is the
    path inside the object for what no file can hold, `UsageError` for a sample that has no JSON,
    `StorageError` when the folder cannot be written.
    """
    _refuse_non_models(obj, name)
    flavor: Flavor = flavor_of(obj) if framework is None else flavor_named(framework)
    if framework is not None and not flavor.matches(obj):
        raise CaptureError(
            f"a {type(obj).__module__}.{type(obj).__qualname__} is not a model of {flavor.framework or flavor.name}",
            hint="leave --framework out: it is found by the object's type",
        )
    signature = None if sample is None else signature_of(sample)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        flavor.save(obj, folder)
    except OSError as error:
        raise StorageError(os.strerror(error.errno or 0), where=str(error.filename or folder)) from error
    return CapturedModel(
        folder=str(folder),
        flavor=flavor.name,
        framework=flavor.framework,
        framework_version=flavor.version(),
        signature=signature,
        requirements=flavor.requirements(obj),
    )


def _refuse_non_models(obj: Any, name: str) -> None:
    if isinstance(obj, types.ModuleType):
        raise CaptureError(f"{obj.__name__} is a module, not a model", hint="name the variable that holds the model")
    if isinstance(obj, (str, os.PathLike)):
        raise CaptureError(
            f"{str(obj)!r} is a path, not a live object",
            hint=f'Model.register(…, model_path={str(obj)!r}, model_name="{name}")',
        )
    if obj is None:
        raise CaptureError("the object is None", hint="run the cell that makes the model")
