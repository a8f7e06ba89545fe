"""The last look at the whole script, with each finding at the user's own line: dead imports, credentials, models."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from jupyter_mlops.capture.cells.refusals import credential_error, is_credential
from jupyter_mlops.capture.dead_imports import find_dead_imports
from jupyter_mlops.errors import CaptureError
from jupyter_mlops.records import LineOrigin

__all__ = ["models_in", "review"]


def review(tree: ast.Module, lines: Sequence[LineOrigin]) -> None:
    """Raises `CaptureError` for an import that today's libraries no longer have, and for a credential."""
    places = {origin.line: f"{origin.source}, line {origin.source_line}" for origin in lines}
    for line, message, cure in find_dead_imports(tree):
        raise CaptureError(message, where=places.get(line, f"line {line}"), hint=f"Write {cure}")
    for name, node in _texts(tree):
        if isinstance(node.value, str | bytes) and is_credential(name, node.value):
            raise credential_error(name or "a text", places.get(node.lineno, f"line {node.lineno}"))


def _texts(tree: ast.AST) -> Iterator[tuple[str | None, ast.Constant]]:
    """(what it is called, text) of every text: by its variable, keyword, key or parameter; None without a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _named(_name_of(target), node.value)
        elif isinstance(node, ast.AnnAssign):
            yield from _named(_name_of(node.target), node.value)
        elif isinstance(node, ast.keyword):
            yield from _named(node.arg, node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                yield from _named(str(key.value) if isinstance(key, ast.Constant) else None, value)
        elif isinstance(node, ast.arguments):
            positional = [*node.posonlyargs, *node.args]
            pairs = list(zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True))
            for argument, default in [*pairs, *zip(node.kwonlyargs, node.kw_defaults, strict=True)]:
                yield from _named(argument.arg, default)
        elif isinstance(node, ast.Constant):
            yield None, node


def _named(name: str | None, value: ast.expr | None) -> Iterator[tuple[str | None, ast.Constant]]:
    if isinstance(value, ast.Constant):
        yield name, value


def _name_of(target: ast.expr) -> str | None:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return None


def models_in(tree: ast.Module, given: Sequence[str]) -> tuple[str, ...]:
    """The models given, then those that the script asks `Model.get_model_path` for."""
    constants: dict[str, object] = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = list(dict.fromkeys(given))
    known = {model.partition(":")[0] for model in found}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("get_model_path"):
            arguments = {keyword.arg: keyword.value for keyword in node.keywords}
            name = _constant(node.args[0] if node.args else arguments.get("model_name"), constants)
            version = _constant(node.args[1] if len(node.args) > 1 else arguments.get("version"), constants)
            if isinstance(name, str) and name and name not in known:
                known.add(name)
                found.append(f"{name}:{version}" if isinstance(version, int) else name)
    return tuple(found)


def _constant(node: ast.expr | None, constants: dict[str, object]) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    return constants.get(node.id) if isinstance(node, ast.Name) else None
