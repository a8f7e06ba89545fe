"""The text of the script, put together: header, imports, constants, definitions, the cell; and whose line is whose."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Sequence

from jupyter_mlops.capture.cells.entry import Entry, run_line
from jupyter_mlops.capture.cells.imports import ImportLine, Imports
from jupyter_mlops.capture.cells.notebook import first_line
from jupyter_mlops.capture.cells.ordering import Line, Piece
from jupyter_mlops.records import LineOrigin

__all__ = ["compose"]

_WIDTH = 88


def compose(
    entry: Entry,
    imports: Imports,
    pieces: Sequence[Piece],
    *,
    name: str,
    first_party: Iterable[str],
    samples: Sequence[str] = (),
    decorators: Sequence[str] = (),
) -> tuple[str, tuple[LineOrigin, ...]]:
    """The script's text and the origins of its lines. `samples` are lines of constants, `decorators` go on `run`."""
    lines = [*_header(entry, name, pieces)]
    block = _imports(entry, imports, first_party)
    if block:
        lines += [Line(""), *block]
    constants = [*_constants(pieces), *([Line("")] if samples and _constants(pieces) else []), *map(Line, samples)]
    sections = _definitions(pieces, constants)
    has_init = any("init" in piece.names for piece in pieces)
    for index, section in enumerate([*sections, _cell(entry, decorators, has_init)]):
        gap = 1 if index == 0 and not _is_definition(section) else 2
        lines += [*[Line("")] * gap, *section]
    text = "\n".join(line.text for line in lines) + "\n"
    origins = [
        LineOrigin(number, line.source, line.number) for number, line in enumerate(lines, start=1) if line.source
    ]
    return text, tuple(origins)


def _header(entry: Entry, name: str, pieces: Sequence[Piece]) -> list[Line]:
    """The docstring. No cell numbers in it: they change with every run, and the script's digest with them."""
    captured = sorted({name for piece in pieces for name in piece.names})
    origin = "Written by jupyter_mlops from a notebook's cell"
    origin += f", with {_listed(captured)} from other cells." if captured else "."
    body = textwrap.wrap(origin, _WIDTH, break_long_words=False)
    if entry.docstring is None:
        title = [f'"""Entry script of {name}.', "", *body, '"""']
        return [Line(text) for text in title]
    own = entry.docstring.replace("\\", "\\\\").replace('"""', r"\"\"\"").splitlines()
    if own[-1].endswith('"'):
        own[-1] = own[-1][:-1] + '\\"'
    return [Line(text) for text in (f'"""{own[0]}', *own[1:], "", *body, '"""')]


def _listed(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _imports(entry: Entry, imports: Imports, first_party: Iterable[str]) -> list[Line]:
    origin = {line: one.first + len(one.comments) for one in entry.hoisted for line in one.lines}

    def of(text: str, line: ImportLine | None) -> Line:
        if line is None or line not in origin:
            return Line(text)
        return Line(text, entry.label, min(origin[line], _last_line(entry)) + entry.offset)

    return [of(text, line) for text, line in imports.render(first_party)]


def _last_line(entry: Entry) -> int:
    return len(entry.text.splitlines())


def _constants(pieces: Sequence[Piece]) -> list[Line]:
    """The constants that come before any definition."""
    found: list[Line] = []
    for piece in pieces:
        if piece.is_block:
            break
        found += piece.lines
    return found


def _definitions(pieces: Sequence[Piece], constants: list[Line]) -> list[list[Line]]:
    """The sections after the imports, each to be set off by blank lines."""
    sections = [constants] if constants else []
    started = False
    previous_is_block = True
    for piece in pieces:
        started = started or piece.is_block
        if not started:
            continue
        if piece.is_block or previous_is_block:
            sections.append([*piece.lines])
        else:
            sections[-1] += piece.lines
        previous_is_block = piece.is_block
    return sections


def _cell(entry: Entry, decorators: Sequence[str], has_init: bool) -> list[Line]:
    """The cell as it was typed, but for two blank lines around definitions and what was written elsewhere."""
    above_run = run_line(entry)
    starts, ends = _blocks(entry)
    lines: list[Line] = []
    is_after_block = False
    for number, text in enumerate(entry.text.splitlines(), start=1):
        if number in entry.hidden:
            continue
        if number in starts or (is_after_block and text.strip()):
            _set_off(lines)
            is_after_block = False
        if number == above_run:
            lines += map(Line, decorators)
        lines.append(Line(text, entry.label, number + entry.offset))
        is_after_block = is_after_block or number in ends
    while lines and not lines[0].text.strip():
        lines.pop(0)
    while lines and not lines[-1].text.strip():
        lines.pop()
    if entry.init is None and not has_init:
        lines = [Line("def init():"), Line("    pass"), Line(""), Line(""), *lines]
    return lines


def _set_off(lines: list[Line]) -> None:
    while lines and not lines[-1].text.strip():
        lines.pop()
    if lines:
        lines += [Line(""), Line("")]


def _blocks(entry: Entry) -> tuple[set[int], set[int]]:
    """The lines on which top-level definitions begin (with the comment right above) and end."""
    texts = entry.text.splitlines()
    starts: set[int] = set()
    ends: set[int] = set()
    for node in entry.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            start = first_line(node)
            while start > 1 and texts[start - 2].startswith("#"):
                start -= 1
            starts.add(start)
            ends.add(node.end_lineno or node.lineno)
    return starts, ends


def _is_definition(section: Sequence[Line]) -> bool:
    first = next((line.text for line in section if line.text and not line.text.startswith("#")), "")
    return first.startswith(("def ", "async def ", "class ", "@", " "))
