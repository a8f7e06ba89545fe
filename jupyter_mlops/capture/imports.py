"""What a script imports, read from its syntax tree; nothing is run or imported."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder

__all__ = ["guarded_imports", "imports_of", "is_installed", "is_typing_block"]

_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def imports_of(tree: ast.AST) -> tuple[str, ...]:
    """The top-level modules that the code imports, sorted, without the standard library's.

    Imports inside functions count, and `importlib.import_module("x")` with a literal. An import that stands in a
    `try` which catches its failure counts only where it is installed; one under `if TYPE_CHECKING` never does.
    Below a namespace package (`google.cloud.storage`) the dotted name is kept, as its top alone names nobody.
    """
    guarded = guarded_imports(tree)
    found: set[str] = set()
    for node, names in _imported(tree):
        for name in names:
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top == "__main__":
                continue
            if id(node) in guarded and not is_installed(top):
                continue
            found.add(_below_namespaces(name))
    return tuple(sorted(found))


def _imported(tree: ast.AST) -> Iterator[tuple[ast.AST, list[str]]]:
    skipped = {id(child) for node in ast.walk(tree) if is_typing_block(node) for child in _walk_body(node)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield node, [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node, [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and (name := _literal_import(node)):
            yield node, [name]


def _literal_import(call: ast.Call) -> str | None:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    if name not in ("import_module", "__import__") or not call.args:
        return None
    first = call.args[0]
    is_name = isinstance(first, ast.Constant) and isinstance(first.value, str) and not first.value.startswith(".")
    return str(first.value) if is_name and isinstance(first, ast.Constant) and first.value else None


def guarded_imports(tree: ast.AST) -> set[int]:
    """`id`s of the nodes inside a `try` that catches a failed import, its handlers included."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_catches_import(handler) for handler in node.handlers):
            for statement in [*node.body, *node.handlers]:
                found |= {id(child) for child in ast.walk(statement)}
    return found


def _catches_import(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _IMPORT_ERRORS for kind in caught)


def is_typing_block(node: ast.AST) -> bool:
    """Whether it is `if TYPE_CHECKING:` (or `typing.TYPE_CHECKING`)."""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)) == "TYPE_CHECKING"


def _walk_body(node: ast.AST) -> Iterator[ast.AST]:
    for statement in getattr(node, "body", []):
        yield from ast.walk(statement)


def is_installed(module: str) -> bool:
    """Whether a top-level module can be found, without importing it."""
    return module in sys.modules or PathFinder.find_spec(module) is not None


def _below_namespaces(dotted: str) -> str:
    """`google.cloud.storage` of `google.cloud.storage.blob.Blob`; `numpy` of `numpy.linalg`."""
    parts = dotted.split(".")
    path: list[str] | None = None
    for depth, _ in enumerate(parts, start=1):
        name = ".".join(parts[:depth])
        spec = PathFinder.find_spec(name, path)
        if spec is None:
            return ".".join(parts[: depth - 1]) or name
        if spec.origin is not None or spec.submodule_search_locations is None:
            return name
        path = list(spec.submodule_search_locations)
    return dotted
