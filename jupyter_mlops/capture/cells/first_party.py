"""Modules of the working folder that a script imports: found, and copied beside it, with what they import in turn."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NamedTuple

from jupyter_mlops.capture.imports import imports_of
from jupyter_mlops.errors import CaptureError

__all__ = ["FirstParty", "copy_modules", "find_modules", "imported_modules"]

_LEFT_OUT = ("__pycache__", "*.pyc", "*.pyo", ".git", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".DS_Store")
_INSTALLED = {"site-packages", "dist-packages"}


class FirstParty(NamedTuple):
    """A top-level module of the working folder: its name, and its file or folder."""

    name: str
    path: Path


def imported_modules(tree: ast.AST) -> set[str]:
    """The top-level names that the code imports, the standard library's left out."""
    return {name.partition(".")[0] for name in imports_of(tree)}


def find_modules(names: Iterable[str], working_folder: Path) -> list[FirstParty]:
    """Those of the names that are modules of the working folder, and all of it that they import; sorted."""
    found: dict[str, FirstParty] = {}
    waiting = sorted(set(names))
    working = working_folder.resolve()
    editable = _editable_folders()
    while waiting:
        name = waiting.pop()
        if name in found or (path := _locate(name, working, editable)) is None:
            continue
        found[name] = FirstParty(name, path)
        for tree in _trees(path):
            waiting += sorted(imported_modules(tree) - set(found))
    return [found[name] for name in sorted(found)]


def _editable_folders() -> list[Path]:
    from jupyter_mlops.capture.environment.installed import installed

    return [folder.resolve() for folder in installed().editable_folders()]


def _locate(name: str, working: Path, editable: list[Path]) -> Path | None:
    if name in sys.stdlib_module_names or name in ("jupyter_mlops", "__main__"):
        return None
    path = _loaded(name) or _on_path(name, working)
    if path is None:
        return None
    path = path.resolve()
    if not path.is_relative_to(working) or _INSTALLED & set(path.relative_to(working).parts):
        return None
    # An editable install is a distribution: the environment's lock makes a wheel of it.
    return None if any(path.is_relative_to(folder) for folder in editable) else path


def _loaded(name: str) -> Path | None:
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if isinstance(file, str):
        path = Path(file)
        return path.parent if hasattr(module, "__path__") else path
    folders = list(getattr(module, "__path__", []))
    return Path(folders[0]) if folders else None


def _on_path(name: str, working: Path) -> Path | None:
    spec = PathFinder.find_spec(name, [str(working), *(entry for entry in sys.path if entry)])
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(spec.origin) if spec.origin else None


def _trees(path: Path) -> Iterator[ast.AST]:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    for file in files:
        if file.suffix != ".py":
            continue
        try:
            yield ast.parse(file.read_bytes())
        except SyntaxError as error:
            raise CaptureError(str(error.msg), where=f"{file}, line {error.lineno}") from None


def copy_modules(modules: Iterable[FirstParty], folder: Path) -> set[str]:
    """Copies them beside the script, packages whole; returns the top-level modules that they import."""
    needed: set[str] = set()
    for module in modules:
        if module.path.is_dir():
            target = folder / module.path.name
            shutil.copytree(module.path, target, ignore=shutil.ignore_patterns(*_LEFT_OUT), dirs_exist_ok=True)
        else:
            shutil.copy2(module.path, folder / module.path.name)
        for tree in _trees(module.path):
            needed |= set(imports_of(tree))
    return needed
