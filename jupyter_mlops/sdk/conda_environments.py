"""Environments of conda's on this machine, read from the files that conda and pip keep in them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import NotFoundError, UsageError
from jupyter_mlops.sdk.notices import tell_once

__all__ = ["environments", "find", "specification"]

_ROOTS = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", "opt/miniconda3", "opt/anaconda3")
_INSTALLERS = frozenset({"pip", "setuptools", "wheel", "conda"})
"""They install; they are not what a script imports, and the service has its own."""
_SHOWN = 5


def environments() -> dict[str, Path]:
    """Those that there are, by name: `~/.conda/environments.txt`, those beside the active one, the usual places."""
    found: dict[str, Path] = {}
    for prefix in _prefixes():
        if (prefix / "conda-meta").is_dir():
            name = prefix.name if prefix.parent.name == "envs" else "base"
            found.setdefault(name if found.get(name, prefix) == prefix else str(prefix), prefix)
    return found


def _prefixes() -> Iterator[Path]:
    listed = Path("~/.conda/environments.txt").expanduser()
    if listed.is_file():
        yield from (Path(line.strip()) for line in listed.read_text(encoding="utf-8").splitlines() if line.strip())
    for root in _roots():
        yield root
        if (root / "envs").is_dir():
            yield from sorted(path for path in (root / "envs").iterdir() if path.is_dir())
    for folder in filter(None, os.environ.get("CONDA_ENVS_PATH", "").split(os.pathsep)):
        if Path(folder).is_dir():
            yield from sorted(path for path in Path(folder).iterdir() if path.is_dir())


def _roots() -> Iterator[Path]:
    active, program = os.environ.get("CONDA_PREFIX"), os.environ.get("CONDA_EXE") or os.environ.get("MAMBA_EXE")
    if active:
        yield Path(active).parent.parent if Path(active).parent.name == "envs" else Path(active)
    if program:
        yield Path(program).parent.parent
    if os.environ.get("MAMBA_ROOT_PREFIX"):
        yield Path(os.environ["MAMBA_ROOT_PREFIX"])
    yield from (Path.home() / name for name in _ROOTS)
    yield Path("/opt/conda")


def find(name: str) -> Path:
    """The environment of that name or path. Raises `NotFoundError` naming those that there are."""
    there = environments()
    prefix = there.get(name, Path(name).expanduser())
    if not (prefix / "conda-meta").is_dir():
        raise NotFoundError(
            f"no conda environment {name!r} on this machine", hint=f"there are: {', '.join(sorted(there)) or 'none'}"
        )
    return prefix


def specification(prefix: Path) -> dict[str, Any]:
    """The environment as a conda file: its Python, and each distribution of Python as `name==version`.

    Raises `UsageError` when it has no Python.
    """
    packages = {}
    for path in sorted((prefix / "conda-meta").glob("*.json")):
        known = json.loads(path.read_text(encoding="utf-8"))
        packages[known["name"]] = known
    if "python" not in packages:
        raise UsageError("the conda environment has no Python", where=str(prefix), hint="conda install python")
    python = ".".join(packages["python"]["version"].split(".")[:2])
    site = prefix / "lib" / f"python{python}" / "site-packages"
    pinned = {found.name.lower(): f"{found.name}=={found.version}" for found in distributions(path=[str(site)])}
    _tell_what_stays(prefix, packages)
    chosen = [line for name, line in sorted(pinned.items()) if name not in _INSTALLERS]
    return {"name": prefix.name, "dependencies": [f"python={python}", *([{"pip": chosen}] if chosen else [])]}


def _tell_what_stays(prefix: Path, packages: dict[str, dict[str, Any]]) -> None:
    """Name the conda packages that bring no distribution of Python's."""
    left = [
        name
        for name, known in packages.items()
        if name not in _INSTALLERS | {"python"}
        and not any(".dist-info/" in file or ".egg-info" in file for file in known.get("files", ()))
    ]
    if left:
        more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
        tell_once(
            f"conda environment {prefix.name}: {', '.join(left[:_SHOWN])}{more} are no Python packages and stay "
            "behind; wheels bring the libraries that they need"
        )
