"""A name's live value in the script: the line as it was typed where that still says it, otherwise a literal, a
file, or the statement that made it."""

from __future__ import annotations

import ast
import types
from typing import TYPE_CHECKING, Any

from jupyter_mlops.capture.cells.agreement import MISSING, literal_of
from jupyter_mlops.capture.cells.data_files import TooLargeError, refuse_large, same
from jupyter_mlops.capture.cells.definitions import functions_within
from jupyter_mlops.capture.cells.layout import Node, lay_out
from jupyter_mlops.capture.cells.notebook import Binding, statement_lines
from jupyter_mlops.capture.cells.ordering import Line, Piece
from jupyter_mlops.capture.cells.refusals import check_text, check_value
from jupyter_mlops.capture.cells.values import CannotRenderError, Renderer, TooBigError
from jupyter_mlops.errors import CaptureError

if TYPE_CHECKING:
    from jupyter_mlops.capture.cells.resolver import Resolver

__all__ = ["Constants"]

_MOST_TEXT = 1500


class Constants:
    """The constants of one script."""

    def __init__(self, resolver: Resolver):
        self.resolver = resolver
        self.shared: dict[int, tuple[str, Any]] = {}
        """Mutable objects that have a name already: a second name is an alias, not a copy."""

    def capture(self, name: str, live: Any, binding: Binding | None, place: str) -> bool:
        """Adds the piece that gives the name its live value; False when the statement cannot be its origin.

        Raises `CaptureError` at `place` for what a script may not or cannot carry.
        """
        if (known := self.shared.get(id(live))) is not None and known[1] is live:
            self._add(name, known[0], binding, {known[0]})
            return True
        if binding is not None and self._as_typed(name, live, binding, place):
            return True
        self._check(name, live, place)
        if _is_code(live) and (other := self._other_name(name, live, binding)):
            self._add(name, other, binding, {other})
            return True
        if binding is not None and _is_code(live):
            return self.by_statement(name, live, binding)
        if not isinstance(live, _ATOMS):
            self.shared[id(live)] = (name, live)
        self._by_value(name, live, binding, place)
        return True

    def _other_name(self, name: str, live: Any, binding: Binding | None) -> str | None:
        """The name that a function or class was made under, when this one came later."""
        other = self.resolver.name_of(live, but=name)
        is_assigned = binding is not None and isinstance(binding.node, ast.Assign | ast.AnnAssign)
        return other if other == getattr(live, "__name__", None) or not is_assigned else None

    def _add(self, name: str, node: Node, binding: Binding | None, needs: set[str]) -> None:
        order = binding.order if binding else (0, 0)
        lines = [Line(text) for text in lay_out(f"{name} = ", node)]
        piece = Piece((name,), lines, order, set(needs), initial=_initial(binding) if needs else None)
        self.resolver.pieces.append(piece)
        self.resolver.need_names(needs)

    def _as_typed(self, name: str, live: Any, binding: Binding, place: str) -> bool:
        """The statement itself: a literal that is still right, another name for something, an environment's value."""
        statement = binding.node
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            return False
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if len(targets) != 1 or not isinstance(targets[0], ast.Name):
            return False
        value = statement.value
        literal = literal_of(value)
        is_short = (statement.end_lineno or 0) - statement.lineno < 40
        if literal is not MISSING and is_short and same(literal, live):
            self._check(name, live, place)
            is_right = len(ast.unparse(value)) <= _MOST_TEXT
        else:
            is_alias = isinstance(value, ast.Name | ast.Attribute)
            is_right = (is_alias and _is_code(live) and self.resolver.agreement.value_of(value) is live) or (
                isinstance(live, str | None) and _reads_environment(value)
            )
        if is_right:
            if not isinstance(live, _ATOMS):
                self.shared[id(live)] = (name, live)
            piece = Piece((name,), [], binding.order)
            self.resolver.add_statement(piece, binding.cell, statement)
            self.resolver.pieces.append(piece)
        return is_right

    def by_statement(self, name: str, live: Any, binding: Binding) -> bool:
        """Takes the statement that made a callable, a class or a type: `area = lambda …`, `Point = namedtuple(…)`."""
        statement = binding.node if isinstance(binding.node, ast.stmt) else binding.statement
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            is_single = len(targets) == 1 and isinstance(targets[0], ast.Name)
            if is_single and self.resolver.agreement.explains(statement.value, live) is False:
                raise CaptureError(
                    f"`{name}` was changed since",
                    where=binding.place,
                    hint="Run this cell again, or make it a def",
                )
        names = tuple(
            node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )
        piece = Piece(names or (name,), [], binding.order)
        self.resolver.add_earlier(piece, name, live, binding, statement)
        self.resolver.add_statement(piece, binding.cell, statement, live=live)
        self.resolver.known |= set(names)
        self.resolver.pieces.append(piece)
        return True

    def _by_value(self, name: str, live: Any, binding: Binding | None, place: str) -> None:
        renderer = self._renderer(name, place)
        try:
            node = renderer.expression(live, name)
        except TooBigError:
            self._to_file(name, live, binding, place)
        except CannotRenderError:
            if binding is not None and any(functions_within(live)):
                self.by_statement(name, live, binding)
            elif _is_plain_instance(live):
                self._instance(name, live, binding, place)
            else:
                self._to_file(name, live, binding, place)
        else:
            self._add(name, node, binding, renderer.needs)

    def _renderer(self, name: str, place: str) -> Renderer:
        resolver = self.resolver
        return Renderer(
            resolver.imports,
            lambda value: resolver.name_of(value, but=name),
            lambda value, path: self._check(path, value, place),
        )

    def _instance(self, name: str, live: Any, binding: Binding | None, place: str) -> None:
        """An object of a class of the notebook: made without its constructor, as it is now."""
        renderer = self._renderer(name, place)
        kind = renderer.expression(type(live), name)
        try:
            state = renderer.expression(dict(vars(live)), name)
        except (TooBigError, CannotRenderError):
            state = self.resolver.files.expression(name, dict(vars(live)))
        order = binding.order if binding else (0, 0)
        lines = [f"{name} = {kind}.__new__({kind})"]
        if vars(live):
            lines += _update(name, state)
        self.resolver.pieces.append(Piece((name,), [Line(text) for text in lines], order, set(renderer.needs)))
        self.resolver.need_names(renderer.needs)

    def _to_file(self, name: str, live: Any, binding: Binding | None, place: str) -> None:
        self._check_deep(name, live, place)
        try:
            node = self.resolver.files.expression(name, live)
        except TooLargeError as error:
            raise refuse_large(name, live, str(error), place) from None
        except CaptureError as error:
            raise CaptureError(
                f"`{name}` cannot be captured: {error.message}",
                where=place,
                hint=f"Make it in init(), or give the cell what it needs of `{name}` under another name",
            ) from error
        self._add(name, node, binding, set())

    def _check(self, path: str, value: Any, place: str) -> None:
        if isinstance(value, str | bytes):
            check_text(_last(path), value, place)
        elif not isinstance(value, _ATOMS):
            check_value(value, path, place)

    def _check_deep(self, name: str, live: Any, place: str) -> None:
        """Models and credentials inside big containers."""
        waiting: list[tuple[str, Any]] = [(name, live)]
        left = 100_000
        while waiting and left:
            left -= 1
            path, value = waiting.pop()
            self._check(path, value, place)
            if isinstance(value, dict):
                waiting += [(f"{path}[{key!r}]", part) for key, part in value.items()]
            elif isinstance(value, list | tuple | set | frozenset):
                waiting += [(f"{path}[{index}]", part) for index, part in enumerate(value)]
            elif _is_plain_instance(value):
                waiting += [(f"{path}.{key}", part) for key, part in vars(value).items()]


def _initial(binding: Binding | None) -> list[Line] | None:
    """`REGISTRY = {}` as it was typed."""
    statement = binding.node if binding is not None else None
    if binding is None or not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return None
    if not isinstance(literal_of(statement.value), dict | list | set) or isinstance(statement, ast.AnnAssign):
        return None
    start, lines = statement_lines(binding.cell.text, statement)
    offset = start + binding.cell.offset
    return [Line(text, binding.cell.label, offset + index) for index, text in enumerate(lines)]


_ATOMS = (bool, int, float, complex, str, bytes, range, type(None), type(Ellipsis))


def _last(path: str) -> str:
    """`password` of `CONFIG['db']['password']`."""
    return path.replace("'", "").replace('"', "").rstrip("]").rpartition("[")[2].rpartition(".")[2]


def _update(name: str, state: Node) -> list[str]:
    lines = lay_out(f"vars({name}).update(", state)
    return [*lines[:-1], f"{lines[-1]})"]


_SPECIAL = ("__new__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__slots__", "__getnewargs__")


def _is_plain_instance(live: Any) -> bool:
    """An object of a notebook's class that is no more than its `__dict__`."""
    kind = type(live)
    return (
        kind.__module__ == "__main__"
        and hasattr(live, "__dict__")
        and not any(special in vars(base) for base in kind.__mro__[:-1] for special in _SPECIAL)
    )


def _is_code(live: Any) -> bool:
    """What is code and no data: its text says more than any value could."""
    if isinstance(live, types.FunctionType | types.BuiltinFunctionType | types.MethodType | type | types.ModuleType):
        return True
    if isinstance(live, types.GenericAlias | types.UnionType) or type(live).__module__ == "typing":
        return True
    kind = type(live)
    if callable(live) and kind.__module__ in ("numpy", "operator", "numba.core.registry"):
        return True
    return hasattr(live, "__wrapped__")


def _reads_environment(expression: ast.expr) -> bool:
    """`os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`."""
    text = ast.unparse(expression)
    return any(mark in text for mark in ("environ[", "environ.get(", "getenv("))
