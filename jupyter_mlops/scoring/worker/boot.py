"""Start a worker in any interpreter: `PYTHON -I …/worker/boot.py --fd N [--slots-fd M]`.

The interpreter of a service's environment has no `jupyter_mlops` installed, and need not have: this file puts a
synthetic package of that name into `sys.modules`, whose `scoring` part is the folder that this file lies in.

Exit codes: 0 drained (the front closed its end), 3 the script failed to import or to initialise,
4 the environment is not the one of the lock.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType


class _Root(ModuleType):
    """`jupyter_mlops` as a script sees it: only what makes sense inside a scoring process."""

    def __getattr__(self, name: str) -> object:
        import importlib

        try:
            served = importlib.import_module("jupyter_mlops.scoring.worker.served")
        except ImportError:
            raise AttributeError(name) from None
        return served.find(name)


def install_package(scoring: Path) -> None:
    """Make `jupyter_mlops.scoring` importable from the folder `scoring`, without the rest of the package."""
    root = _Root("jupyter_mlops", "What a script may import from jupyter_mlops inside a scoring process.")
    root.__path__ = []
    package = ModuleType("jupyter_mlops.scoring")
    package.__path__ = [str(scoring)]
    root.scoring = package  # type: ignore[attr-defined]
    sys.modules["jupyter_mlops"] = root
    sys.modules["jupyter_mlops.scoring"] = package


def main() -> int:
    """Run the worker to its end; returns its exit code."""
    folder = str(Path(__file__).resolve().parent)
    if folder in sys.path:  # without -I a script's own folder comes first, and `inputs` is no name to give away
        sys.path.remove(folder)
    install_package(Path(folder).parent)
    from jupyter_mlops.scoring.worker import process

    return process.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
