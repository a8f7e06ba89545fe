"""Which submodules a dotted use needs imported by name: what another cell's import brought in silently."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["gives", "needed_below"]


def needed_below(module: types.ModuleType, chain: tuple[str, ...]) -> Iterator[str]:
    """The submodules of `module.a.b.c` that importing the module alone does not bring."""
    current: types.ModuleType = module
    deepest = None
    for attribute in chain:
        name = f"{current.__name__}.{attribute}"
        inner: types.ModuleType | None = sys.modules.get(name)
        is_attribute = getattr(current, attribute, None) is inner
        if inner is None or not is_attribute or not hasattr(current, "__path__"):
            break
        if not _brings(current.__name__, getattr(current, "__file__", None), attribute):
            deepest = name
        current = inner
    if deepest is not None:
        yield deepest


def gives(module: str, name: str) -> bool | None:
    """Whether `from module import *` gives the name; None for a module that is not loaded, and is not for our sake."""
    loaded = sys.modules.get(module)
    if loaded is None:
        return None
    public = getattr(loaded, "__all__", None)
    return name in public if public is not None else hasattr(loaded, name) and not name.startswith("_")


@cache
def _brings(package: str, file: str | None, submodule: str) -> bool:
    """Whether the package's `__init__` imports the submodule, or does so when it is asked for it."""
    if file is None or not file.endswith(".py"):
        return False
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError):
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__getattr__":
            return True
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            inside = f"{package}.{module}".rstrip(".") if node.level else module
            if inside == f"{package}.{submodule}" or inside.startswith(f"{package}.{submodule}."):
                return True
            if inside == package and any(alias.name == submodule for alias in node.names):
                return True
        if isinstance(node, ast.Import) and any(
            f"{alias.name}.".startswith(f"{package}.{submodule}.") for alias in node.names
        ):
            return True
    return False
