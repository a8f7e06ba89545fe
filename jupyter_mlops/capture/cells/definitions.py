"""Which statement of the notebook a live function or class came from: compared by compiled code, not by name."""

from __future__ import annotations

import ast
import functools
import types
from collections.abc import Iterator
from typing import Any

from jupyter_mlops.capture.cells.notebook import Cell, Notebook, first_line

__all__ = ["FUTURE_ANNOTATIONS", "functions_within", "has_lazy_annotations", "is_source_of", "locate", "same_code"]

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

FUTURE_ANNOTATIONS = 0x1000000
"""The flag that `from __future__ import annotations` leaves in compiled code."""

_FUTURE_FLAGS = 0x1FE0000
_DEPTH = 4


def functions_within(live: Any, depth: int = _DEPTH) -> Iterator[types.FunctionType]:
    """The Python functions that a callable is made of: itself, what it wraps, what it closes over."""
    seen: set[int] = set()

    def walk(obj: Any, left: int) -> Iterator[types.FunctionType]:
        if id(obj) in seen or left < 0:
            return
        seen.add(id(obj))
        if isinstance(obj, types.FunctionType):
            yield obj
            for cell in obj.__closure__ or ():
                yield from walk(_contents(cell), left - 1)
        for inner in _parts(obj):
            yield from walk(inner, left - 1)

    return walk(live, depth)


def _contents(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not yet assigned
        return None


def _parts(obj: Any) -> Iterator[Any]:
    if isinstance(obj, types.ModuleType | str | bytes | int | float | bool | type(None)):
        return
    if isinstance(obj, classmethod | staticmethod | types.MethodType):
        yield obj.__func__
    elif isinstance(obj, property):
        yield from (obj.fget, obj.fset, obj.fdel)
    elif isinstance(obj, functools.partial):
        yield obj.func
        yield from obj.args
    elif isinstance(obj, list | tuple | set | frozenset):
        yield from list(obj)[:100]
    elif isinstance(obj, dict):
        yield from list(obj.values())[:100]
    elif isinstance(obj, functools._lru_cache_wrapper):
        yield obj.__wrapped__
    else:
        yield from list(_vars(obj).values())[:200]


def _vars(obj: Any) -> dict[str, Any]:
    found = getattr(obj, "__dict__", None)
    return dict(found) if isinstance(found, dict | types.MappingProxyType) else {}


def is_source_of(node: Definition, cell: Cell, live: Any) -> bool:
    """Whether executing this definition made the live object (or what it wraps)."""
    if isinstance(node, ast.ClassDef):
        return any(_is_class_of(node, cell, candidate) for candidate in _classes_within(live))
    compiled = [code for module in _compiled(node, cell) for code in _named(module, node.name, first_line(node))]
    return any(same_code(function.__code__, code) for function in functions_within(live) for code in compiled)


def _classes_within(live: Any) -> Iterator[type]:
    if isinstance(live, type):
        yield live
    else:
        # A decorator may have made something else of the class; what holds it still shows it.
        yield from (value for value in _parts(live) if isinstance(value, type))


def _is_class_of(node: ast.ClassDef, cell: Cell, live: type) -> bool:
    if live.__name__ != node.name:
        return False
    methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
    if not methods:
        return _class_names(node) <= {*vars(live), *getattr(live, "__dataclass_fields__", ()), *_enum_names(live)} | {
            *getattr(live, "__annotations__", ()),
            *getattr(live, "__slots__", ()),
            *getattr(live, "_fields", ()),
        }
    if not methods <= set(vars(live)):
        return False
    bodies = [body for code in _compiled(node, cell) for body in _named(code, node.name, first_line(node))]
    compiled = [code for body in bodies for code in body.co_consts if isinstance(code, types.CodeType)]
    # Some may have been replaced since (`Model.predict = …`); one is enough to know the class by.
    return any(
        same_code(function.__code__, code)
        for name in methods
        for function in functions_within(vars(live)[name])
        for code in compiled
        if code.co_name == name
    )


def _class_names(node: ast.ClassDef) -> set[str]:
    found: set[str] = set()
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            found |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found.add(statement.target.id)
        elif isinstance(statement, ast.ClassDef):
            found.add(statement.name)
    return {name for name in found if not name.startswith("__")} - {"_ignore_"}


def _enum_names(live: type) -> set[str]:
    return set(getattr(live, "__members__", ()))


def _compiled(node: Definition, cell: Cell) -> Iterator[types.CodeType]:
    """The definition as a module's code, with and without the flag that a notebook keeps from cell to cell."""
    for flags in (0, FUTURE_ANNOTATIONS):
        try:
            yield compile(ast.Module([node], []), cell.label, "exec", flags=flags, dont_inherit=True)
        except (SyntaxError, ValueError):
            return


def _named(code: types.CodeType, name: str, line: int) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            if constant.co_name == name and constant.co_firstlineno == line:
                yield constant
            elif constant.co_name.startswith("<generic parameters"):
                yield from _named(constant, name, line)


def same_code(one: types.CodeType, other: types.CodeType) -> bool:
    """Whether two code objects do the same: instructions, names and constants; lines and files aside."""
    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and one.co_varnames == other.co_varnames
        and set(one.co_freevars) - {"__class__"} == set(other.co_freevars) - {"__class__"}
        and one.co_argcount == other.co_argcount
        and one.co_kwonlyargcount == other.co_kwonlyargcount
        and one.co_posonlyargcount == other.co_posonlyargcount
        and (one.co_flags & ~_FUTURE_FLAGS) == (other.co_flags & ~_FUTURE_FLAGS)
        and len(one.co_consts) == len(other.co_consts)
        and all(map(_same_constant, one.co_consts, other.co_consts))
    )


def _same_constant(one: Any, other: Any) -> bool:
    if isinstance(one, types.CodeType) and isinstance(other, types.CodeType):
        return same_code(one, other)
    return type(one) is type(other) and repr(one) == repr(other)


def has_lazy_annotations(live: Any) -> bool:
    """Whether `from __future__ import annotations` held where the function or class was made."""
    if isinstance(live, type) and any(isinstance(one, str) for one in vars(live).get("__annotations__", {}).values()):
        return True
    return any(function.__code__.co_flags & FUTURE_ANNOTATIONS for function in functions_within(live, 1))


def locate(notebook: Notebook, function: types.FunctionType) -> tuple[Cell, ast.stmt] | None:
    """The cell and the top-level statement that a function's code stands in, by its file and first line."""
    cell = notebook.cell_of(function.__code__)
    if cell is None:
        return None
    line = function.__code__.co_firstlineno
    for statement in cell.tree.body:
        if first_line(statement) <= line <= (statement.end_lineno or statement.lineno):
            return cell, statement
    return None
