"""The cell that becomes the script: parsed, never run; `init`, `run` and what must not stand in it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from jupyter_mlops.capture.cells.imports import ImportLine, bound_name, lines_of_statement
from jupyter_mlops.capture.cells.notebook import first_line
from jupyter_mlops.capture.cells.scopes import Names, names_of
from jupyter_mlops.errors import CaptureError

__all__ = ["Entry", "Hoisted", "parse_entry"]

Function = ast.FunctionDef | ast.AsyncFunctionDef

_MAGIC = re.compile(r"\s*(?:[\w.,\s\[\]\"']+=\s*)?[%!](?!=)|\s*\?{1,2}\w|.*\w\?{1,2}\s*$")
_SHOW = "def run(data): … return …"


@dataclass(frozen=True)
class Hoisted:
    """An import at the head of the cell that moves into the script's import block."""

    lines: tuple[ImportLine, ...]
    first: int
    last: int
    comments: tuple[str, ...]
    trailing: str


@dataclass(frozen=True)
class Entry:
    """`text` is the cell without a `%%` line at its head; `offset` is added to a line of it for the line that a
    person sees."""

    label: str
    text: str
    offset: int
    tree: ast.Module
    names: Names
    run: Function | None
    init: ast.stmt | None
    docstring: str | None
    docstring_lines: tuple[int, int] | None
    future: frozenset[str]
    hoisted: tuple[Hoisted, ...] = ()
    hidden: frozenset[int] = field(default_factory=frozenset)
    """Lines that are written elsewhere: docstring, hoisted imports and their comments."""

    def place(self, line: int) -> str:
        """`Cell [7], line 3`."""
        return f"{self.label}, line {line + self.offset}"

    @property
    def parameters(self) -> list[str]:
        """What `run` can be given by name."""
        return [] if self.run is None else _by_name(self.run)

    @property
    def required(self) -> list[str]:
        """The parameters of `run` that have no default."""
        if self.run is None:
            return []
        arguments = self.run.args
        positional = [*arguments.posonlyargs, *arguments.args]
        needed = [one.arg for one in positional[: len(positional) - len(arguments.defaults)]]
        pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        return needed + [one.arg for one, default in pairs if default is None]

    @property
    def decorators(self) -> set[str]:
        """The names of `run`'s decorators."""
        found = set()
        for decorator in self.run.decorator_list if self.run else []:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            found.add(called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""))
        return found


def parse_entry(source: str, label: str) -> Entry:
    """Parses the cell and checks what can be seen without the notebook.

    A first line that begins with `%%` counts as line 1 and is left out. Raises `CaptureError` at the line of a
    syntax error, a magic, a `!` command, a relative import, a `run` that is missing or cannot be called.
    """
    text, offset = _without_head(source)
    tree = _parse(text, label, offset)
    names = names_of(tree.body, lazy_annotations="annotations" in _future(tree))
    init = _last(tree, "init")
    entry = Entry(
        label,
        text,
        offset,
        tree,
        names,
        _check_run(tree, label, offset),
        init,
        ast.get_docstring(tree),
        _docstring_lines(tree),
        frozenset(_future(tree)),
    )
    _check_init(entry)
    _check_imports(entry)
    hoisted = _hoisted(entry)
    return Entry(**{**vars(entry), "hoisted": hoisted, "hidden": _hidden(entry, hoisted)})


def _without_head(source: str) -> tuple[str, int]:
    lines = source.splitlines(keepends=True)
    for index, line in enumerate(lines):
        if line.strip():
            return ("".join(lines[index + 1 :]), index + 1) if line.startswith("%%") else (source, 0)
    return source, 0


def _parse(text: str, label: str, offset: int) -> ast.Module:
    try:
        tree = ast.parse(text)
        compile(text, label, "exec", dont_inherit=True)
    except SyntaxError as error:
        number = error.lineno or 1
        lines = text.splitlines()
        line = lines[number - 1] if number <= len(lines) else ""
        where = f"{label}, line {number + offset}"
        if _MAGIC.match(line):
            raise CaptureError(
                f"`{line.strip()}` is notebook syntax, which a script cannot have",
                where=where,
                hint="Move it to another cell",
            ) from None
        hint = "Move the await into run()" if "await" in str(error.msg) else None
        raise CaptureError(f"{error.msg}: `{line.strip()}`", where=where, hint=hint) from None
    except ValueError as error:  # a null byte
        raise CaptureError(str(error), where=label) from None
    return tree


def _future(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }


def _last(tree: ast.Module, name: str) -> ast.stmt | None:
    """The last top-level statement that binds the name; functions first."""
    found = [node for node in tree.body if isinstance(node, Function) and node.name == name]
    if found:
        return found[-1]
    return next((node for node in tree.body if name in names_of([node]).binds), None)


def _check_run(tree: ast.Module, label: str, offset: int) -> Function | None:
    run = _last(tree, "run")
    if run is None:
        raise CaptureError("the cell defines no run()", where=label, hint=f"Write {_SHOW} in it")
    if not isinstance(run, Function):
        return None  # `run = …`: what it takes shows in the proof
    arguments = run.args
    where = f"{label}, line {run.lineno + offset}"
    if arguments.posonlyargs:
        raise CaptureError(
            f"run() takes `{arguments.posonlyargs[0].arg}` by position only, and is called by name",
            where=where,
            hint="Take the `/` out of its parameters",
        )
    if arguments.vararg or arguments.kwarg:
        star = f"*{arguments.vararg.arg}" if arguments.vararg else f"**{arguments.kwarg.arg}" if arguments.kwarg else ""
        raise CaptureError(
            f"run() takes `{star}`, and is called with named parameters alone", where=where, hint=f"Write {_SHOW}"
        )
    if not [name for name in _by_name(run) if name != "request_headers"]:
        raise CaptureError("run() takes no parameter; the request is its first one", where=where, hint=f"Write {_SHOW}")
    return run


def _by_name(function: Function) -> list[str]:
    return [argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]]


def _check_init(entry: Entry) -> None:
    if isinstance(entry.init, Function):
        arguments = entry.init.args
        if len(arguments.args) + len(arguments.posonlyargs) > len(arguments.defaults) or None in arguments.kw_defaults:
            where = entry.place(entry.init.lineno)
            raise CaptureError("init() is called without arguments, and wants some", where=where, hint="def init():")
    if isinstance(entry.init, ast.AsyncFunctionDef):
        raise CaptureError("init() is async, and is called without await", where=entry.place(entry.init.lineno))


def _check_imports(entry: Entry) -> None:
    for node in ast.walk(entry.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            raise CaptureError(
                "a relative import has no package to start from in a script",
                where=entry.place(node.lineno),
                hint="Import the module by its full name",
            )


# ── what moves to the head of the script ──


def _docstring_lines(tree: ast.Module) -> tuple[int, int] | None:
    if ast.get_docstring(tree) is None:
        return None
    return tree.body[0].lineno, tree.body[0].end_lineno or tree.body[0].lineno


def _hoisted(entry: Entry) -> tuple[Hoisted, ...]:
    """The imports before any other statement: nothing can happen between them and the first line."""
    lines = entry.text.splitlines()
    found: list[Hoisted] = []
    bound: set[str] = set()
    for node in entry.tree.body[1 if entry.docstring is not None else 0 :]:
        if not isinstance(node, ast.Import | ast.ImportFrom) or not _owns_its_lines(node, lines):
            break
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            break
        parts = tuple(lines_of_statement(node))
        names = [bound_name(part) for part in parts if part.name or part.alias]
        if set(names) & bound:
            break
        bound |= set(names)
        first = last = node.lineno
        last = node.end_lineno or last
        while first > 1 and lines[first - 2].startswith("#") and not _is_heading(lines, first - 1, found):
            first -= 1
        trailing = lines[last - 1].encode()[node.end_col_offset or 0 :].decode()
        inside = [line.strip() for line in lines[node.lineno : last] if line.strip().startswith("#")]
        comments = (*lines[first - 1 : node.lineno - 1], *inside)
        found.append(Hoisted(parts, first, last, comments, f"  {trailing.strip()}" if trailing.strip() else ""))
    return tuple(found)


def _is_heading(lines: list[str], line: int, found: list[Hoisted]) -> bool:
    """A comment at the very top of the cell is about the cell, not about its first import."""
    above = line
    while above > 1 and lines[above - 2].startswith("#"):
        above -= 1
    return not found and not any(text.strip() for text in lines[: above - 1])


def _owns_its_lines(node: ast.stmt, lines: list[str]) -> bool:
    after = lines[(node.end_lineno or node.lineno) - 1].encode()[node.end_col_offset or 0 :].strip()
    return node.col_offset == 0 and (not after or after.startswith(b"#"))


def _hidden(entry: Entry, hoisted: tuple[Hoisted, ...]) -> frozenset[int]:
    found: set[int] = set()
    if entry.docstring_lines:
        found |= set(range(entry.docstring_lines[0], entry.docstring_lines[1] + 1))
    for one in hoisted:
        found |= set(range(one.first, one.last + 1))
    return frozenset(found)


def run_line(entry: Entry) -> int:
    """The line above which decorators of `run` go."""
    return first_line(entry.run) if entry.run is not None else 0
