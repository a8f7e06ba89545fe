"""`jupyter mlops doctor`: what this machine can do, and what to install for the rest."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from jupyter_mlops import plugins
from jupyter_mlops.errors import MlopsError
from jupyter_mlops.version import __version__

__all__ = ["Finding", "examine"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. `needed` marks what the first path cannot do without."""

    name: str
    ok: bool
    what: str
    cure: str | None = None
    needed: bool = False


def examine() -> list[Finding]:
    """Everything that decides what works here, in the order in which a newcomer meets it."""
    return [_python(), _workspace(), _state_folder(), _uv(), _kernel(), *_flavors(), *_extras()]


def _python() -> Finding:
    return Finding(
        name="Python",
        ok=sys.version_info >= (3, 11),
        what=f"{platform.python_version()} at {sys.executable}; jupyter_mlops {__version__}",
        cure="install Python 3.11 or newer",
        needed=True,
    )


def _workspace() -> Finding:
    from jupyter_mlops.sdk.workspace import Workspace

    try:
        workspace = Workspace()
        count = len(workspace.models)
    except MlopsError as error:
        return Finding(name="workspace", ok=False, what=error.what, cure=error.hint, needed=True)
    return Finding(name="workspace", ok=True, what=f"{workspace.location}, {count} models", needed=True)


def _state_folder() -> Finding:
    from jupyter_mlops.services.process.machine import state_root

    root = state_root()
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    writable = os.access(there, os.W_OK)
    free = shutil.disk_usage(there).free / 1e9
    return Finding(
        name="machine folder",
        ok=writable and free > 1,
        what=f"{root}, {free:.0f} GB free" + ("" if writable else ", not writable"),
        cure="set JUPYTER_MLOPS_STATE to a folder of yours with room",
        needed=True,
    )


def _uv() -> Finding:
    from jupyter_mlops import installers

    try:
        command = installers.uv_command()
    except MlopsError as error:
        return Finding(name="uv", ok=False, what=error.what, cure=error.hint)
    return Finding(name="uv", ok=Path(command[0]).exists(), what=command[0], cure="pip install uv")


def _kernel() -> Finding:
    return _package("notebook kernel", "ipykernel", "pip install ipykernel")


def _flavors() -> list[Finding]:
    table = {name: plugins.requirement("flavors", name) for name in plugins.names("flavors")}
    return [_package(f"{name} models", package, f"pip install {package}") for name, package in table.items() if package]


def _extras() -> list[Finding]:
    return [
        _package("buttons in cells", "ipywidgets", "pip install 'jupyter-mlops[widgets]'"),
        _package("JupyterLab", "jupyterlab", "pip install 'jupyter-mlops[lab]'"),
        _package("PostgreSQL workspaces", "psycopg", "pip install 'jupyter-mlops[postgresql]'"),
    ]


def _package(name: str, distribution: str, cure: str) -> Finding:
    try:
        return Finding(name=name, ok=True, what=f"{distribution} {metadata.version(distribution)}")
    except metadata.PackageNotFoundError:
        found = importlib.util.find_spec(distribution.replace("-", "_")) is not None
        return Finding(
            name=name, ok=found, what=distribution if found else f"{distribution} is not installed", cure=cure
        )
