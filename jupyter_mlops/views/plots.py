"""Plots as hand-written SVG: small pure functions, numbers in, markup out.

They take the theme's colours where there is one, and greys that can be read on white and on black where there is
none (an `<img>`, GitHub). Every step has a `<title>`: the pointer shows its figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from jupyter_mlops.views.markup import Markup, el, join
from jupyter_mlops.views.words import count

__all__ = ["COLOURS", "FONT", "Chart", "Line", "line_chart", "sparkline", "stacked_bars", "ticks"]

GREY = "#888"
#: Of text: 4.5 to 1 on white and on black.
_WORDS = "var(--jp-content-font-color2,#767676)"
COLOURS = {
    "blue": "var(--jp-info-color1,#2196d3)",
    "green": "var(--jp-success-color1,#2e9e4f)",
    "orange": "var(--jp-warn-color1,#d98200)",
    "red": "var(--jp-error-color1,#d9453c)",
    "purple": "#9a6fd0",
}
FONT = "system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif"
_BLOCKS = "▁▂▃▄▅▆▇█"

Format = Callable[[float], str]


@dataclass(frozen=True)
class Chart:
    """What a chart says beside its data: title, size in pixels, how a figure of each axis is written."""

    title: str
    y: Format = count
    x: Format = count
    width: int = 276
    height: int = 140

    left = 48
    right = 8
    top = 24
    bottom = 20

    @property
    def plot_width(self) -> int:
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> int:
        return self.height - self.top - self.bottom


@dataclass(frozen=True)
class Line:
    """One line: its label and colour, and a y for each x of the chart; None leaves a gap."""

    label: str
    colour: str
    values: Sequence[float | None]


def ticks(highest: float, wanted: int = 3) -> list[float]:
    """Round figures from 0 to at least `highest`, `wanted` steps or a few more: 1, 2 or 5 times a power of ten."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / wanted
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    return [round(index * step, 12) for index in range(ceil(highest / step - 1e-9) + 1)]


def sparkline(values: Sequence[float | None]) -> str:
    """`▁▂▅█`: a line of text; a gap for None."""
    known = [value for value in values if value is not None]
    top = max(known, default=0.0) or 1.0
    last = len(_BLOCKS) - 1
    return "".join(" " if value is None else _BLOCKS[min(int(value / top * last + 0.5), last)] for value in values)


def line_chart(chart: Chart, xs: Sequence[float], lines: Sequence[Line]) -> Markup:
    """Lines over a common x that rises."""
    marks = ticks(max((value for line in lines for value in line.values if value is not None), default=0.0))
    place = _Place(chart, xs[0] if xs else 0.0, xs[-1] if xs else 1.0, marks[-1])
    drawn = [_polyline(place, xs, line) for line in lines]
    hits = [
        _hit(place, xs, index, [f"{line.label} {_say(chart.y, line.values[index])}" for line in lines])
        for index in range(len(xs))
    ]
    legend = [(line.label, line.colour) for line in lines] if len(lines) > 1 else []
    return _svg(chart, place, marks, legend, [*drawn, *hits], empty=not xs)


def stacked_bars(
    chart: Chart, xs: Sequence[float], parts: Mapping[str, Sequence[float]], colours: Mapping[str, str]
) -> Markup:
    """One bar for each x, its parts one on the other, in the order of `parts`."""
    sums = [sum(values[index] for values in parts.values()) for index in range(len(xs))]
    marks = ticks(max(sums, default=0.0))
    place = _Place(chart, xs[0] if xs else 0.0, xs[-1] if xs else 1.0, marks[-1])
    drawn: list[Markup] = []
    for index in range(len(xs)):
        drawn += _bar(place, xs, index, parts, colours)
        said = [f"{label} {chart.y(values[index])}" for label, values in parts.items() if values[index]]
        drawn.append(_hit(place, xs, index, said))
    return _svg(chart, place, marks, [(label, colours[label]) for label in parts], drawn, empty=not xs)


@dataclass(frozen=True)
class _Place:
    """Where a figure lies, in pixels."""

    chart: Chart
    first: float
    last: float
    highest: float

    def x(self, value: float) -> float:
        span = self.last - self.first
        share = (value - self.first) / span if span else 0.5
        return round(self.chart.left + share * self.chart.plot_width, 1)

    def y(self, value: float) -> float:
        return round(self.chart.top + (1 - value / self.highest) * self.chart.plot_height, 1)


def _polyline(place: _Place, xs: Sequence[float], line: Line) -> Markup:
    runs: list[list[str]] = [[]]
    for x, value in zip(xs, line.values, strict=True):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{place.x(x)},{place.y(value)}")
    return join(*(_run(run, line.colour) for run in runs if run))


def _run(points: list[str], colour: str) -> Markup:
    if len(points) > 1:
        return el(
            "polyline", points=" ".join(points), fill="none", stroke_width=1.6, stroke_linejoin="round",
            style=f"stroke:{colour}",
        )  # fmt: skip
    x, _, y = points[0].partition(",")
    return el("circle", cx=x, cy=y, r=2, style=f"fill:{colour}")


def _width(place: _Place, xs: Sequence[float]) -> float:
    return max(place.chart.plot_width / max(len(xs) - 1, 1), 2.0)


def _hit(place: _Place, xs: Sequence[float], index: int, said: Sequence[str]) -> Markup:
    """An unseen strip as wide as a step, for the pointer."""
    width, chart = _width(place, xs), place.chart
    words = "\n".join([chart.x(xs[index]), *said])
    left = min(max(place.x(xs[index]) - width / 2, chart.left), chart.width - chart.right)
    return el(
        "rect", el("title", words), x=round(left, 1), y=chart.top, width=round(width, 1), height=chart.plot_height,
        fill="transparent",
    )  # fmt: skip


def _bar(
    place: _Place, xs: Sequence[float], index: int, parts: Mapping[str, Sequence[float]], colours: Mapping[str, str]
) -> list[Markup]:
    chart = place.chart
    slot = chart.plot_width / len(xs)
    left = chart.left + index * slot
    bars, base = [], 0.0
    for label, values in parts.items():
        if values[index]:
            top, foot = place.y(base + values[index]), place.y(base)
            bars.append(
                el(
                    "rect", x=round(left + slot * 0.1, 1), y=top, width=round(max(slot * 0.8, 0.8), 1),
                    height=round(foot - top, 1), style=f"fill:{colours[label]}",
                )
            )  # fmt: skip
            base += values[index]
    return bars


def _say(form: Format, value: float | None) -> str:
    return "–" if value is None else form(value)


def _text(words: str, x: float, y: float, anchor: str = "start") -> Markup:
    return el("text", words, x=x, y=y, text_anchor=anchor, font_size=10.5, style=f"fill:{_WORDS}")


def _svg(
    chart: Chart,
    place: _Place,
    marks: Sequence[float],
    legend: Sequence[tuple[str, str]],
    drawn: Sequence[Markup],
    *,
    empty: bool,
) -> Markup:
    grid = [_mark(chart, place, mark) for mark in marks]
    edges: list[Markup] = []
    if not empty:
        edges.append(_text(chart.x(place.first), chart.left, chart.height - 5))
        if place.last > place.first:
            edges.append(_text(chart.x(place.last), chart.width - chart.right, chart.height - 5, "end"))
    else:
        edges.append(
            _text("no readings yet", chart.left + chart.plot_width / 2, chart.top + chart.plot_height / 2, "middle")
        )
    return el(
        "svg",
        _text(chart.title, 0, 12),
        _legend(chart, legend),
        *grid,
        *drawn,
        *edges,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {chart.width} {chart.height}",
        width=chart.width,
        height=chart.height,
        role="img",
        aria_label=chart.title,
        font_family=FONT,
    )


def _mark(chart: Chart, place: _Place, mark: float) -> Markup:
    y = place.y(mark)
    line = el(
        "line", x1=chart.left, x2=chart.width - chart.right, y1=y, y2=y, stroke=GREY,
        stroke_opacity=0.6 if mark == 0 else 0.22,
    )  # fmt: skip
    return join(line, _text(chart.y(mark), chart.left - 6, y + 3.5, "end"))


def _legend(chart: Chart, entries: Sequence[tuple[str, str]]) -> Markup:
    """On the right of the title: a mark and a word each."""
    drawn, right = [], float(chart.width - chart.right)
    for label, colour in reversed(entries):
        left = right - 6.4 * len(label)
        mark = el("rect", x=round(left - 14, 1), y=7, width=10, height=3, rx=1.5, style=f"fill:{colour}")
        drawn += [mark, _text(label, round(left, 1), 12)]
        right = left - 24
    return join(*drawn)
