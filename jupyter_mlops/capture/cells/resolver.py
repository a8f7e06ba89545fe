"""What a cell uses from the notebook, transitively: each global name becomes an import, a definition or a constant."""

from __future__ import annotations

import ast
import builtins
import difflib
import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlops.capture.cells.agreement import MISSING, Agreement, literal_of
from jupyter_mlops.capture.cells.constants import Constants
from jupyter_mlops.capture.cells.data_files import DataFiles
from jupyter_mlops.capture.cells.definitions import (
    functions_within,
    has_lazy_annotations,
    is_source_of,
    locate,
)
from jupyter_mlops.capture.cells.imports import ImportLine, Imports, import_of, resolves_to
from jupyter_mlops.capture.cells.modules import gives, needed_below
from jupyter_mlops.capture.cells.notebook import Alias, Binding, Cell, Notebook, statement_lines
from jupyter_mlops.capture.cells.ordering import Line, Piece
from jupyter_mlops.capture.cells.refusals import is_model
from jupyter_mlops.capture.cells.scopes import Names, Use, names_of
from jupyter_mlops.errors import CaptureError

__all__ = ["Resolver"]

_OF_A_SCRIPT = {"__name__", "__file__", "__doc__", "__spec__", "__loader__", "__package__", "__annotations__",
                "__builtins__", "__debug__", "__path__", "__dict__"}  # fmt: skip
_OF_A_NOTEBOOK = re.compile(r"display|get_ipython|In|Out|_dh|_oh|_ih|_i{0,3}\d*|_{1,3}|exit|quit")
_FAMILIAR = {
    "np": "import numpy as np",
    "numpy": "import numpy",
    "pd": "import pandas as pd",
    "pandas": "import pandas",
    "json": "import json",
    "os": "import os",
    "joblib": "import joblib",
    "pickle": "import pickle",
    "torch": "import torch",
    "tf": "import tensorflow as tf",
    "plt": "import matplotlib.pyplot as plt",
    "Model": "from jupyter_mlops import Model",
    "Path": "from pathlib import Path",
    "datetime": "from datetime import datetime",
    "input_schema": "from inference_schema.schema_decorators import input_schema",
    "output_schema": "from inference_schema.schema_decorators import output_schema",
    "NumpyParameterType": "from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType",
    "PandasParameterType": "from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType",
}


class Resolver:
    """Grows the pieces of one script. `binds` are the names that the cell itself gives a value."""

    def __init__(
        self,
        notebook: Notebook,
        namespace: Mapping[str, Any],
        imports: Imports,
        *,
        binds: set[str],
        stars: Sequence[str] = (),
        lazy_annotations: bool,
    ) -> None:
        self.notebook = notebook
        self.namespace = namespace
        self.imports = imports
        self.binds = binds
        self.stars = stars
        """Modules that the cell imports all names of."""
        self.lazy = lazy_annotations
        self.agreement = Agreement(notebook, namespace)
        self.files = DataFiles(imports)
        self.constants = Constants(self)
        self.pieces: list[Piece] = []
        self.known: set[str] = set()
        """Names that are settled: captured, imported, or found to need nothing."""
        self.assigned: set[str] = set()
        """Names that functions give a value by `global`."""
        self.loaded: set[str] = set()
        """Those of them that `init()` gives a value, itself or by what it calls."""
        self.in_init = False
        self.waiting: list[Callable[[], None]] = []

    # ── names ──

    def need(self, use: Use, place: str) -> None:
        """Sees to it that the name has its value in the script.

        Raises `CaptureError` at `place` for a name that resolves nowhere, and for what cannot be captured.
        """
        name = use.name
        if use.bound or (name in self.binds and not use.now) or name in self.loaded or name in _OF_A_SCRIPT:
            return
        if name in self.known:
            self._submodule(use)
            return
        if any(gives(star, name) for star in self.stars):
            return
        live = self.namespace.get(name, MISSING)
        if live is MISSING or live is getattr(builtins, name, MISSING):
            self._unbound(use, place)
            return
        if _OF_A_NOTEBOOK.fullmatch(name) and not self.notebook.bindings.get(name):
            raise CaptureError(f"`{name}` works only in a notebook", where=place, hint=_instead_of(name))
        if name in self.assigned and (is_model(live) or name in self.binds):
            return
        self.known.add(name)
        if use.soft and not _is_type_like(live):
            return
        self.resolve(name, live, place)
        self._submodule(use)

    def need_all(self, names: Names, place: Callable[[int], str], *, own: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """`need` for all uses of a piece of code but those of `own`, at once or when the piece is done."""
        assigned = set(names.assigned)
        self.assigned |= assigned
        if self.in_init:
            self.loaded |= assigned
        for use in names.uses:
            if use.name not in own:
                self.waiting.append(lambda use=use: self.need(use, place(use.line)))  # type: ignore[misc]

    def assigned_by(self, function: str) -> set[str]:
        """The names that a function of the notebook gives a value by `global`."""
        live = self.namespace.get(function)
        if not isinstance(live, types.FunctionType) or live.__module__ != "__main__":
            return set()
        for binding in self.notebook.newest(function):
            node = binding.node
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_source_of(node, binding.cell, live):
                return set(names_of([node]).assigned)
        return set()

    def need_names(self, names: set[str]) -> None:
        """`need` for names that generated text reads."""
        for name in sorted(names):
            self.waiting.append(lambda name=name: self.need(Use(name, 0, now=True), name))  # type: ignore[misc]

    def settle(self) -> None:
        """Resolves all that waits, and what that needs."""
        while self.waiting:
            self.waiting.pop(0)()

    def _unbound(self, use: Use, place: str) -> None:
        name = use.name
        if use.soft or name in self.assigned or any(gives(star, name) is not False for star in self.stars):
            return
        if hasattr(builtins, name) and not _OF_A_NOTEBOOK.fullmatch(name):
            return
        if name in ("display", "get_ipython", "exit", "quit"):
            raise CaptureError(f"`{name}` works only in a notebook", where=place, hint=_instead_of(name))
        if name in self.binds:
            raise CaptureError(f"`{name}` is used before the cell gives it a value", where=place)
        raise CaptureError(f"`{name}` is defined nowhere", where=place, hint=self._near(name))

    def _near(self, name: str) -> str:
        if name in _FAMILIAR:
            return f"Type {_FAMILIAR[name]} in the cell"
        names = {*self.binds, *(known for known in self.namespace if not known.startswith("_")), *dir(builtins)}
        lowered = {known.lower(): known for known in sorted(names)}
        near = difflib.get_close_matches(name.lower(), lowered, n=2, cutoff=0.7)
        if near:
            return f"Did you mean {' or '.join(f'`{lowered[one]}`' for one in near)}?"
        return "Define it in this cell, or run the cell that does"

    def resolve(self, name: str, live: Any, place: str) -> None:
        """Adds what makes `name` the live object."""
        if isinstance(live, types.FunctionType) and live.__name__ == name and self._by_file(name, live):
            return
        for binding in self.notebook.newest(name):
            if self.by_binding(name, live, binding, place):
                return
        if not self._by_star(name, live) and not self._by_object(name, live):
            self.constants.capture(name, live, None, place)

    def by_binding(self, name: str, live: Any, binding: Binding, place: str) -> bool:
        """Takes this statement as the origin of the live object, if it can be."""
        node = binding.node
        if isinstance(node, Alias):
            line = node.line
            if node.level or not resolves_to(line, live):
                return False
            self._import(line)
            return True
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not self._made_by(node, binding, live):
                return False
            self.define(name, live, binding, node)
            return True
        if next(self.notebook.newest(name)) is not binding:
            return False
        return self.constants.capture(name, live, binding, place)

    def _made_by(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, binding: Binding, live: Any
    ) -> bool:
        if is_source_of(node, binding.cell, live):
            return True
        # What a decorator returned may hold no trace of the function; then only the text can be believed.
        is_newest = next(self.notebook.newest(binding.name)) is binding
        plain = isinstance(live, types.FunctionType | type) and getattr(live, "__name__", "") == node.name
        return bool(node.decorator_list) and is_newest and not plain

    def _by_star(self, name: str, live: Any) -> bool:
        for _, statement in reversed(self.notebook.stars):
            line = ImportLine(statement.module or "", name)
            if not statement.level and resolves_to(line, live):
                self._import(line)
                return True
        return False

    def _by_file(self, name: str, live: types.FunctionType) -> bool:
        """A plain function, by the cell that its code says it is from: surer than any text of the same name."""
        found = locate(self.notebook, live) if live.__module__ == "__main__" else None
        if found is None or live.__closure__:
            return False
        cell, statement = found
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) or statement.name != name:
            return False
        if statement.decorator_list and not is_source_of(statement, cell, live):
            return False
        self.define(name, live, Binding(name, cell, statement, statement), statement)
        return True

    def _by_object(self, name: str, live: Any) -> bool:
        """Without help from the history: by the object itself."""
        if isinstance(live, types.FunctionType) and live.__module__ in ("__main__", None):
            if (found := locate(self.notebook, live)) is None:
                return False
            cell, statement = found
            return self.constants.by_statement(name, live, Binding(name, cell, statement, statement))
        if isinstance(live, type | types.FunctionType | types.BuiltinFunctionType | types.ModuleType):
            line = import_of(live, name)
            if line is not None:
                self._import(line)
                return True
        if isinstance(live, type) and live.__module__ == "__main__":
            for method in functions_within(live, 1):
                found = locate(self.notebook, method)
                if found and isinstance(found[1], ast.ClassDef) and found[1].name == live.__name__:
                    cell, statement = found
                    self.define(name, live, Binding(name, cell, statement, statement), statement)  # type: ignore[arg-type]
                    return True
        return False

    # ── imports ──

    def _import(self, line: ImportLine) -> None:
        if line.module.partition(".")[0] == "IPython":
            return
        self.imports.add(line)

    def _submodule(self, use: Use) -> None:
        """`import scipy` is not enough for `scipy.stats` where only another cell imported that."""
        live = self.namespace.get(use.name)
        if isinstance(live, types.ModuleType) and use.chain and use.name in self.known:
            for module in needed_below(live, use.chain):
                self.imports.add(ImportLine(module))
            self._module_patch(use.name, live, use.chain[0])

    def _module_patch(self, name: str, live: types.ModuleType, attribute: str) -> None:
        """`settings.limit = 3` of another cell, when this attribute is used."""
        for patch in reversed(self.notebook.patches.get(name, [])):
            if self._is_patch(patch, attribute, getattr(live, attribute, MISSING)):
                key = f"{name}.{attribute}"
                if key not in self.known:
                    self.known.add(key)
                    piece = Piece((), [], patch.order, {name})
                    self.add_statement(piece, patch.cell, patch.statement)
                    self.pieces.append(piece)
                return

    def _is_patch(self, patch: Binding, attribute: str, live: Any) -> bool:
        statement = patch.statement
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return False
        target = statement.targets[0]
        hits = isinstance(target, ast.Attribute) and target.attr == attribute and isinstance(target.value, ast.Name)
        return hits and live is not MISSING and self.agreement.explains(statement.value, live) is not False

    # ── definitions ──

    def define(
        self,
        name: str,
        live: Any,
        binding: Binding,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
    ) -> None:
        """Adds a function or class, its source as it stands in the cell."""
        self._check_defaults(live, binding, node)
        self._check_bases(live, binding, node)
        piece = Piece((node.name,), [], binding.order, is_block=True)
        self.add_earlier(piece, name, live, binding, node)
        self.add_statement(piece, binding.cell, node, live=live)
        self._attributes(piece, name, live, binding)
        if node.name != name:
            piece.lines.append(Line(f"{name} = {node.name}"))
            piece.names = (node.name, name)
        self.pieces.append(piece)

    def add_earlier(self, piece: Piece, name: str, live: Any, binding: Binding, statement: ast.stmt) -> None:
        """What the name was before, where the statement reads that: `f = cache(f)`, `class Model(Model)`."""
        uses = names_of([statement], lazy_annotations=self.lazy or has_lazy_annotations(live)).uses
        if not any(use.name == name and use.now and not use.soft and not use.bound for use in uses):
            return
        for older in self.notebook.newest(name):
            if older.order >= binding.order:
                continue
            node = older.node
            if isinstance(node, Alias) and not node.level:
                self._import(node.line)
                return
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                origin = next((one for one in _ancestors(live) if is_source_of(node, older.cell, one)), None)
                if origin is None:
                    continue
                piece.is_block = True
                self.add_earlier(piece, name, origin, older, node)
                self.add_statement(piece, older.cell, node, live=origin)
                piece.lines += [Line(""), Line("")]
                return
            if isinstance(node, ast.Assign) and literal_of(node.value) is not MISSING:
                self.add_statement(piece, older.cell, node)
                return
        raise CaptureError(
            f"`{name}` was made from what `{name}` was before, which is gone",
            where=binding.place,
            hint="Give one of the two another name, and run their cells again",
        )

    def add_statement(self, piece: Piece, cell: Cell, statement: ast.stmt, *, live: Any = None) -> None:
        """Adds the statement's lines to the piece, and what it reads to the piece's needs."""
        start, lines = statement_lines(cell.text, statement)
        piece.lines += [Line(text, cell.label, start + index + cell.offset) for index, text in enumerate(lines)]
        is_lazy = has_lazy_annotations(live)
        if is_lazy:
            self.imports.future.add("annotations")
        names = names_of([statement], lazy_annotations=self.lazy or is_lazy)
        own = set(piece.names)
        for use in names.uses:
            (piece.now if use.now and not use.soft else piece.later).add(use.name)
        for use in names.uses:
            changed = self.agreement.changed_since(use.name, (cell.position, statement.lineno))
            if changed and use.now and not use.soft and use.name not in own and self._matters(statement, use):
                raise CaptureError(
                    f"`{_what(statement)}` was made with `{use.name}` as it was before {changed}",
                    where=cell.place(statement.lineno),
                    hint="Run this cell again",
                )
        self.need_all(names, cell.place, own=own)

    def _matters(self, statement: ast.stmt, use: Use) -> bool:
        """Defaults and bases are compared with the live object instead."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            parts: list[ast.AST] = [*statement.decorator_list]
            if isinstance(statement, ast.ClassDef):
                parts += statement.body
            return any(isinstance(n, ast.Name) and n.id == use.name for part in parts for n in ast.walk(part))
        return True

    def _check_defaults(self, live: Any, binding: Binding, node: ast.AST) -> None:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        for function in functions_within(live):
            if not is_source_of(node, binding.cell, function) or function.__code__.co_name != node.name:
                continue
            positional = node.args.posonlyargs + node.args.args
            defaults = node.args.defaults
            pairs = list(
                zip(positional[len(positional) - len(defaults) :], defaults, function.__defaults__ or (), strict=False)
            )
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if default is not None and argument.arg in (function.__kwdefaults__ or {}):
                    pairs.append((argument, default, (function.__kwdefaults__ or {})[argument.arg]))
            for argument, expression, value in pairs:
                if self.agreement.explains(expression, value) is False:
                    raise CaptureError(
                        f"the default of `{argument.arg}` in `{node.name}` is not what the text says now",
                        where=binding.place,
                        hint="Run this cell again",
                    )
            return

    def _check_bases(self, live: Any, binding: Binding, node: ast.AST) -> None:
        if not isinstance(node, ast.ClassDef) or not isinstance(live, type):
            return
        bases = (*live.__mro__, *getattr(live, "__orig_bases__", ()))
        for base in node.bases:
            found = self.agreement.value_of(base)
            if isinstance(found, type) and not any(found is own for own in bases):
                raise CaptureError(
                    f"`{node.name}` was made from `{ast.unparse(base)}` as it was before it was defined again",
                    where=binding.place,
                    hint="Run this cell again",
                )

    def _attributes(self, piece: Piece, name: str, live: Any, binding: Binding) -> None:
        """`Model.predict = …` and `f.limit = 3` of later statements."""
        present = dict(vars(live)) if hasattr(live, "__dict__") else {}
        taken: set[str] = set()
        patches = [patch for patch in self.notebook.patches.get(name, []) if patch.order > binding.order]
        chosen: list[Binding] = []
        for patch in reversed(patches):
            target = patch.statement.targets[0] if isinstance(patch.statement, ast.Assign) else None
            if not isinstance(target, ast.Attribute) or target.attr in taken:
                continue
            if self._is_patch(patch, target.attr, present.get(target.attr, MISSING)):
                taken.add(target.attr)
                chosen.append(patch)
        for patch in reversed(chosen):
            piece.lines.append(Line(""))
            self.add_statement(piece, patch.cell, patch.statement)
        piece.now -= set(piece.names)

    def name_of(self, value: Any, but: str | None = None) -> str | None:
        """The notebook's name for a function, class or callable."""
        own = getattr(value, "__name__", None)
        if isinstance(own, str) and own != but and self.namespace.get(own) is value:
            return own
        for name, known in self.namespace.items():
            if known is value and name != but and not name.startswith("_"):
                return name
        return None


def _ancestors(live: Any) -> tuple[Any, ...]:
    return (live, *live.__mro__[1:-1]) if isinstance(live, type) else (live,)


def _what(statement: ast.stmt) -> str:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return statement.name
    return ast.unparse(statement).partition("=")[0].strip()[:40]


def _is_type_like(live: Any) -> bool:
    """What an annotation may name and a script may carry; anything else in one stays unresolved."""
    return isinstance(live, type | types.ModuleType | types.GenericAlias | types.UnionType) or type(
        live
    ).__module__ in ("typing", "types")


def _instead_of(name: str) -> str:
    cures = {"display": "Use print(), or leave it out", "get_ipython": "Leave out magics and `!` commands"}
    return cures.get(name, "Give the value a name of its own")
