"""The workflow picture: models → images → services, as the sidebar draws it. Pure: a graph and states in, SVG out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_mlops.records import ServiceStatus
from jupyter_mlops.sdk.lineage import Lineage, Node
from jupyter_mlops.views.look import tone
from jupyter_mlops.views.markup import Markup, el, join
from jupyter_mlops.views.plots import FONT
from jupyter_mlops.views.words import count, moment, short

__all__ = ["LineageLook", "Placed", "placed"]

_KINDS = ("model", "image", "service")
_HEADS = (("Models", "register"), ("Images", "build"), ("Services", "deploy, monitor, update"))
_BOX, _TALL, _ACROSS, _DOWN, _HEAD = 210, 38, 90, 14, 46
_MOST_ROWS = 25
_LETTERS = 26
_INK = "var(--jp-content-font-color1,currentColor)"
_DIM = "var(--jp-content-font-color2,#767676)"
_RIM = "var(--jp-border-color0,#999)"


@dataclass(frozen=True)
class Placed:
    """A node's place: column 0 models, 1 images, 2 services."""

    node: Node
    column: int
    row: int

    @property
    def left(self) -> int:
        return 8 + self.column * (_BOX + _ACROSS)

    @property
    def top(self) -> int:
        return _HEAD + 8 + self.row * (_TALL + _DOWN)

    @property
    def middle(self) -> float:
        return self.top + _TALL / 2


def placed(lineage: Lineage, most: int = _MOST_ROWS) -> list[Placed]:
    """Columns by kind, the newest on top, then in the order that crosses fewest lines: four sweeps, each sorting a
    column by the mean place of its neighbours (the barycentre heuristic of Sugiyama, Tagawa and Toda, 1981).
    At most `most` of a column are kept.
    """
    newest = sorted(lineage.nodes, key=lambda node: node.created, reverse=True)
    columns = [[node for node in newest if node.kind == kind][:most] for kind in _KINDS]
    for sweep in range(4):
        for index, beside in ((1, 0), (2, 1)) if sweep % 2 == 0 else ((1, 2), (0, 1)):
            columns[index] = _ordered(columns[index], columns[beside], lineage.edges)
    return [Placed(node, index, row) for index, column in enumerate(columns) for row, node in enumerate(column)]


def _ordered(column: Sequence[Node], beside: Sequence[Node], edges: Sequence[tuple[str, str]]) -> list[Node]:
    places = {node.id: place for place, node in enumerate(beside)}
    near: dict[str, list[int]] = {node.id: [] for node in column}
    for start, end in edges:
        for id, other in ((start, end), (end, start)):
            if id in near and other in places:
                near[id].append(places[other])

    def weight(entry: tuple[int, Node]) -> float:
        index, node = entry
        found = near[node.id]
        return sum(found) / len(found) if found else float(index)

    return [node for _, node in sorted(enumerate(column), key=weight)]


@dataclass(frozen=True)
class LineageLook:
    """The picture; `statuses` are the services', by name."""

    lineage: Lineage
    statuses: Mapping[str, ServiceStatus] = field(default_factory=dict)

    def html(self) -> Markup:
        left_out = self._left_out()
        return join(self.svg(), el("p", left_out, cls="jmo-note jmo-dim") if left_out else None)

    def svg(self) -> Markup:
        """The picture alone."""
        boxes = placed(self.lineage)
        places = {box.node.id: box for box in boxes}
        width = 16 + 3 * _BOX + 2 * _ACROSS
        height = _HEAD + 12 + (1 + max((box.row for box in boxes), default=0)) * (_TALL + _DOWN)
        return el(
            "svg",
            *(_head(column, head, step) for column, (head, step) in enumerate(_HEADS)),
            *(_curve(places[a], places[b]) for a, b in self.lineage.edges if a in places and b in places),
            *(self._box(box) for box in boxes),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width} {height}",
            width=width,
            height=height,
            role="group",
            aria_label="The workflow picture",
            font_family=FONT,
        )

    def _box(self, box: Placed) -> Markup:
        node, status = box.node, self.statuses.get(box.node.name) if box.node.kind == "service" else None
        x = box.left + (28 if node.kind == "service" else 12)
        drawn = join(
            el("title", self._said(node)),
            el("rect", x=box.left, y=box.top, width=_BOX, height=_TALL, rx=6, style=f"fill:transparent;stroke:{_RIM}",
               stroke_width=1.2),
            _dot(box, status) if node.kind == "service" else None,
            _text(short(node.label, _LETTERS), x, box.middle + 4.5, 13, _INK),
        )  # fmt: skip
        uri = None if status is None else status.scoring_uri
        if uri is None or not uri.startswith(("http://", "https://")):
            return el("g", drawn)
        return el("a", drawn, href=uri, target="_blank", rel="noopener")

    def _said(self, node: Node) -> str:
        """What the pointer shows."""
        status = self.statuses.get(node.name) if node.kind == "service" else None
        parts = [f"{node.kind} {node.label}", f"made {moment(node.created)}"]
        if node.kind == "service":
            parts += [f"revision {node.version}"] if node.version is not None else []
            parts += [status.state, status.scoring_uri or "", status.error or ""] if status is not None else []
        return "\n".join(part for part in parts if part)

    def _left_out(self) -> str:
        kinds: list[str] = [node.kind for node in self.lineage.nodes]
        more = {kind: kinds.count(kind) - _MOST_ROWS for kind in _KINDS}
        told = [f"{count(number)} {kind}s" for kind, number in more.items() if number > 0]
        return f"and older ones: {', '.join(told)}" if told else ""

    def text(self) -> str:
        """One line a chain: `diabetes:1 → glucose:1 → glucose (Healthy)`."""
        users: dict[str, list[str]] = {}
        makers: dict[str, list[str]] = {}
        for start, end in self.lineage.edges:
            users.setdefault(start, []).append(end)
            makers.setdefault(end, []).append(start)
        ends = [node for node in self.lineage.nodes if node.id not in users]
        return "\n".join(self._chain(node, makers) for node in ends[: 3 * _MOST_ROWS])

    def _chain(self, end: Node, makers: Mapping[str, list[str]]) -> str:
        parts, ids = [], [end.id]
        while ids:
            parts.append(", ".join(id.partition("/")[2] for id in ids))
            ids = [maker for id in ids for maker in makers.get(id, ())]
        chain = " → ".join(reversed(parts))
        status = self.statuses.get(end.name) if end.kind == "service" else None
        return f"{end.kind} {chain}" if status is None else f"{end.kind} {chain} ({status.state})"


def _head(column: int, head: str, step: str) -> Markup:
    left = 8 + column * (_BOX + _ACROSS)
    return join(_text(head, left, 18, 13, _INK, 600), _text(step, left, 36, 11, _DIM))


def _text(words: str, x: float, y: float, size: float, ink: str, weight: int | None = None) -> Markup:
    return el("text", words, x=x, y=y, font_size=size, font_weight=weight, style=f"fill:{ink}")


def _dot(box: Placed, status: ServiceStatus | None) -> Markup:
    colour = f"var(--{tone(status.state)},{_DIM})" if status is not None else _DIM
    return el("circle", cx=box.left + 16, cy=box.middle, r=4, style=f"fill:{colour}")


def _curve(start: Placed, end: Placed) -> Markup:
    x1, x2 = start.left + _BOX, end.left
    bend = (x1 + x2) / 2
    path = f"M{x1} {start.middle:g}C{bend:g} {start.middle:g} {bend:g} {end.middle:g} {x2} {end.middle:g}"
    return el("path", d=path, fill="none", stroke_width=1.5, style=f"stroke:{_RIM}")
