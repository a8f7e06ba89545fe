"""Which names a piece of code reads from the module's scope, when, and where; purely from its syntax tree.

Python's own rules: a comprehension's first iterable belongs to the scope around it, class bodies are invisible to
the functions in them, a walrus binds outside of comprehensions, annotations may never be evaluated.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Names", "Use", "names_of"]

ANNOTATIONS_ARE_LAZY = sys.version_info >= (3, 14)

Function = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class Use:
    """One reading of a module-level name.

    `now`: it is read while the statement runs (a decorator, a default, a base class, a class body), not when a
    function is called. `soft`: it stands in an annotation that nobody has to evaluate. `bound`: the same code gave
    the name a value before. `chain` are the attributes after it: `np.linalg.norm` → `("linalg", "norm")`.
    """

    name: str
    line: int
    now: bool
    soft: bool = False
    bound: bool = False
    chain: tuple[str, ...] = ()


@dataclass
class Names:
    """What the code reads (in the order of evaluation), what it binds at module level, and what its functions
    assign by `global` (name → the top-level functions that do)."""

    uses: list[Use] = field(default_factory=list)
    binds: dict[str, int] = field(default_factory=dict)
    assigned: dict[str, set[str]] = field(default_factory=dict)
    star_imports: list[str] = field(default_factory=list)


def names_of(statements: Iterable[ast.stmt], *, lazy_annotations: bool = False) -> Names:
    """The names of top-level statements; `lazy_annotations` as `from __future__ import annotations` sets it."""
    walker = _Walker(lazy_annotations or ANNOTATIONS_ARE_LAZY)
    for statement in statements:
        walker.visit(statement)
    return walker.names


@dataclass
class _Scope:
    kind: Literal["module", "class", "function"]
    name: str = ""
    bound: set[str] = field(default_factory=set)
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    later: bool = False
    """Its code runs when it is called."""


class _Bindings(ast.NodeVisitor):
    """The names that one scope binds: its own nodes, not those of the scopes inside it."""

    def __init__(self) -> None:
        self.bound: set[str] = set()
        self.declared_global: set[str] = set()
        self.declared_nonlocal: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)

    def _visit_function(self, node: Function) -> None:
        self.bound.add(node.name)
        for part in [*node.decorator_list, *_defaults(node.args)]:
            self.visit(part)

    visit_FunctionDef = _visit_function
    visit_AsyncFunctionDef = _visit_function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bound.add(node.name)
        for part in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
            self.visit(part)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in _defaults(node.args):
            self.visit(part)

    def _visit_comprehension(self, node: Comprehension) -> None:
        inner = _Bindings()
        for part in ast.iter_child_nodes(node):
            inner.visit(part)
        targets = {name.id for generator in node.generators for name in _stored(generator.target)}
        self.bound |= inner.bound - targets

    visit_ListComp = _visit_comprehension
    visit_SetComp = _visit_comprehension
    visit_DictComp = _visit_comprehension
    visit_GeneratorExp = _visit_comprehension

    def visit_Import(self, node: ast.Import) -> None:
        self.bound |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.bound |= {alias.asname or alias.name for alias in node.names if alias.name != "*"}

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self.bound.add(node.name)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.bound.add(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.bound.add(node.rest)
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        self.declared_global |= set(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.declared_nonlocal |= set(node.names)


class _Walker(ast.NodeVisitor):
    """Visits in the order of evaluation and keeps the stack of scopes."""

    def __init__(self, lazy_annotations: bool) -> None:
        self.names = Names()
        self.lazy = lazy_annotations
        self.stack = [_Scope("module")]
        self.soft = False
        self.top_function: str | None = None

    # ── names ──

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read(node.id, node.lineno, ())
        else:
            self._bind(node.id, node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain, base = [node.attr], node.value
        while isinstance(base, ast.Attribute):
            chain.append(base.attr)
            base = base.value
        if isinstance(base, ast.Name) and isinstance(base.ctx, ast.Load):
            self._read(base.id, base.lineno, tuple(reversed(chain)))
        else:
            self.visit(base)

    def visit_Constant(self, node: ast.Constant) -> None:
        # Only an annotation's text is code.
        if self.soft and isinstance(node.value, str):
            try:
                parsed = ast.parse(node.value, mode="eval")
            except SyntaxError:
                return
            for child in ast.walk(parsed):
                if hasattr(child, "lineno"):
                    child.lineno = node.lineno
            self.visit(parsed.body)

    def _read(self, name: str, line: int, chain: tuple[str, ...]) -> None:
        scope = self._owner(name)
        if name == "__class__" or (scope is not None and scope.kind != "module"):
            return
        soft = self.soft
        here = self.stack[-1]
        if here.kind == "class" and name in here.bound:
            if name in here.seen:
                return
            soft = True  # bound later in the class body, perhaps on another branch
        now = not any(scope.later for scope in self.stack)
        bound = name in self.stack[0].seen
        self.names.uses.append(Use(self._mangled(name), line, now, soft, bound, chain))

    def _owner(self, name: str) -> _Scope | None:
        """The scope that the name is read from: the module for what no function binds."""
        here = self.stack[-1]
        if name in here.declared_global:
            return self.stack[0]
        if here.kind == "function" and name in here.bound:
            return here
        for scope in reversed(self.stack[1:-1]):
            if scope.kind == "class":
                continue
            if name in scope.declared_global:
                return self.stack[0]
            if name in scope.bound:
                return scope if here.kind != "class" or name not in here.bound else self.stack[0]
        return self.stack[0]

    def _mangled(self, name: str) -> str:
        if name.startswith("__") and not name.endswith("__"):
            for scope in reversed(self.stack):
                if scope.kind == "class":
                    return f"_{scope.name.lstrip('_')}{name}" if scope.name.strip("_") else name
        return name

    def _bind(self, name: str, line: int) -> None:
        here = self.stack[-1]
        here.seen.add(name)
        if here.kind == "module":
            self.names.binds.setdefault(name, line)
        elif name in here.declared_global:
            self.names.assigned.setdefault(name, set()).add(self.top_function or "")
        elif here.kind == "function" and name not in here.bound:
            # A walrus inside a comprehension binds in the scope around it.
            outer = next((scope for scope in reversed(self.stack[:-1]) if scope.kind != "class"), self.stack[0])
            if outer.kind == "module":
                outer.seen.add(name)
                self.names.binds.setdefault(name, line)
            elif name in outer.declared_global:
                self.names.assigned.setdefault(name, set()).add(self.top_function or "")

    # ── statements whose order of evaluation is not that of their fields ──

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self._visit_all(node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id, node.target.lineno, ())
        self.visit(node.value)
        if not isinstance(node.target, ast.Name) or node.target.id not in self.stack[-1].declared_global:
            # `counter += 1` needs the value that the module gave it: that is no assignment of its own.
            self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        evaluated = self.stack[-1].kind != "function" and not self.lazy
        self._annotation(node.annotation, evaluated=evaluated)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        elif not isinstance(node.target, ast.Name):
            self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.visit(node.target)

    def _visit_for(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        self._visit_all([*node.body, *node.orelse])

    visit_For = _visit_for
    visit_AsyncFor = _visit_for

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type:
            self.visit(node.type)
        if node.name:
            self._bind(node.name, node.lineno)
        self._visit_all(node.body)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name:
            self._bind(node.name, node.lineno)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name, node.lineno)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self._bind(node.rest, node.lineno)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name.partition(".")[0], node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.names.star_imports.append("." * node.level + (node.module or ""))
            else:
                self._bind(alias.asname or alias.name, node.lineno)

    # ── scopes ──

    def _visit_function(self, node: Function) -> None:
        self._visit_all([*node.decorator_list, *_defaults(node.args)])
        if self.stack[-1].kind == "module":
            self.top_function = node.name
        with self._type_parameters(node):
            for annotation in _annotations(node):
                self._annotation(annotation, evaluated=not self.lazy)
            with self._function(node.name, node.args, node.body):
                self._visit_all(node.body)
        if self.stack[-1].kind == "module":
            self.top_function = None
        self._bind(node.name, node.lineno)

    visit_FunctionDef = _visit_function
    visit_AsyncFunctionDef = _visit_function

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all(_defaults(node.args))
        with self._function("<lambda>", node.args, [ast.Expr(node.body)]):
            self.visit(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(node.decorator_list)
        with self._type_parameters(node):
            self._visit_all([*node.bases, *(keyword.value for keyword in node.keywords)])
            inner = _collect(node.body)
            scope = _Scope("class", node.name, inner.bound, inner.declared_global, inner.declared_nonlocal)
            scope.bound |= {"__module__", "__qualname__"}
            scope.seen |= {"__module__", "__qualname__"}
            scope.bound -= scope.declared_global | scope.declared_nonlocal
            with self._scope(scope):
                self._visit_all(node.body)
        self._bind(node.name, node.lineno)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """`type X = …` (3.12): evaluated when somebody asks."""
        with self._type_parameters(node), self._scope(_Scope("function", later=True)):
            self.visit(node.value)  # type: ignore[attr-defined]
        self.visit(node.name)  # type: ignore[attr-defined]

    def _visit_comprehension(self, node: Comprehension) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        bound = {name.id for generator in node.generators for name in _stored(generator.target)}
        with self._scope(_Scope("function", bound=bound)):
            self._visit_all([first.target, *first.ifs])
            for generator in others:
                self._visit_all([generator.iter, generator.target, *generator.ifs])
            if isinstance(node, ast.DictComp):
                self._visit_all([node.key, node.value])
            else:
                self.visit(node.elt)

    visit_ListComp = _visit_comprehension
    visit_SetComp = _visit_comprehension
    visit_DictComp = _visit_comprehension
    visit_GeneratorExp = _visit_comprehension

    @contextmanager
    def _scope(self, scope: _Scope) -> Iterator[None]:
        soft, self.soft = self.soft, False
        self.stack.append(scope)
        yield
        self.stack.pop()
        self.soft = soft

    @contextmanager
    def _function(self, name: str, arguments: ast.arguments, body: Sequence[ast.stmt]) -> Iterator[None]:
        inner = _collect(body)
        parameters = {argument.arg for argument in _parameters(arguments)}
        bound = (inner.bound | parameters) - inner.declared_global - inner.declared_nonlocal
        scope = _Scope("function", name, bound, inner.declared_global, inner.declared_nonlocal, later=True)
        with self._scope(scope):
            yield

    @contextmanager
    def _type_parameters(self, node: ast.AST) -> Iterator[None]:
        """The scope of `def f[T]`, `class C[T]`, `type X[T]` (3.12)."""
        parameters: list[ast.AST] = getattr(node, "type_params", [])
        if not parameters:
            yield
            return
        with self._scope(_Scope("function", bound={parameter.name for parameter in parameters})):  # type: ignore[attr-defined]
            for parameter in parameters:
                if (bound := getattr(parameter, "bound", None)) is not None:
                    with self._scope(_Scope("function", later=True)):
                        self.visit(bound)
            yield

    def _annotation(self, node: ast.expr, *, evaluated: bool) -> None:
        before = self.soft
        if not evaluated:
            self.soft = True
            self.visit(node)
        else:
            self.visit(node)
            self.soft = True
            self._visit_all([child for child in ast.walk(node) if isinstance(child, ast.Constant)])
        self.soft = before

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)


def _collect(body: Iterable[ast.stmt]) -> _Bindings:
    found = _Bindings()
    for statement in body:
        found.visit(statement)
    return found


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default is not None)]


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    stars = [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *stars]


def _annotations(node: Function) -> list[ast.expr]:
    found = [argument.annotation for argument in _parameters(node.args) if argument.annotation is not None]
    return [*found, node.returns] if node.returns is not None else found


def _stored(target: ast.expr) -> list[ast.Name]:
    return [node for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
