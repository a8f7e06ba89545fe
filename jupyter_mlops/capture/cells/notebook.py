"""The notebook as its history tells it: cells, the statements that gave each name its value, and their text.

Nothing is run. A history entry may be what was typed or what IPython made of it; both are understood.
"""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType

from jupyter_mlops.capture.cells.imports import ImportLine

__all__ = ["Alias", "Binding", "Cell", "Notebook", "first_line", "statement_lines"]

_RUNS_ITS_BODY = {"capture", "prun", "time"}
"""Cell magics whose body runs in the notebook's own namespace."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One executed cell. `position` counts up with time; `offset` is added to a line of `text` to get the line a
    person sees (1 where a `%%time` line stands above)."""

    label: str
    text: str
    tree: ast.Module
    position: int
    offset: int = 0

    def place(self, line: int) -> str:
        """`Cell [7], line 3`."""
        return f"{self.label}, line {line + self.offset}"


@dataclass(frozen=True, eq=False)
class Binding:
    """A statement that gives `name` a value. `node` is the part that does it: a definition, an import's alias, or
    the statement itself; `statement` stands at the top level of the cell."""

    name: str
    cell: Cell
    statement: ast.stmt
    node: ast.AST

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands in the notebook's time."""
        return self.cell.position, getattr(self.node, "lineno", self.statement.lineno)

    @property
    def place(self) -> str:
        return self.cell.place(getattr(self.node, "lineno", self.statement.lineno))


@dataclass
class Notebook:
    """All cells that ran, oldest first, and who bound what."""

    cells: list[Cell] = field(default_factory=list)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    patches: dict[str, list[Binding]] = field(default_factory=dict)
    """Name → statements that set an attribute of it (`Model.predict = …`)."""
    stars: list[tuple[Cell, ast.ImportFrom]] = field(default_factory=list)

    @classmethod
    def of(cls, history: Sequence[str] | None) -> Notebook:
        """From IPython's `In` (entry n is cell n), or from the cells alone (entry 0, which is never empty, is cell 1).

        None: from what IPython left in `linecache`, without numbers.
        """
        notebook = cls()
        if history is None:
            for name, entry in list(linecache.cache.items()):
                if len(entry) > 2 and _is_cell_file(name):
                    notebook._add("".join(entry[2]), _label(name, None))
            return notebook
        is_in = bool(history) and not history[0].strip()
        for number, text in enumerate(history, start=0 if is_in else 1):
            if text and text.strip():
                notebook._add(text, f"Cell [{number}]")
        return notebook

    def _add(self, text: str, label: str) -> None:
        for part, offset in _parsable(text):
            cell = Cell(label, part, ast.parse(part), len(self.cells), offset)
            self.cells.append(cell)
            for statement in cell.tree.body:
                for binding in _bindings(cell, statement):
                    self.bindings.setdefault(binding.name, []).append(binding)
                for name, node in _patched(statement):
                    self.patches.setdefault(name, []).append(Binding(name, cell, statement, node))
                if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
                    self.stars.append((cell, statement))

    def newest(self, name: str) -> Iterator[Binding]:
        """The statements that bound the name, newest first."""
        return reversed(self.bindings.get(name, []))

    def cell_of(self, code: CodeType) -> Cell | None:
        """The cell that a function was compiled from: by its file's text, newest first."""
        text = "".join(linecache.getlines(code.co_filename))
        if not text.strip():
            return None
        for cell in reversed(self.cells):
            if cell.text.strip() == text.strip():
                return cell
        if not _is_cell_file(code.co_filename):
            return None
        before = len(self.cells)
        self._add(text, _label(code.co_filename, None))
        return self.cells[-1] if len(self.cells) > before else None


def _is_cell_file(name: str) -> bool:
    return name.startswith("<ipython-input-") or re.search(r"ipykernel_\d+[/\\]", name) is not None


def _label(filename: str, number: int | None) -> str:
    found = re.match(r"<ipython-input-(\d+)-", filename)
    return f"Cell [{found.group(1)}]" if found else "Cell [ ]" if number is None else f"Cell [{number}]"


def _parsable(text: str) -> list[tuple[str, int]]:
    """The Python in a cell: (text, lines above it). Nothing for a cell that is none (`%%bash`, a syntax error)."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        from IPython.core.inputtransformer2 import TransformerManager

        try:
            text = TransformerManager().transform_cell(text)  # type: ignore[no-untyped-call]
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return []
    if len(tree.body) == 1 and (magic := _cell_magic(tree.body[0])):
        name, body = magic
        return [(part, 1 + offset) for part, offset in _parsable(body)] if name in _RUNS_ITS_BODY else []
    return [(text, 0)]


def _cell_magic(statement: ast.stmt) -> tuple[str, str] | None:
    """(`time`, body) of `get_ipython().run_cell_magic('time', line, body)`."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return None
    call = statement.value
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "run_cell_magic" or len(call.args) != 3:
        return None
    values = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    return (str(values[0]), str(values[2])) if len(values) == 3 else None


def _bindings(cell: Cell, statement: ast.stmt) -> Iterator[Binding]:
    for name, node in _bound_by(statement):
        yield Binding(name, cell, statement, node)


def _bound_by(node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    """(name, what binds it), in the order of execution, branches included, functions' insides not."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, node
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], Alias(node, alias)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name, Alias(node, alias)
    elif hasattr(node, "body"):
        for target in _stored_in_head(node):
            yield target, node
        for inner in _inner_statements(node):
            yield from _bound_by(inner)
    else:
        for child in ast.walk(node):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id, node


class Alias(ast.alias):
    """An import's alias that knows its statement: `line` is what it imports, `level` the dots before it."""

    def __init__(self, statement: ast.Import | ast.ImportFrom, alias: ast.alias):
        super().__init__(alias.name, alias.asname)
        self.lineno = statement.lineno
        is_from = isinstance(statement, ast.ImportFrom)
        self.level = statement.level if isinstance(statement, ast.ImportFrom) else 0
        own = alias.asname if alias.asname != alias.name else None
        module = (statement.module or "") if isinstance(statement, ast.ImportFrom) else alias.name
        self.line = ImportLine(module, alias.name if is_from else None, own)


def _stored_in_head(node: ast.stmt) -> Iterator[str]:
    inner = {id(child) for statement in _inner_statements(node) for child in ast.walk(statement)}
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store) and id(child) not in inner:
            yield child.id


def _inner_statements(node: ast.AST) -> Iterator[ast.stmt]:
    for part in ("body", "handlers", "cases", "orelse", "finalbody"):
        for child in getattr(node, part, []):
            if isinstance(child, ast.stmt):
                yield child
            else:
                yield from _inner_statements(child)


def _patched(statement: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            base: ast.expr = target
            while isinstance(base, ast.Attribute):
                base = base.value
            if isinstance(target, ast.Attribute) and isinstance(base, ast.Name):
                yield base.id, statement


def first_line(node: ast.AST) -> int:
    """The line on which a statement begins, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    lineno: int = getattr(node, "lineno", 1)
    return min([lineno, *(decorator.lineno for decorator in decorators)])


def statement_lines(text: str, node: ast.stmt) -> tuple[int, list[str]]:
    """(first line, lines) of a statement as it was typed, with the comment lines right above it.

    A statement inside an `if` or `try` is moved to the margin; one that shares its line with another is written
    out anew.
    """
    lines = text.splitlines()
    start, end = first_line(node), node.end_lineno or node.lineno
    before = lines[start - 1].encode()[: node.col_offset] if start == node.lineno else b""
    after = lines[end - 1].encode()[node.end_col_offset or 0 :].strip()
    if before.strip() or (after and not after.startswith(b"#")):
        return start, ast.unparse(node).splitlines()
    indent = len(lines[start - 1]) - len(lines[start - 1].lstrip())
    comment = start
    while (
        comment > 1 and lines[comment - 2].lstrip().startswith("#") and lines[comment - 2][indent : indent + 1] == "#"
    ):
        comment -= 1
    if indent == 0:
        return comment, lines[comment - 1 : end]
    if any(_spans_lines(child) for child in ast.walk(node)):
        return start, ast.unparse(node).splitlines()
    return comment, [line[indent:] if not line[:indent].strip() else line for line in lines[comment - 1 : end]]


def _spans_lines(node: ast.AST) -> bool:
    is_text = (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)) or isinstance(
        node, ast.JoinedStr
    )
    return is_text and getattr(node, "end_lineno", 0) != getattr(node, "lineno", 0)
