"""The import hook for the names of Azure's packages: last in line, so that anything installed comes first."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from jupyter_mlops.scoring.worker.served import TABLE
from jupyter_mlops.scoring.worker.served.absent import absent

__all__ = ["OldNames", "install", "serves"]

_JOBLIB = "sklearn.externals.joblib"
_SDK = ("core", "train", "automl", "contrib", "telemetry", "data", "exceptions", "monitoring", "interpret", "pipeline")


def install() -> None:
    """Put the hook at the end of `sys.meta_path`."""
    sys.meta_path.append(OldNames())


def serves(name: str) -> bool:
    """Whether the hook answers to this module name."""
    return name in TABLE or _is_joblib(name) or _is_sdk(name)


class OldNames:
    """A finder and loader of the modules in `served`, under their old names."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The import system's question."""
        del path, target
        return ModuleSpec(name, self, is_package=not _is_joblib(name)) if serves(name) else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """A module as Python makes it."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill a module with the names of ours that answers to it."""
        name = module.__name__
        if _is_joblib(name):
            sys.modules[name] = importlib.import_module(name.removeprefix("sklearn.externals."))
            return
        ours = TABLE.get(name)
        if ours is None:
            module.__doc__ = f"{name}: served by jupyter_mlops, with nothing in it"
            if _is_sdk(name):
                module.__getattr__ = lambda attribute: absent(name, attribute)  # type: ignore[method-assign]
            return
        source = vars(importlib.import_module(ours))
        kept = {key: value for key, value in source.items() if not key.startswith("__") or key == "__getattr__"}
        vars(module).update(kept, __doc__=source["__doc__"])


def _is_joblib(name: str) -> bool:
    return name == _JOBLIB or name.startswith(f"{_JOBLIB}.")


def _is_sdk(name: str) -> bool:
    parts = name.split(".")
    return len(parts) > 1 and parts[0] == "azureml" and parts[1] in _SDK
