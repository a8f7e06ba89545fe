"""Whether the notebook's text still says what its live objects are: what was redefined or changed since shows here."""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_mlops.capture.cells.data_files import same
from jupyter_mlops.capture.cells.definitions import FUTURE_ANNOTATIONS, same_code
from jupyter_mlops.capture.cells.notebook import Notebook

__all__ = ["MISSING", "Agreement"]

MISSING = object()
_IMMUTABLE = (int, float, complex, str, bytes, bool, tuple, frozenset, type(None), range)


class Agreement:
    """Compares expressions of the history with live values; nothing is evaluated but names and attributes."""

    def __init__(self, notebook: Notebook, namespace: Mapping[str, Any]):
        self.notebook = notebook
        self.namespace = namespace

    def value_of(self, expression: ast.expr) -> Any:
        """What a name, or attributes of one, is now; `MISSING` for any other expression."""
        if isinstance(expression, ast.Name):
            return self.namespace.get(expression.id, getattr(builtins, expression.id, MISSING))
        if isinstance(expression, ast.Attribute):
            base = self.value_of(expression.value)
            is_static = isinstance(base, types.ModuleType | type)
            return getattr(base, expression.attr, MISSING) if is_static else MISSING
        return MISSING

    def explains(self, expression: ast.expr, live: Any) -> bool | None:
        """True: the expression gives the live value. False: it cannot. None: only running it could tell."""
        if isinstance(expression, ast.Name | ast.Attribute):
            found = self.value_of(expression)
            if found is MISSING:
                return False if isinstance(expression, ast.Name) else None
            return found is live or (isinstance(live, _IMMUTABLE) and same(found, live)) or _same_function(found, live)
        if isinstance(expression, ast.Lambda):
            return isinstance(live, types.FunctionType) and _is_lambda(expression, live)
        if isinstance(expression, ast.List | ast.Tuple):
            return self._all_explained(expression, live)
        if isinstance(expression, ast.Dict):
            return self._dict_explained(expression, live)
        literal = literal_of(expression)
        return None if literal is MISSING else same(literal, live)

    def _all_explained(self, expression: ast.List | ast.Tuple, live: Any) -> bool | None:
        kind = list if isinstance(expression, ast.List) else tuple
        if type(live) is not kind:
            return False
        if any(isinstance(element, ast.Starred) for element in expression.elts):
            return None
        return len(live) == len(expression.elts) and _and(map(self.explains, expression.elts, live))

    def _dict_explained(self, expression: ast.Dict, live: Any) -> bool | None:
        if type(live) is not dict:
            return False
        if any(key is None for key in expression.keys):
            return None
        if len(live) != len(expression.keys):
            return False
        keys = [self.explains(key, own) for key, own in zip(expression.keys, live, strict=True) if key is not None]
        return _and([*keys, *map(self.explains, expression.values, live.values())])

    def changed_since(self, name: str, order: tuple[int, int]) -> str | None:
        """Where the name was given another meaning after `order`; None when it was not."""
        bindings = self.notebook.bindings.get(name, [])
        later = [binding for binding in bindings if binding.order > order]
        before = [binding for binding in bindings if binding.order <= order]
        if not later or not before:
            return None
        last, first = later[-1], before[-1]
        return None if ast.dump(last.node) == ast.dump(first.node) else last.place


def literal_of(expression: ast.expr) -> Any:
    """The value of an expression made of literals and arithmetic on numbers; `MISSING` for any other."""
    if sum(1 for _ in ast.walk(expression)) > 2000:
        return MISSING
    try:
        return ast.literal_eval(expression)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        pass
    allowed = (ast.BinOp, ast.UnaryOp, ast.Constant, ast.operator, ast.unaryop)
    nodes = list(ast.walk(expression))
    is_arithmetic = len(nodes) < 40 and all(isinstance(node, allowed) for node in nodes)
    are_small = all(
        isinstance(node.value, int | float) and abs(node.value) < 10**9
        for node in nodes
        if isinstance(node, ast.Constant)
    )
    powers = sum(isinstance(node, ast.Pow | ast.LShift) for node in nodes)
    if not is_arithmetic or not are_small or powers > 1 or (powers and not _has_small_power(nodes)):
        return MISSING
    try:
        return eval(compile(ast.Expression(expression), "<literal>", "eval"), {"__builtins__": {}})
    except ArithmeticError:
        return MISSING


def _has_small_power(nodes: Iterable[ast.AST]) -> bool:
    for node in nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift):
            right = literal_of(node.right)
            return isinstance(right, int | float) and abs(right) <= 128
    return True


def _and(answers: Iterable[bool | None]) -> bool | None:
    found = list(answers)
    return False if False in found else None if None in found else True


def _same_function(one: Any, other: Any) -> bool:
    """The same definition, executed twice."""
    if not isinstance(one, types.FunctionType) or not isinstance(other, types.FunctionType):
        return False
    return same_code(one.__code__, other.__code__) and one.__closure__ is None and other.__closure__ is None


def _is_lambda(expression: ast.Lambda, live: types.FunctionType) -> bool:
    for flags in (0, FUTURE_ANNOTATIONS):
        code = compile(ast.Expression(expression), "<cell>", "eval", flags=flags, dont_inherit=True)
        inner = [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
        if any(same_code(constant, live.__code__) for constant in inner if constant.co_name == "<lambda>"):
            return True
    return False
