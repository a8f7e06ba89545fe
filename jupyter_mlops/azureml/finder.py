"""The import hook: modules named `azureml…` where nobody else provides them.

It stands behind every other finder, so Azure's own packages win, module by module: with `azureml-monitoring`
installed and `azureml-core` not, the first is Azure's and the second is ours.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from jupyter_mlops.azureml.names import MODULES, unserved

__all__ = ["OldNames", "install", "uninstall"]


class OldNames(MetaPathFinder, Loader):
    """Finds the modules of the table `names.MODULES`, and says of all others under `azureml` that they are not served.

    Each module says it is a package with no files: `from module import name` then asks this finder for a name that
    the module does not have, and gets an error that can say more than "cannot import name".
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of an old name. Raises `ImportError` for one that is not served."""
        if fullname != "azureml" and not fullname.startswith("azureml."):
            return None
        if fullname in MODULES:
            return ModuleSpec(fullname, self, origin=__name__, is_package=True)
        # With no `name`, or `from azureml.core import Dataset` would turn it into "cannot import name".
        raise ModuleNotFoundError(unserved(fullname))

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        served = MODULES[module.__name__]
        module.__doc__ = "An old import name, served by jupyter_mlops."
        module.__path__ = []
        module.__dict__["__all__"] = sorted(served)
        module.__dict__["__getattr__"] = _lookup(module, served)
        module.__dict__["__dir__"] = lambda: sorted({*vars(module), *served})


def install() -> None:
    """Serve the old names from now on; a second time changes nothing."""
    if not any(isinstance(finder, OldNames) for finder in sys.meta_path):
        sys.meta_path.append(OldNames())


def uninstall() -> None:
    """Serve them no more; modules that were imported stay with who has them."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, OldNames)]
    for name, module in list(sys.modules.items()):
        if isinstance(getattr(module, "__loader__", None), OldNames):
            del sys.modules[name]


def _lookup(module: ModuleType, served: dict[str, str]) -> Callable[[str], Any]:
    def lookup(name: str) -> Any:
        if name in served:
            home, _, attribute = served[name].partition(":")
            value = getattr(importlib.import_module(home), attribute)
            setattr(module, name, value)
            return value
        fullname = f"{module.__name__}.{name}"
        if fullname in MODULES:  # `import azureml.core` alone makes `azureml.core.model` reachable, as it did
            return importlib.import_module(fullname)
        if name.startswith("_"):
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        raise AttributeError(unserved(fullname))

    return lookup
