"""The seams: one table of what is found by name, and the `pip install` that brings it.

A third party adds to it by an entry point of the group `jupyter_mlops.<seam>` (`flavors`, `targets`, `engines`).
Nothing is imported until it is asked for.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import entry_points
from typing import Any, NamedTuple

from jupyter_mlops.errors import RequirementError, UsageError

__all__ = ["Plugin", "load", "names", "requirement"]


class Plugin(NamedTuple):
    """Where a plugin lives (`module:Class`) and the extra or distribution to install for it, if any."""

    path: str
    install: str | None = None


_TABLE: dict[str, dict[str, Plugin]] = {
    # In the order in which they are asked whether an object is theirs: the most particular first.
    "flavors": {
        "keras": Plugin("jupyter_mlops.capture.flavors.keras:KerasFlavor", "keras"),
        "pytorch": Plugin("jupyter_mlops.capture.flavors.pytorch:PyTorchFlavor", "torch"),
        "onnx": Plugin("jupyter_mlops.capture.flavors.onnx:OnnxFlavor", "onnxruntime"),
        "xgboost": Plugin("jupyter_mlops.capture.flavors.xgboost:XGBoostFlavor", "xgboost"),
        "lightgbm": Plugin("jupyter_mlops.capture.flavors.lightgbm:LightGBMFlavor", "lightgbm"),
        "sklearn": Plugin("jupyter_mlops.capture.flavors.sklearn:SklearnFlavor", "scikit-learn"),
        "pickle": Plugin("jupyter_mlops.capture.flavors.pickle:PickleFlavor"),
    },
    "targets": {
        "process": Plugin("jupyter_mlops.services.process.target:ProcessTarget"),
        "docker": Plugin("jupyter_mlops.services.docker.target:DockerTarget", "'jupyter-mlops[docker]'"),
    },
    "engines": {
        "docker": Plugin("jupyter_mlops.images.engines.docker:DockerEngine", "'jupyter-mlops[docker]'"),
    },
}


@cache
def _plugins(seam: str) -> dict[str, Plugin]:
    found = dict(_TABLE[seam])
    for entry in entry_points(group=f"jupyter_mlops.{seam}"):
        found.setdefault(entry.name, Plugin(entry.value, entry.dist.name if entry.dist else None))
    return found


def names(seam: str) -> list[str]:
    """The names that the seam knows, built-in ones first.

    Raises `KeyError` for a seam that does not exist.
    """
    return list(_plugins(seam))


def requirement(seam: str, name: str) -> str | None:
    """The distribution that the plugin needs installed; None when it needs nothing more."""
    return _plugins(seam)[name].install


def load(seam: str, name: str) -> Any:
    """The class that implements `name`.

    Raises `UsageError` for a name that nobody provides, `RequirementError` (with the `pip install` to type)
    when what it needs is not installed.
    """
    plugin = _plugins(seam).get(name)
    if plugin is None:
        raise UsageError(f"no {seam[:-1]} named {name!r}", hint=f"known: {', '.join(_plugins(seam)) or 'none'}")
    module, _, attribute = plugin.path.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if plugin.install is None or (error.name or "").startswith("jupyter_mlops"):
            raise
        raise RequirementError(
            f"the {seam[:-1]} {name!r} needs the package {error.name!r}", hint=f"pip install {plugin.install}"
        ) from error
