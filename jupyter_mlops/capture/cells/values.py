"""A constant of the notebook as Python text that gives the same value again: the live value, not how it was made."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import logging
import math
import pathlib
import re
import types
import uuid
from collections.abc import Callable
from typing import Any

from jupyter_mlops.capture.cells.imports import Imports, import_of
from jupyter_mlops.capture.cells.layout import Group, Item, Node, flat

__all__ = ["CannotRenderError", "Renderer", "TooBigError", "quoted"]

_MOST_ITEMS = 400
_MOST_TEXT = 1500
_MOST_CELLS = 64
"""Of an array or a frame."""


class CannotRenderError(Exception):
    """No expression gives this value; the message is the path to what stands in the way."""

    def __init__(self, path: str, culprit: Any):
        self.path = path
        self.culprit = culprit
        super().__init__(path)


class TooBigError(Exception):
    """The value has an expression, too long for a script that a person reads."""


@dataclasses.dataclass
class Renderer:
    """Makes the expressions of one script.

    `name_of` gives the notebook's name of a function or class that was made in it; `check` raises for what no
    script may hold (a model, a credential). `needs` collects the notebook's names that the expressions read.
    """

    imports: Imports
    name_of: Callable[[Any], str | None]
    check: Callable[[Any, str], None]
    needs: set[str] = dataclasses.field(default_factory=set)
    _items: int = 0

    def expression(self, value: Any, path: str) -> Node:
        """The expression, of at most some hundred elements.

        Raises `CannotRenderError`, `TooBigError`, and what `check` raises.
        """
        self._items = 0
        node = self._node(value, path)
        if len(flat(node)) > _MOST_TEXT:
            raise TooBigError
        return node

    def _node(self, value: Any, path: str) -> Node:
        self._items += 1
        if self._items > _MOST_ITEMS:
            raise TooBigError
        self.check(value, path)
        atom = _atom(value)
        if atom is not None:
            return atom
        for kind, render in _RENDERERS.items():
            if type(value) is kind:
                return render(self, value, path)
        return self._other(value, path)

    def _other(self, value: Any, path: str) -> Node:
        if isinstance(value, enum.Enum):
            return self._member(value, path)
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType | types.ModuleType):
            return self._named(value, path)
        if isinstance(value, pathlib.PurePath):
            return self._call(self.imports.attribute("pathlib", _path_class(value)), [quoted(str(value))])
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            pairs = {name: getattr(value, name) for name in value._fields}
            return self._construct(value, pairs, path)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return self._dataclass(value, path)
        if type(value).__module__.partition(".")[0] == "numpy":
            return self._numpy(value, path)
        if type(value).__module__.partition(".")[0] == "pandas":
            return self._pandas(value, path)
        if callable(value) and (name := self.name_of(value)):
            self.needs.add(name)
            return name
        if callable(value) and (line := import_of(value, getattr(value, "__name__", ""))) and line.name:
            return self.imports.attribute(line.module, line.name)
        raise CannotRenderError(path, value)

    # ── names ──

    def _named(self, value: Any, path: str) -> str:
        """A class, function or module: the notebook's name for it, or its import."""
        if name := self.name_of(value):
            self.needs.add(name)
            return name
        if isinstance(value, types.ModuleType):
            return self.imports.module(value.__name__)
        if getattr(value, "__module__", None) == "builtins" and not self.imports.taken(value.__name__, value):
            return str(value.__name__)
        line = import_of(value, value.__name__)
        if line is None or line.name is None:
            raise CannotRenderError(path, value)
        if line.module in ("numpy", "pandas"):
            return f"{self.imports.module(line.module)}.{line.name}"
        return self.imports.attribute(line.module, line.name)

    def _call(self, function: str, arguments: list[Node | Item]) -> Node:
        items = [argument if isinstance(argument, Item) else Item("", argument) for argument in arguments]
        return Group(f"{function}(", tuple(items), ")")

    def _construct(self, value: Any, pairs: dict[str, Any], path: str) -> Node:
        kind = self._named(type(value), path)
        return self._call(kind, [Item(f"{name}=", self._node(part, f"{path}.{name}")) for name, part in pairs.items()])

    def _dataclass(self, value: Any, path: str) -> Node:
        fields = dataclasses.fields(value)
        extra = set(getattr(value, "__dict__", ())) - {field.name for field in fields}
        # A constructor of its own, or what it does not take, would give another object.
        if extra or hasattr(value, "__post_init__") or not all(field.init for field in fields):
            raise CannotRenderError(path, value)
        if not getattr(type(value), "__dataclass_params__").init:  # noqa: B009  # not in typeshed
            raise CannotRenderError(path, value)
        return self._construct(value, {field.name: getattr(value, field.name) for field in fields}, path)

    def _member(self, value: enum.Enum, path: str) -> Node:
        kind = self._named(type(value), path)
        if value.name in type(value).__members__:  # not so for combined flags
            return f"{kind}.{value.name}"
        return self._call(kind, [self._node(value.value, f"{path}.value")])

    # ── containers ──

    def _elements(self, values: Any, path: str) -> tuple[Item, ...]:
        return tuple(Item("", self._node(value, f"{path}[{index}]")) for index, value in enumerate(values))

    def _list(self, value: list[Any], path: str) -> Node:
        return Group("[", self._elements(value, path), "]")

    def _tuple(self, value: tuple[Any, ...], path: str) -> Node:
        return Group("(", self._elements(value, path), ")", single=len(value) == 1)

    def _set(self, value: set[Any], path: str) -> Node:
        return Group("{", self._elements(_sorted(value), path), "}") if value else "set()"

    def _frozenset(self, value: frozenset[Any], path: str) -> Node:
        return Group("frozenset({", self._elements(_sorted(value), path), "})") if value else "frozenset()"

    def _dict(self, value: dict[Any, Any], path: str) -> Node:
        return Group("{", self._pairs(value, path), "}")

    def _pairs(self, value: Any, path: str) -> tuple[Item, ...]:
        return tuple(
            Item(f"{flat(self._node(key, path))}: ", self._node(part, f"{path}[{_short(key)}]"))
            for key, part in value.items()
        )

    def _of_collections(self, value: Any, path: str) -> Node:
        kind = self.imports.attribute("collections", type(value).__name__)
        arguments: list[Node | Item] = []
        if isinstance(value, collections.defaultdict):
            arguments.append(self._node(value.default_factory, f"{path}.default_factory"))
        if isinstance(value, collections.deque):
            arguments.append(Group("[", self._elements(value, path), "]"))
            if value.maxlen is not None:
                arguments.append(Item("maxlen=", repr(value.maxlen)))
        else:
            arguments.append(Group("{", self._pairs(value, path), "}"))
        return self._call(kind, arguments)

    def _namespace(self, value: types.SimpleNamespace, path: str) -> Node:
        kind = self.imports.attribute("types", "SimpleNamespace")
        return self._call(
            kind, [Item(f"{name}=", self._node(part, f"{path}.{name}")) for name, part in vars(value).items()]
        )

    def _partial(self, value: functools.partial[Any], path: str) -> Node:
        if vars(value):
            raise CannotRenderError(path, value)
        arguments: list[Node | Item] = [self._node(value.func, f"{path}.func")]
        arguments += [self._node(part, f"{path}.args[{index}]") for index, part in enumerate(value.args)]
        arguments += [Item(f"{name}=", self._node(part, f"{path}.{name}")) for name, part in value.keywords.items()]
        return self._call(self.imports.attribute("functools", "partial"), arguments)

    # ── the standard library's values ──

    def _pattern(self, value: re.Pattern[Any], path: str) -> Node:  # noqa: ARG002
        module = self.imports.module("re")
        default = re.compile(value.pattern).flags
        arguments: list[Node | Item] = [_raw(value.pattern)]
        if flags := value.flags & ~default:
            names = [flag.name for flag in re.RegexFlag if flag & flags and flag.name]
            arguments.append(" | ".join(f"{module}.{name}" for name in names))
        return self._call(f"{module}.compile", arguments)

    def _logger(self, value: logging.Logger, path: str) -> Node:  # noqa: ARG002
        return self._call(f"{self.imports.module('logging')}.getLogger", [quoted(value.name)])

    def _of_text(self, value: Any, path: str) -> Node:  # noqa: ARG002
        """Decimal, Fraction, UUID: made again from their text."""
        kind = self.imports.attribute(type(value).__module__.lstrip("_"), type(value).__name__)
        return self._call(kind, [quoted(str(value))])

    def _of_datetime(self, value: Any, path: str) -> Node:
        if isinstance(value, datetime.timezone):
            kind = self.imports.attribute("datetime", "timezone")
            if value is datetime.UTC:
                return f"{kind}.utc"
            return self._call(kind, [self._node(value.utcoffset(None), path)])
        kind = self.imports.attribute("datetime", type(value).__name__)
        if isinstance(value, datetime.timedelta):
            parts = {"days": value.days, "seconds": value.seconds, "microseconds": value.microseconds}
            return self._call(kind, [Item(f"{name}=", repr(number)) for name, number in parts.items() if number])
        naive = value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value
        numbers = repr(naive).partition("(")[2].rstrip(")").split(", ")
        arguments: list[Node | Item] = [*numbers]
        if getattr(value, "tzinfo", None) is not None:
            arguments.append(Item("tzinfo=", self._zone(value.tzinfo, path)))
        return self._call(kind, arguments)

    def _zone(self, zone: Any, path: str) -> Node:
        if key := getattr(zone, "key", None):
            return self._call(self.imports.attribute("zoneinfo", "ZoneInfo"), [quoted(key)])
        return self._node(zone, path)

    # ── arrays and frames ──

    def _numpy(self, value: Any, path: str) -> Node:
        import numpy as np

        module = self.imports.module("numpy")
        if isinstance(value, np.dtype):
            if value.names is not None or np.dtype(value.name) != value:
                raise CannotRenderError(path, value)
            return self._call(f"{module}.dtype", [quoted(value.name)])
        if type(value) is np.ndarray:
            return self._array(value, path, module)
        if isinstance(value, np.generic) and not isinstance(value, np.void):
            plain = value.item()
            text = str(value) if isinstance(value, np.datetime64 | np.timedelta64) else None
            inner = quoted(text) if isinstance(value, np.datetime64) and text else self._node(plain, path)
            made = type(value)(text if isinstance(value, np.datetime64) else plain)
            if made.dtype == value.dtype and (made == value or value != value):
                return self._call(f"{module}.{type(value).__name__}", [inner])
            raise CannotRenderError(path, value)
        name = getattr(value, "__name__", None)
        if callable(value) and isinstance(name, str) and getattr(np, name, None) is value:
            return f"{module}.{name}"
        raise CannotRenderError(path, value)

    def _array(self, value: Any, path: str, module: str) -> Node:
        import numpy as np

        if value.size > _MOST_CELLS:
            raise TooBigError
        if value.dtype.hasobject or value.dtype.kind not in "biufUS" or value.size == 0:
            raise CannotRenderError(path, value)
        plain = value.tolist()
        # `nan` and `inf` are written as numpy's.
        node = _numbers(plain, module)
        made = np.array(plain)
        arguments: list[Node | Item] = [node]
        if made.dtype != value.dtype:
            made = made.astype(value.dtype)
            arguments.append(Item("dtype=", quoted(value.dtype.str if value.dtype.kind in "US" else value.dtype.name)))
        if made.shape != value.shape or not np.array_equal(made, value, equal_nan=value.dtype.kind == "f"):
            raise CannotRenderError(path, value)
        return self._call(f"{module}.array", arguments)

    def _pandas(self, value: Any, path: str) -> Node:
        import pandas as pd

        if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
            if value.size > _MOST_CELLS:
                raise TooBigError
            return self._frame(value, path, self.imports.module("pandas"))
        if isinstance(value, pd.Timestamp | pd.Timedelta):
            made = type(value)(str(value))
            if made == value and getattr(made, "unit", None) == getattr(value, "unit", None):
                module = self.imports.module("pandas")
                return self._call(f"{module}.{type(value).__name__}", [quoted(str(value))])
        if value is pd.NA:
            return f"{self.imports.module('pandas')}.NA"
        raise CannotRenderError(path, value)

    def _frame(self, value: Any, path: str, module: str) -> Node:
        """A small frame, series or index from plain lists, when that gives the same again, dtypes included."""
        import pandas as pd

        if isinstance(value, pd.Index):
            made: Any = pd.Index(value.tolist(), name=value.name) if value.nlevels == 1 else None
            arguments = [self._column(value.tolist())]
            same = made is not None and made.identical(value)
        elif isinstance(value, pd.Series):
            made = pd.Series(value.tolist(), name=value.name)
            arguments = [self._column(value.tolist())]
            same = made.dtype == value.dtype and made.equals(value) and made.index.identical(value.index)
        else:
            columns = {name: value[name].tolist() for name in value.columns} if value.columns.is_unique else {}
            made = pd.DataFrame(columns)
            pairs = [Item(f"{flat(self._node(name, path))}: ", self._column(columns[name])) for name in columns]
            arguments = [Group("{", tuple(pairs), "}")]
            same = made.equals(value) and made.columns.identical(value.columns) and made.index.identical(value.index)
            same = same and list(made.dtypes) == list(value.dtypes)
        if not same or getattr(value, "attrs", None):
            raise CannotRenderError(path, value)
        named: list[Node | Item] = [*arguments]
        if not isinstance(value, pd.DataFrame) and value.name is not None:
            named.append(Item("name=", self._node(value.name, path)))
        return self._call(f"{module}.{type(value).__name__}", named)

    def _column(self, values: list[Any]) -> Node:
        return Group("[", tuple(Item("", self._node(value, "column")) for value in values), "]")


_RENDERERS: dict[type, Callable[[Renderer, Any, str], Node]] = {
    list: Renderer._list,
    tuple: Renderer._tuple,
    set: Renderer._set,
    frozenset: Renderer._frozenset,
    dict: Renderer._dict,
    collections.OrderedDict: Renderer._of_collections,
    collections.defaultdict: Renderer._of_collections,
    collections.Counter: Renderer._of_collections,
    collections.deque: Renderer._of_collections,
    types.SimpleNamespace: Renderer._namespace,
    functools.partial: Renderer._partial,
    re.Pattern: Renderer._pattern,
    logging.Logger: Renderer._logger,
    decimal.Decimal: Renderer._of_text,
    fractions.Fraction: Renderer._of_text,
    uuid.UUID: Renderer._of_text,
    datetime.datetime: Renderer._of_datetime,
    datetime.date: Renderer._of_datetime,
    datetime.time: Renderer._of_datetime,
    datetime.timedelta: Renderer._of_datetime,
    datetime.timezone: Renderer._of_datetime,
}


def _atom(value: Any) -> str | None:
    """The text of a value that needs no name but a built-in one."""
    if value is None or value is Ellipsis or value is NotImplemented or type(value) is bool:
        return "..." if value is Ellipsis else repr(value)
    if type(value) is int or type(value) is range or (type(value) is slice and _is_plain_slice(value)):
        return repr(value)
    if type(value) is float:
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if type(value) is complex and math.isfinite(value.real) and math.isfinite(value.imag):
        return f"complex({value.real!r}, {value.imag!r})"
    if type(value) is str or type(value) is bytes:
        return quoted(value)
    return None


def _is_plain_slice(value: slice) -> bool:
    return all(part is None or type(part) is int for part in (value.start, value.stop, value.step))


def quoted(text: str | bytes) -> str:
    """The literal with double quotes, unless that would need more escapes."""
    literal = repr(text)
    mark = literal.lstrip("b")[0]
    inner = '"' if isinstance(text, str) else b'"'
    if mark == '"' or inner in text:  # type: ignore[operator]
        return literal
    prefix = "b" if isinstance(text, bytes) else ""
    return f'{prefix}"{literal[len(prefix) + 1 : -1]}"'.replace("\\'", "'")


def _raw(pattern: str | bytes) -> str:
    """A regular expression, as a raw literal where that is possible."""
    if isinstance(pattern, str) and "\\" in pattern and pattern.isprintable():
        if '"' not in pattern and not pattern.endswith("\\"):
            return f'r"{pattern}"'
        if "'" not in pattern and not pattern.endswith("\\"):
            return f"r'{pattern}'"
    return quoted(pattern)


def _numbers(value: Any, module: str) -> Node:
    if isinstance(value, list):
        return Group("[", tuple(Item("", _numbers(part, module)) for part in value), "]")
    if isinstance(value, float) and not math.isfinite(value):
        return f"{module}.nan" if math.isnan(value) else f"{'-' if value < 0 else ''}{module}.inf"
    return _atom(value) or repr(value)


def _path_class(value: pathlib.PurePath) -> str:
    return "Path" if isinstance(value, pathlib.Path) else type(value).__name__


def _sorted(values: Any) -> list[Any]:
    """A set in an order that does not change from run to run."""
    return sorted(
        values, key=lambda value: (type(value).__name__, value if isinstance(value, int | float) else 0, repr(value))
    )


def _short(key: Any) -> str:
    text = repr(key)
    return text if len(text) < 30 else f"{text[:27]}…"
