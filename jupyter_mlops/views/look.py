"""The few shapes that everything is made of. Each says itself twice: as HTML and as text.

`Cell` → `Table`, and `Card` with `Section`s. A noun's view is a pure function from its record to one of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from jupyter_mlops.views.markup import Markup, el, join
from jupyter_mlops.views.style import framed
from jupyter_mlops.views.words import moment, pairs

__all__ = [
    "Bundle",
    "Card",
    "Cell",
    "Look",
    "Note",
    "Section",
    "Table",
    "bundle",
    "chips",
    "code",
    "link",
    "preformatted",
    "state",
    "tone",
    "when",
]

Bundle: TypeAlias = dict[str, Any]

#: How each state is coloured; every other word stays in the text's own colour.
_TONES = {
    "Healthy": "ok",
    "Succeeded": "ok",
    "Completed": "ok",
    "proven": "ok",
    "Transitioning": "go",
    "Running": "go",
    "Queued": "go",
    "Unhealthy": "bad",
    "Failed": "bad",
    "Unschedulable": "bad",
    "not proven": "warn",
    "Cancelled": "warn",
    "Canceled": "warn",
    "Interrupted": "warn",
    "shifted": "warn",
    "moved": "bad",
}


class Look(Protocol):
    """Anything that can be shown."""

    def html(self) -> Markup: ...
    def text(self) -> str: ...


def bundle(*looks: Look, key: str | None = None) -> Bundle:
    """The looks one below the other, as a notebook's mimebundle; widgets find it by its `key`."""
    return {
        "text/html": str(framed(*(look.html() for look in looks), key=key)),
        "text/plain": "\n\n".join(text for text in (look.text() for look in looks) if text),
    }


@dataclass(frozen=True)
class Cell:
    """A value in its two forms."""

    plain: str
    rich: Markup | None = None

    def html(self) -> Markup:
        return self.rich if self.rich is not None else join(self.plain)

    def text(self) -> str:
        return self.plain


Content: TypeAlias = str | Cell


def _cell(content: Content) -> Cell:
    return content if isinstance(content, Cell) else Cell(content)


def tone(word: str) -> str:
    """Of a state: `ok`, `go`, `warn`, `bad` or `dim`."""
    return _TONES.get(word, "dim")


def state(word: str, why: str | None = None) -> Cell:
    """A state, as a coloured dot and its word; the pointer shows `why`."""
    return Cell(word, el("span", "● ", word, cls=f"jmo-sign jmo-{tone(word)}", title=why))


def code(text: str) -> Cell:
    """Something to type or to compare."""
    return Cell(text, el("code", text))


def link(url: str) -> Cell:
    """An address to click; only `http` and `https` ones become a link."""
    if not url.startswith(("http://", "https://")):
        return Cell(url)
    return Cell(url, el("a", url, href=url, target="_blank", rel="noopener"))


def chips(mapping: dict[str, str]) -> Cell:
    """Tags or properties."""
    return Cell(
        pairs(mapping), join(*(el("span", pairs({key: value}), cls="jmo-chip") for key, value in mapping.items()))
    )


def when(time: datetime | None) -> Cell:
    """A moment, with the exact time under the pointer."""
    if time is None:
        return Cell("")
    return Cell(moment(time), el("span", moment(time), title=time.isoformat(timespec="seconds"), cls="jmo-one"))


@dataclass(frozen=True)
class Table:
    """Rows under a head. Columns named in `figures` are set to the right. `empty` is said when there is no row."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Content]]
    figures: frozenset[str] = frozenset()
    empty: str = "nothing yet"
    note: str | None = None

    def html(self) -> Markup:
        if not self.rows:
            return el("p", self.empty, cls="jmo-note jmo-dim")
        classes = [("jmo-n" if column in self.figures else None) for column in self.columns]
        head = el("tr", *(el("th", column, cls=cls) for column, cls in zip(self.columns, classes, strict=True)))
        body = (
            el("tr", *(el("td", _cell(content).html(), cls=cls) for content, cls in zip(row, classes, strict=True)))
            for row in self.rows
        )
        table = el("table", el("thead", head), el("tbody", *body), cls="jmo-t")
        return join(table, el("p", self.note, cls="jmo-note jmo-dim") if self.note else None)

    def text(self) -> str:
        if not self.rows:
            return self.empty
        grid = [list(self.columns), *([_cell(content).text() for content in row] for row in self.rows)]
        widths = [max(len(row[index]) for row in grid) for index in range(len(self.columns))]
        lines = [
            "  ".join(
                value.rjust(width) if column in self.figures else value.ljust(width)
                for value, width, column in zip(row, widths, self.columns, strict=True)
            ).rstrip()
            for row in grid
        ]
        return "\n".join([*lines, self.note] if self.note else lines)


@dataclass(frozen=True)
class Section:
    """What can be folded away under a card. `show` says whether it is unfolded, `spoken` whether text has it."""

    title: str
    body: Look
    show: bool = False
    spoken: bool = True

    def html(self) -> Markup:
        return el("details", el("summary", self.title), self.body.html(), open=self.show)

    def text(self) -> str:
        if not self.spoken:
            return ""
        indented = "\n".join(f"  {line}" for line in self.body.text().splitlines())
        return f"{self.title}\n{indented}"


@dataclass(frozen=True)
class Note:
    """A line of its own; `tone` is `ok`, `bad`, `warn`, `go` or `dim`."""

    line: str
    tone: str = "dim"
    rich: Markup | None = None

    def html(self) -> Markup:
        return el("p", self.rich if self.rich is not None else self.line, cls=f"jmo-note jmo-{self.tone}")

    def text(self) -> str:
        return self.line


@dataclass(frozen=True)
class Card:
    """One thing: its name, what it is, how it does, its facts (empty ones are left out), and what is below."""

    title: str
    kind: str
    mark: Cell | None = None
    facts: Sequence[tuple[str, Content]] = ()
    below: Sequence[Look] = field(default_factory=tuple)

    def _facts(self) -> list[tuple[str, Cell]]:
        return [(name, cell) for name, cell in ((name, _cell(content)) for name, content in self.facts) if cell.plain]

    def html(self) -> Markup:
        mark = self.mark.html() if self.mark else None
        head = el("p", el("b", self.title), " ", el("span", self.kind, cls="jmo-dim"), " ", mark, cls="jmo-head")
        rows = (el("tr", el("th", name), el("td", cell.html())) for name, cell in self._facts())
        facts = el("table", el("tbody", *rows), cls="jmo-f") if self._facts() else None
        return join(head, facts, *(look.html() for look in self.below))

    def text(self) -> str:
        mark = f"  {self.mark.plain}" if self.mark else ""
        facts = self._facts()
        width = max((len(name) for name, _ in facts), default=0)
        lines = [f"{self.kind} {self.title}{mark}", *(f"  {name.ljust(width)}  {cell.plain}" for name, cell in facts)]
        return "\n".join([*lines, *(text for text in (look.text() for look in self.below) if text)])


def preformatted(text: str, *, rich: Markup | None = None, cls: str | None = None) -> Cell:
    """Text whose lines count: a log, a traceback, JSON."""
    return Cell(text, el("pre", rich if rich is not None else text, cls=cls))
