"""jupyter_mlops: turn a notebook object into a service, in three cells.

The package root imports nothing at import time (PEP 562): `%load_ext jupyter_mlops` and the scoring server
start in milliseconds, and a noun is imported when it is first named.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from jupyter_mlops.version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

#: The public nouns, each with the module of `jupyter_mlops.sdk` that defines it.
_NOUNS = {
    "AciWebservice": "webservice",
    "AksCompute": "compute",
    "AksWebservice": "webservice",
    "ComputeTarget": "compute",
    "CondaDependencies": "environment",
    "ContainerImage": "container_image",
    "ContainerRegistry": "container_registry",
    "DockerWebservice": "webservice",
    "Environment": "environment",
    "Experiment": "experiment",
    "Image": "image",
    "InferenceConfig": "inference",
    "LocalWebservice": "webservice",
    "Model": "model",
    "Operation": "operation",
    "ProcessWebservice": "webservice",
    "Run": "experiment",
    "Script": "script",
    "Webservice": "webservice",
    "Workspace": "workspace",
}

__all__ = ["__version__", "load_ipython_extension", *sorted(_NOUNS)]


def __getattr__(name: str) -> Any:
    module = _NOUNS.get(name)
    if module is None:
        raise AttributeError(f"module 'jupyter_mlops' has no attribute {name!r}")
    noun = getattr(importlib.import_module(f"jupyter_mlops.sdk.{module}"), name)
    globals()[name] = noun
    return noun


def __dir__() -> list[str]:
    return sorted({*globals(), *_NOUNS})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """`%load_ext jupyter_mlops`: the magics become known; each is imported when it is first typed."""
    from jupyter_mlops.magics import register

    register(shell)
